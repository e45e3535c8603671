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

/// Protocol vole-rr22/1. The first two have 32 bytes, so that with the offer hash they fill one block of
/// SHA-256, which is then compressed once for all items.
inline constexpr std::string_view vole_item = "parley/match/vole/1/item/sha-256";
inline constexpr std::string_view vole_dummy = "parley/match/vole/1/dummy/sha256";
static_assert(vole_item.size() == 32 && vole_dummy.size() == 32);
/// Before offer hash, nonce and coin in a commitment to a coin: one for each party's coin.
inline constexpr std::string_view vole_store_commitment = "parley/match/vole/1/store-commitment";
inline constexpr std::string_view vole_mask_commitment = "parley/match/vole/1/mask-commitment";
/// Before offer hash and both coins in the hashes that become the seeds.
inline constexpr std::string_view vole_store_seed = "parley/match/vole/1/store-seed";
inline constexpr std::string_view vole_mask_keys = "parley/match/vole/1/mask-keys";
/// Before the offer hash in the name of the VOLE session.
inline constexpr std::string_view vole_session = "parley/match/vole/1/session";
/// Before offer hash and role in the hash over one's own messages; before offer hash and both of those.
inline constexpr std::string_view vole_sent = "parley/match/vole/1/sent";
inline constexpr std::string_view vole_transcript = "parley/match/vole/1/transcript";

/// Labels of the streams drawn from the session seed (see crypto::SeededEntropy).
inline constexpr std::string_view scalar_stream = "match/dh/scalar";
inline constexpr std::string_view order_stream = "match/dh/order";
inline constexpr std::string_view dummy_stream = "match/dh/dummies";
inline constexpr std::string_view tag_order_stream = "match/dh/tag-order";
inline constexpr std::string_view vole_coin_stream = "match/vole/coins";
inline constexpr std::string_view vole_dummy_stream = "match/vole/dummies";
inline constexpr std::string_view vole_store_stream = "match/vole/store";
inline constexpr std::string_view vole_stream = "match/vole/vole";
inline constexpr std::string_view vole_proof_stream = "match/vole/proofs";
inline constexpr std::string_view set_order_stream = "match/set/order";
inline constexpr std::string_view set_salt_stream = "match/set/salts";

}  // namespace parley::match::domain
