#include "exchange/lookup_members.hpp"

#include <algorithm>

#include "crypto/aead.hpp"
#include "crypto/hash.hpp"

namespace parley::exchange {
namespace {

constexpr std::size_t max_pages = (match::max_padded_size + members_per_page - 1) / members_per_page;

/// A page opens in its own place only.
Bytes page_label(std::size_t page) {
  Bytes out = to_bytes("parley/lookup/members/1");
  append_u64(out, page);
  return out;
}

Result<void> put(state::Transaction& transaction, state::DocumentKey key, BytesView body) {
  PARLEY_TRY(const auto existing, transaction.get_document(key));
  PARLEY_CHECK(transaction.put_document(key, body, existing ? existing->version : state::DocumentVersion(0)));
  return {};
}

}  // namespace

Result<SetMembers> decode_members(BytesView body) {
  ByteReader reader(body);
  SetMembers out;
  PARLEY_TRY(const BytesView key, reader.take(32));
  PARLEY_TRY(out.key, crypto::Secret<32>::from(key));
  PARLEY_TRY(const BytesView seed, reader.take(32));
  PARLEY_TRY(out.seed, crypto::Secret<32>::from(seed));
  PARLEY_TRY(const std::uint64_t items, reader.u64());
  PARLEY_TRY(const std::uint64_t leaves, reader.u64());
  PARLEY_TRY(const std::uint64_t labels, reader.u64());
  PARLEY_TRY(out.changes, reader.u64());
  out.items = static_cast<std::uint32_t>(items);
  out.leaves = static_cast<std::uint32_t>(leaves);
  out.labels = labels != 0;
  while (reader.remaining() > 0) {
    PARLEY_TRY(const BytesView hash, reader.take(32));
    PARLEY_TRY(const auto page, to_array<32>(hash));
    out.pages.push_back(page);
  }
  if (out.pages.size() > max_pages) return fail(ErrorKind::internal, "the list of a look-up set is damaged");
  return out;
}

LabelDigest label_digest(BytesView encoded_label) {
  const crypto::Hash256 hash = crypto::sha256(encoded_label);
  LabelDigest out;
  std::copy_n(hash.begin(), out.size(), out.begin());
  return out;
}

Result<void> put_member_pages(SetMembers& members, LookupStore& files, const match::ItemSet& items,
                              std::span<const LabelDigest> labels, Entropy& entropy) {
  members.pages.clear();
  for (std::uint32_t begin = 0; begin < items.size(); begin += members_per_page) {
    const std::uint32_t end = std::min(items.size(), begin + members_per_page);
    Bytes plain;
    for (std::uint32_t i = begin; i < end; ++i) {
      append_prefixed(plain, items[i]);
      if (!labels.empty()) append(plain, BytesView(labels[i]));
    }
    Bytes sealed = crypto::seal(members.key, page_label(members.pages.size()), plain, entropy);
    crypto::wipe(plain);
    const crypto::Hash256 hash = crypto::sha256(sealed);
    PARLEY_CHECK(files.put(hash, std::move(sealed)));
    members.pages.push_back(hash);
  }
  return {};
}

Result<MemberPage> read_member_page(const SetMembers& members, LookupStore& files, std::size_t page) {
  PARLEY_TRY(const std::shared_ptr<const Bytes> sealed, files.find(members.pages.at(page)));
  if (!sealed) return fail(ErrorKind::not_found, "the list of what is in a look-up set is gone or damaged");
  PARLEY_TRY(Bytes plain, crypto::open(members.key, page_label(page), *sealed));
  MemberPage out;
  ByteReader reader(plain);
  while (reader.remaining() > 0) {
    PARLEY_TRY(const BytesView item, reader.prefixed(match::max_item_bytes));
    out.items.push_back(to_bytes(item));
    if (!members.labels) continue;
    PARLEY_TRY(const BytesView digest, reader.take(sizeof(LabelDigest)));
    out.labels.emplace_back();
    std::ranges::copy(digest, out.labels.back().begin());
  }
  crypto::wipe(plain);
  return out;
}

Result<void> store_members(state::Transaction& transaction, const SetName& name, const SetMembers& members) {
  Bytes body = to_bytes(members.key.view());
  append(body, members.seed.view());
  append_u64(body, members.items);
  append_u64(body, members.leaves);
  append_u64(body, members.labels ? 1 : 0);
  append_u64(body, members.changes);
  for (const crypto::Hash256& page : members.pages) append(body, BytesView(page));
  auto stored = put(transaction, {lookup_member_collection, name.id()}, body);
  crypto::wipe(body);
  return stored;
}

Result<std::optional<SetMembers>> find_members(const state::Reader& reader, const SetName& name) {
  PARLEY_TRY(auto document, reader.get_document({lookup_member_collection, name.id()}));
  if (!document) return std::optional<SetMembers>();
  auto members = decode_members(document->body);
  crypto::wipe(document->body);
  if (!members) return std::unexpected(std::move(members).error());
  return std::optional<SetMembers>(std::move(*members));
}

Result<bool> holdings_changed(const state::Reader& reader, const SetName& name) {
  PARLEY_TRY(const auto members, find_members(reader, name));
  PARLEY_TRY(const std::int64_t now, reader.counter(state::holdings_changes_counter));
  return !members || members->changes != static_cast<std::uint64_t>(now);
}

}  // namespace parley::exchange
