#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "encoding/json.hpp"

namespace parley::intel {

/// A name-based UUID with SHA-1 (RFC 9562 section 5.5) in its 36-character form.
std::string make_uuid5(const ByteArray<16>& name_space, std::string_view name);

/// The namespace of STIX 2.1 section 2.9 for the ids of cyber-observable objects.
extern const ByteArray<16> stix_sco_namespace;

/// The deterministic id of a cyber-observable object (STIX 2.1 section 2.9): UUIDv5 over the RFC 8785 form of
/// its contributing properties, of `hashes` only the first of MD5, SHA-1, SHA-256, SHA-512. Nothing when the
/// type is no SCO, has no contributing properties (process), or none of them is present: then the id is
/// random. Values are taken as they are: no case folding (the specification has none).
std::optional<std::string> sco_id(const encoding::Json& object);

}  // namespace parley::intel
