#pragma once

#include <string_view>

/// Every domain separation string of the matching protocols, in one place so that no two can be alike.
/// Changing one makes another protocol: the version in it must change too.
namespace parley::match::domain {

/// RFC 9380 section 3.1 tag for hashing an item to ristretto255; the 32-byte offer hash follows.
inline constexpr std::string_view hash_to_group =
    "PARLEY-MATCH-DH-V01-with-ristretto255_XMD:SHA-512_R255MAP_RO_";
/// Before offer hash and point in the hash that becomes a tag.
inline constexpr std::string_view tag = "parley/match/dh/1/tag";
/// First bytes of the transcript hash, and of the hash over one's own messages.
inline constexpr std::string_view transcript = "parley/match/transcript/1";
inline constexpr std::string_view sent = "parley/match/sent/1";
/// Before the seed in its commitment.
inline constexpr std::string_view seed_commitment = "parley/match/seed/1";

/// Labels of the streams drawn from the session seed (see crypto::SeededEntropy).
inline constexpr std::string_view scalar_stream = "match/dh/scalar";
inline constexpr std::string_view order_stream = "match/dh/order";
inline constexpr std::string_view dummy_stream = "match/dh/dummies";
inline constexpr std::string_view tag_order_stream = "match/dh/tag-order";
inline constexpr std::string_view set_order_stream = "match/set/order";
inline constexpr std::string_view set_salt_stream = "match/set/salts";

}  // namespace parley::match::domain
