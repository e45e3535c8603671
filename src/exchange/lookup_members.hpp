#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crypto/secret.hpp"
#include "exchange/committed_set.hpp"
#include "exchange/lookup_book.hpp"
#include "exchange/lookup_store.hpp"
#include "match/item_set.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// The first bytes of the SHA-256 of an encoded label: whether a label is still the one that was put in.
using LabelDigest = ByteArray<8>;
LabelDigest label_digest(BytesView encoded_label);

/// What an own set has in it, kept sealed for as long as the set is answered: to see whether all of it may
/// still be told, and to open single leaves of its commitment. The pages lie beside the set's file; erasing
/// the key makes them noise.
struct SetMembers {
  crypto::Secret<32> key;    ///< of the pages
  crypto::Secret<32> seed;   ///< of the commitment
  std::uint32_t items = 0;   ///< real ones
  std::uint32_t leaves = 1;  ///< of the commitment
  bool labels = false;
  std::uint64_t changes = 0;  ///< changes to the holdings up to which the set was looked at
  std::vector<crypto::Hash256> pages;
};

/// Items of one page: about a megabyte.
inline constexpr std::uint32_t members_per_page = 1U << 15;

/// One page, opened. Items in ascending order of bytes.
struct MemberPage {
  std::vector<Bytes> items;
  std::vector<LabelDigest> labels;  ///< one for each item, or none
};

/// Seals the items into pages of `files`; the rest of `members` is the caller's. `labels`: one for each item,
/// or none.
Result<void> put_member_pages(SetMembers& members, LookupStore& files, const match::ItemSet& items,
                              std::span<const LabelDigest> labels, Entropy& entropy);
/// `not_found` when the page is gone or damaged.
Result<MemberPage> read_member_page(const SetMembers& members, LookupStore& files, std::size_t page);

Result<void> store_members(state::Transaction& transaction, const SetName& name, const SetMembers& members);
Result<SetMembers> decode_members(BytesView document);
Result<std::optional<SetMembers>> find_members(const state::Reader& reader, const SetName& name);

/// Whether objects or holdings changed since the set was last looked at.
Result<bool> holdings_changed(const state::Reader& reader, const SetName& name);

}  // namespace parley::exchange
