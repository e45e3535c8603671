#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "crypto/hash.hpp"

namespace parley::record {

/// Size of every leaf: all leaves look alike, whatever statement stands behind them.
inline constexpr std::size_t leaf_size = 256;
using LeafBytes = ByteArray<leaf_size>;

/// The 32 random bytes that open a commitment. Destroying them erases the statement's tie to the log and
/// leaves the proof that something was recorded.
using Opening = ByteArray<32>;
/// HMAC-SHA-256(opening, JWS bytes).
using Commitment = ByteArray<32>;

/// What a leaf says.
struct Leaf {
  Timestamp time;
  Commitment commitment{};
};

Commitment commit(const Opening& opening, std::string_view jws);

/// RFC 8785 JSON of {commitment, time, v} followed by spaces up to 256 bytes.
LeafBytes make_leaf(const Leaf& leaf);

/// The reverse; accepts exactly the bytes that `make_leaf` writes.
Result<Leaf> parse_leaf(BytesView bytes);

}  // namespace parley::record
