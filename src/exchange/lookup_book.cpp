#include "exchange/lookup_book.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "exchange/lookup_members.hpp"
#include "exchange/lookup_proposal.hpp"
#include "exchange/recording.hpp"
#include "record/jws.hpp"
#include "record/lookup_terms.hpp"

namespace parley::exchange {
namespace {

constexpr std::string_view set_collection = "lookup_sets";
constexpr std::string_view key_collection = "lookup_keys";
// Ids of one epoch stand together, older ones before them.
constexpr std::size_t epoch_digits = 10;

Result<KnownSet> read_set(BytesView body) {
  KnownSet out;
  out.jws = as_text(body);
  // Written by this node after it had verified it, or signed by itself.
  PARLEY_TRY(const record::Statement statement, record::peek_statement(out.jws));
  PARLEY_TRY(out.statement, record::read_statement<record::LookupSetStatement>(statement));
  return out;
}

Result<void> put(state::Transaction& transaction, state::DocumentKey key, BytesView body) {
  PARLEY_TRY(const auto existing, transaction.get_document(key));
  PARLEY_CHECK(transaction.put_document(key, body, existing ? existing->version : state::DocumentVersion(0)));
  return {};
}

Result<std::vector<state::Document>> all_documents(const state::Reader& reader, std::string_view collection) {
  std::vector<state::Document> out;
  for (std::string after;;) {
    PARLEY_TRY(auto page, reader.list_documents(collection, after, state::max_page));
    const bool last = page.size() < state::max_page;
    if (!page.empty()) after = page.back().id;
    for (state::Document& document : page) out.push_back(std::move(document));
    if (last) return out;
  }
}

/// Removes the files that no set and no list names.
Result<void> keep_used_files(Node& node, LookupStore& files) {
  std::vector<crypto::Hash256> kept;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    PARLEY_TRY(const auto sets, all_documents(*reader, set_collection));
    for (const state::Document& set : sets)
      if (const auto known = read_set(set.body)) kept.push_back(known->statement.set_hash);
    PARLEY_TRY(const auto lists, all_documents(*reader, lookup_member_collection));
    for (const state::Document& list : lists) {
      PARLEY_TRY(const SetMembers members, decode_members(list.body));
      kept.insert(kept.end(), members.pages.begin(), members.pages.end());
    }
  }
  return files.keep_only(kept);
}

bool is_older(const state::Document& document, std::uint64_t epoch) {
  return document.id.substr(0, epoch_digits) < fmt::format("{:010}", epoch);
}

}  // namespace

SetName SetName::of(const LookupPermission& permission, std::uint64_t epoch, bool own) {
  return {own, permission.question.peer, permission.question.agreement, permission.question.purpose, epoch};
}

std::string SetName::id() const {
  Bytes bytes = to_bytes("parley/lookup/set-name/1");
  bytes.push_back(own ? 1 : 0);
  for (const std::string* part : {&peer, &agreement, &purpose}) append_prefixed(bytes, as_bytes(*part));
  return fmt::format("{:010}/{}", epoch, to_hex(crypto::sha256(bytes)));
}

Result<std::optional<KnownSet>> find_set(const state::Reader& reader, const SetName& name) {
  PARLEY_TRY(const auto document, reader.get_document({set_collection, name.id()}));
  if (!document) return std::optional<KnownSet>();
  auto set = read_set(document->body);
  // Of an older form: as if there was none, and another one is built or sent.
  if (!set) return std::optional<KnownSet>();
  return std::optional<KnownSet>(std::move(*set));
}

Result<void> store_set(state::Transaction& transaction, const SetName& name, const KnownSet& set) {
  PARLEY_TRY(const auto known, find_set(transaction, name));
  if (known && known->jws == set.jws) return {};
  if (known && known->statement.sequence >= set.statement.sequence)
    return fail(ErrorKind::peer,
                fmt::format("a second set for look-ups under the sequence number {} of one epoch: its owner "
                            "answers under two keys, or shows an old set",
                            set.statement.sequence));
  return put(transaction, {set_collection, name.id()}, as_bytes(set.jws));
}

Result<std::optional<oprf::KeyPair>> find_set_key(const state::Reader& reader, const SetName& name) {
  PARLEY_TRY(auto document, reader.get_document({key_collection, name.id()}));
  if (!document) return std::optional<oprf::KeyPair>();
  auto scalar = crypto::Scalar::decode(document->body);
  crypto::wipe(document->body);
  if (!scalar) return fail(ErrorKind::internal, "the key of a look-up set is damaged");
  return std::optional<oprf::KeyPair>(oprf::KeyPair(std::move(*scalar)));
}

Result<void> store_set_key(state::Transaction& transaction, const SetName& name, const oprf::KeyPair& key) {
  return put(transaction, {key_collection, name.id()}, key.secret().view());
}

Result<void> erase_set_key(state::Transaction& transaction, const SetName& name) {
  PARLEY_CHECK(transaction.erase_document({key_collection, name.id()}));
  return {};
}

Result<void> erase_old_sets(Node& node, LookupStore& files) {
  PARLEY_CHECK(expire_lookup_proposals(node));
  const std::uint64_t epoch = lookup_epoch(node);
  // The keys first: a set without its key is noise, wherever a copy of it lies.
  constexpr std::string_view collections[] = {key_collection, lookup_member_collection, set_collection};
  std::vector<std::pair<std::string_view, std::string>> old;
  {
    PARLEY_TRY(const auto reader, node.store().snapshot());
    for (const std::string_view collection : collections) {
      PARLEY_TRY(const auto documents, all_documents(*reader, collection));
      for (const state::Document& document : documents)
        if (is_older(document, epoch)) old.emplace_back(collection, document.id);
    }
  }
  if (old.empty()) return {};
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced,
                            [&](state::Transaction& transaction) -> Result<void> {
                              for (const auto& [collection, id] : old)
                                PARLEY_CHECK(transaction.erase_document({collection, id}));
                              return {};
                            }));
  return keep_used_files(node, files);
}

Result<void> retire_set(Node& node, LookupStore& files, const SetName& name, std::string_view rule,
                        const std::optional<crypto::Hash256>& only) {
  std::optional<KnownSet> known;
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced,
                            [&](state::Transaction& transaction) -> Result<void> {
                              PARLEY_TRY(known, find_set(transaction, name));
                              if (known && only && known->statement.set_hash != *only) known.reset();
                              if (!known && only) return {};
                              PARLEY_CHECK(erase_set_key(transaction, name));
                              PARLEY_CHECK(transaction.erase_document({lookup_member_collection, name.id()}));
                              PARLEY_CHECK(transaction.erase_document({set_collection, name.id()}));
                              return {};
                            }));
  if (!known) return {};
  PARLEY_CHECK(keep_used_files(node, files));
  record::LookupSetRetiredStatement statement;
  const Timestamp now = node.clock().now();
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.counterparty = name.peer;
  statement.agreement = name.agreement;
  statement.purpose = name.purpose;
  statement.epoch = name.epoch;
  statement.sequence = known->statement.sequence;
  statement.set_hash = known->statement.set_hash;
  statement.rule = rule;
  PARLEY_CHECK(record(node, statement.to_json()));
  return {};
}

std::uint64_t lookup_epoch(Node& node) {
  return static_cast<std::uint64_t>(node.clock().now().day());
}

}  // namespace parley::exchange
