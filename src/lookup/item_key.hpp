#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "lookup/fuse_layout.hpp"

namespace parley::lookup {

/// Names a set; 32 random bytes, in its file and in every derivation below.
using SetId = Strong<struct SetIdTag, ByteArray<32>>;

inline constexpr std::size_t fingerprint_bytes = 5;
inline constexpr std::size_t label_bytes = 64;
using Fingerprint = ByteArray<fingerprint_bytes>;
using LabelPad = crypto::Secret<label_bytes>;

/// What one item is in a set, out of its OPRF value by HKDF-Expand with SHA-256 (RFC 5869 section 2.3; the
/// value is a uniform key of 64 bytes, so section 3.3 lets the extraction fall away).
struct ItemKey {
  FuseKey place;
  Fingerprint fingerprint{};
};
/// Info `parley/lookup/1/filter` ‖ set: 16 bytes of place, 5 of fingerprint, independent of each other.
ItemKey item_key(const crypto::Hash512& value, const SetId& set);
/// Info `parley/lookup/1/label` ‖ set: the pad of this one label; nothing else of the item tells anything of
/// it.
LabelPad label_pad(const crypto::Hash512& value, const SetId& set);

}  // namespace parley::lookup
