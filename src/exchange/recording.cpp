#include "exchange/recording.hpp"

#include <fmt/format.h>

#include "crypto/hash.hpp"
#include "exchange/head_guard.hpp"
#include "ledger/ledger.hpp"
#include "record/jws.hpp"
#include "record/leaf.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view pending_collection = "pending_statements";
constexpr std::string_view statement_collection = "statements";
constexpr std::string_view index_collection = "ledger_index";

/// Two parties may sign one payload, so a statement is told by its id and its signer.
std::string statement_key(const record::Statement& statement) {
  return statement.id + "@" + statement.key_id;
}

/// Leaf indexes as ids that sort as numbers do.
std::string index_key(std::uint64_t index) {
  return fmt::format("{:020}", index);
}

Bytes to_body(const Recorded& recorded) {
  Json json = Json::object({{"id", recorded.id},
                            {"index", recorded.index},
                            {"jws", recorded.jws},
                            {"kind", recorded.kind},
                            {"opening", to_hex(recorded.opening)}});
  return to_bytes(encoding::write_json(json));
}

Result<Recorded> from_body(BytesView body) {
  PARLEY_TRY(Json json, encoding::parse_json(as_text(body)));
  Recorded out;
  PARLEY_TRY(out.id, json.string_member("id"));
  PARLEY_TRY(out.index, json.uint_member("index"));
  PARLEY_TRY(out.jws, json.string_member("jws"));
  PARLEY_TRY(out.kind, json.string_member("kind"));
  PARLEY_TRY(std::string opening, json.string_member("opening"));
  PARLEY_TRY(Bytes bytes, from_hex(opening));
  PARLEY_TRY(out.opening, to_array<32>(bytes));
  return out;
}

/// Writes the final places of a statement that is in the log, and takes it out of the pending ones.
Result<void> store_recorded(state::Transaction& transaction, const Recorded& recorded) {
  PARLEY_TRY(record::Statement statement, record::peek_statement(recorded.jws));
  const std::string key = statement_key(statement);
  const std::string index = index_key(recorded.index);
  const std::string pending = to_hex(record::commit(recorded.opening, recorded.jws));
  // A statement that was recorded once more after a failure between log and store stands in the log twice;
  // its first place stays the one that is shown, and a start never fails over it.
  PARLEY_TRY(const auto known, transaction.get_document({statement_collection, key}));
  if (!known)
    PARLEY_CHECK(
        transaction.put_document({statement_collection, key}, to_body(recorded), state::DocumentVersion(0)));
  PARLEY_TRY(const auto placed, transaction.get_document({index_collection, index}));
  if (!placed)
    PARLEY_CHECK(
        transaction.put_document({index_collection, index}, to_bytes(key), state::DocumentVersion(0)));
  PARLEY_CHECK(transaction.erase_document({pending_collection, pending}));
  return {};
}

/// Ids are the choice of whoever signs, and a peer may choose one that is taken. Found out before anything is
/// written: a leaf in the log whose statement has no place in the index could not be taken back. The letters
/// of an id are those of a UUID, so that no id is the beginning of another one's key.
Result<void> check_id(const state::Reader& reader, const record::Statement& statement) {
  if (statement.id.find_first_not_of("0123456789abcdef-") != std::string::npos)
    return fail(ErrorKind::bad_input, "the id of a statement is a UUID in lower case", "/id");
  const std::string prefix = statement.id + "@";
  PARLEY_TRY(const auto taken, reader.list_documents(statement_collection, prefix, 1));
  if (taken.empty() || !taken.front().id.starts_with(prefix)) return {};
  // Both parties to an agreement sign one payload under one id; nothing else shares one.
  PARLEY_TRY(const Recorded other, from_body(taken.front().body));
  PARLEY_TRY(const record::Statement known, record::peek_statement(other.jws));
  PARLEY_TRY(const auto same, reader.get_document({statement_collection, statement_key(statement)}));
  if (same || known.payload != statement.payload)
    return fail(ErrorKind::conflict, "a statement is already recorded under the id " + statement.id, "/id");
  return {};
}

Result<std::vector<Recorded>> record_jwss(Node& node, std::vector<std::string> jwss) {
  // The one place that appends: another entry of a number that a peer has seen already would be a second
  // history under our key, whatever it says.
  PARLEY_TRY(const HeadGuard guard, head_guard(node));
  if (guard.state == HeadState::set_back)
    return refuse({"ledger-unconfirmed"}, guard.why +
                                              "; nothing is recorded until the newest copy of this "
                                              "home is restored and `parley ledger confirm` ran");
  std::vector<Recorded> recorded;
  PARLEY_TRY(auto reader, node.store().snapshot());
  for (std::string& jws : jwss) {
    PARLEY_TRY(record::Statement statement, record::peek_statement(jws));
    PARLEY_CHECK(check_id(*reader, statement));
    recorded.push_back({statement.id, std::move(jws), node.entropy().array<32>(), 0, statement.schema});
  }
  reader.reset();
  PARLEY_CHECK(
      state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        for (const Recorded& one : recorded) {
          const std::string key = to_hex(record::commit(one.opening, one.jws));
          PARLEY_CHECK(t.put_document({pending_collection, key}, to_body(one), state::DocumentVersion(0)));
        }
        return {};
      }));
  std::vector<ledger::Entry> entries;
  for (const Recorded& one : recorded) entries.push_back({one.jws, one.opening});
  PARLEY_TRY(std::vector<ledger::Receipt> receipts, node.ledger().append(entries, node.clock().now()));
  for (std::size_t i = 0; i < recorded.size(); ++i) recorded[i].index = receipts[i].index.value();
  PARLEY_CHECK(
      state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        for (const Recorded& one : recorded) PARLEY_CHECK(store_recorded(t, one));
        return {};
      }));
  return recorded;
}

}  // namespace

