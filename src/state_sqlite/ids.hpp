#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "state_sqlite/names.hpp"

/// STIX ids in few bytes. The number of the type (table `name`) comes first, so that the ids of a type lie
/// together in an index:
///
///   u24 type, 0, 16 bytes     "type--" and a UUID in its usual lower-case form
///   u24 type, 1, text         "type--" and any other text
///   u24 0,    2, text         a text without "--"
namespace parley::state_sqlite {

/// The bytes of an id; makes a number for its type if there is none.
Result<Bytes> add_id(Names& names, std::string_view id);
/// The bytes of an id, or nothing when its type has no number: then no such id is stored.
Result<std::optional<Bytes>> find_id(Names& names, std::string_view id);
Result<std::string> id_text(Names& names, BytesView encoded);

/// What the ids of a type begin with.
Bytes type_prefix(std::int64_t type);

}  // namespace parley::state_sqlite
