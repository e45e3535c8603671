#pragma once

#include <cstdint>

#include "match/dh_wire.hpp"
#include "match/parameters.hpp"
#include "match/sorted_list.hpp"
#include "okvs/shape.hpp"
#include "vole/vole.hpp"

namespace parley::match {

/// The message types of vole-rr22/1 (docs/spec/matching-vole.md).
enum class VoleMatchMessage : std::uint8_t {
  receiver_commit = 1,  ///< receiver: commitment to its coin for the store's seed
  sender_toss = 2,      ///< sender: its coin for the store's seed, commitment to its coin for the masks
  receiver_open = 3,    ///< receiver: opens its coin
  masked_store = 4,     ///< receiver: the store, masked by A of the VOLE; a list
  receiver_toss = 5,    ///< receiver: its coin for the masks
  sender_open = 6,      ///< sender: opens its coin for the masks
  sender_masks = 7,     ///< sender: a mask for each position of its padded set; a sorted list
  receiver_proofs = 8,  ///< Learner::both, receiver: a proof for each common item; a sorted list
  vole = 16,            ///< 16 + n: message n of the VOLE (vole::VoleMessage)
  last_vole = 16 + 5,
};

inline constexpr std::size_t coin_bytes = 32;
inline constexpr std::size_t commitment_bytes = 32;
inline constexpr std::size_t nonce_bytes = 32;

/// The store of a session: for the padded size of the receiver.
okvs::Shape store_shape(const Parameters& parameters);
/// Elements of the VOLE: the blocks of a store with what is allocated behind it.
vole::VoleParameters vole_parameters(const Parameters& parameters);

/// The lists of a session.
ChunkedList store_list(const Parameters& parameters);
SortedListFormat mask_list(const Parameters& parameters);
/// As many proofs as there can be common items in sets of the padded sizes.
std::uint32_t proof_count(const Parameters& parameters);
/// Proofs are cut to ceil((40 + log2(N·M)) / 8) bytes: guessing one that fits any of the sender's items
/// succeeds with probability at most 2^-40 over all proofs of a session.
std::size_t proof_bytes(const Parameters& parameters);
SortedListFormat proof_list(const Parameters& parameters);

}  // namespace parley::match