Result<Recorded> record(Node& node, const Json& payload) {
  PARLEY_TRY(std::vector<Recorded> all, record_all(node, {payload}));
  return std::move(all.front());
}

Result<std::vector<Recorded>> record_all(Node& node, const std::vector<Json>& payloads) {
  std::vector<std::string> jwss;
  for (const Json& payload : payloads) {
    PARLEY_TRY(std::string jws, record::sign_statement(payload, node.keys().role));
    jwss.push_back(std::move(jws));
  }
  return record_jwss(node, std::move(jwss));
}

Result<Recorded> record_signed(Node& node, std::string jws) {
  std::vector<std::string> one;
  one.push_back(std::move(jws));
  PARLEY_TRY(std::vector<Recorded> all, record_jwss(node, std::move(one)));
  return std::move(all.front());
}

Result<Recorded> record_once(Node& node, std::string jws) {
  Result<Recorded> known = find_signed(node, jws);
  if (known || known.error().kind != ErrorKind::not_found) return known;
  return record_signed(node, std::move(jws));
}

Result<Recorded> find_recorded(Node& node, std::string_view statement_id) {
  const std::string prefix = std::string(statement_id) + "@";
  PARLEY_TRY(auto reader, node.store().snapshot());
  // The own one first: a peer chooses the ids of its statements, and may choose one of ours.
  const std::string own = prefix + record::key_id(node.keys().role.public_key());
  PARLEY_TRY(const auto exact, reader->get_document({statement_collection, own}));
  if (exact) return from_body(exact->body);
  PARLEY_TRY(auto found, reader->list_documents(statement_collection, prefix, 1));
  if (found.empty() || !found.front().id.starts_with(prefix))
    return fail(ErrorKind::not_found, "no statement " + std::string(statement_id) + " is in this ledger");
  return from_body(found.front().body);
}

Result<Recorded> find_signed(Node& node, std::string_view jws) {
  PARLEY_TRY(const record::Statement statement, record::peek_statement(jws));
  PARLEY_TRY(auto reader, node.store().snapshot());
  PARLEY_TRY(const auto document, reader->get_document({statement_collection, statement_key(statement)}));
  if (!document)
    return fail(ErrorKind::not_found, "the statement " + statement.id + " is not in this ledger");
  PARLEY_TRY(Recorded recorded, from_body(document->body));
  if (recorded.jws != jws)
    return fail(ErrorKind::not_found, "another statement is recorded under the id " + statement.id);
  return recorded;
}

Result<Recorded> recorded_at(Node& node, std::uint64_t index) {
  PARLEY_TRY(auto reader, node.store().snapshot());
  PARLEY_TRY(auto key, reader->get_document({index_collection, index_key(index)}));
  if (!key)
    return fail(ErrorKind::not_found, fmt::format("no statement stands behind ledger entry {}", index));
  PARLEY_TRY(auto document, reader->get_document({statement_collection, as_text(key->body)}));
  if (!document)
    return fail(ErrorKind::not_found, fmt::format("the statement behind ledger entry {} was erased", index));
  return from_body(document->body);
}

Result<void> recover_recordings(Node& node) {
  PARLEY_TRY(auto reader, node.store().snapshot());
  // The log is synced before the store learns of an entry, so a store that knows more was there before the
  // log was cut or set back. To go on would sign another head of a size that was signed already.
  const std::uint64_t size = node.ledger().size().value();
  PARLEY_TRY(const auto beyond,
             reader->list_documents(index_collection, size == 0 ? "" : index_key(size - 1), 1));
  if (!beyond.empty())
    return fail(ErrorKind::conflict,
                fmt::format("the ledger has {} entries, but a later one was recorded here before: it was cut "
                            "off or set back; restore it from a copy, do not append to it",
                            size));
  PARLEY_TRY(auto pending, reader->list_documents(pending_collection, "", state::max_page));
  reader.reset();
  if (!pending.empty())
    PARLEY_CHECK(
        state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
          for (const state::Document& document : pending) {
            PARLEY_TRY(Recorded recorded, from_body(document.body));
            const auto commitment = record::commit(recorded.opening, recorded.jws);
            PARLEY_TRY(auto index, node.ledger().find(commitment, node.ledger().size().value()));
            if (index) {
              recorded.index = index->value();
              PARLEY_CHECK(store_recorded(t, recorded));
            } else {
              PARLEY_CHECK(t.erase_document({pending_collection, document.id}));
            }
          }
          return {};
        }));
  // Every entry of the log was pending in the store before; a newest one that the store never heard of means
  // that the store is an older copy, which forgot what was answered and used up.
  if (size == 0 || pending.size() == state::max_page) return {};
  PARLEY_TRY(const auto fresh, node.store().snapshot());
  PARLEY_TRY(const auto newest, fresh->get_document({index_collection, index_key(size - 1)}));
  if (newest) return {};
  return mark_restored(node, "the store of this home is older than its ledger");
}

}  // namespace parley::exchange
