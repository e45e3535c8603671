#include <algorithm>

#include "state_sqlite/records.hpp"

namespace parley::state_sqlite {
namespace {

Result<void> check_key(state::DocumentKey key) {
  if (key.collection.empty() || key.collection.size() > state::max_collection_bytes || key.id.empty() ||
      key.id.size() > state::max_document_id_bytes)
    return fail(ErrorKind::bad_input, "the collection or id of a document is empty or too long");
  return {};
}

std::string shown(state::DocumentKey key) {
  return std::string(key.collection) + "/" + std::string(key.id);
}

/// 0 when there is none.
Result<std::int64_t> stored_version(Session& session, std::int64_t collection, std::string_view id) {
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT version FROM document WHERE collection = ?1 AND id = ?2"));
  select->bind(1, collection);
  select->bind(2, id);
  PARLEY_TRY(const bool found, select->step());
  return found ? select->integer(0) : 0;
}

}  // namespace

Result<state::DocumentVersion> put_document(Session& session, state::DocumentKey key, BytesView body,
                                            state::DocumentVersion expected) {
  PARLEY_CHECK(check_key(key));
  if (body.size() > state::max_document_bytes)
    return fail(ErrorKind::bad_input,
                "the document is longer than " + std::to_string(state::max_document_bytes) + " bytes",
                shown(key));
  PARLEY_TRY(const std::int64_t collection, session.names.add(key.collection));
  PARLEY_TRY(const std::int64_t there, stored_version(session, collection, key.id));
  if (static_cast<std::uint64_t>(there) != expected.value())
    return fail(ErrorKind::conflict,
                "somebody else changed it: expected version " + std::to_string(expected.value()) +
                    ", found " + std::to_string(there) + "; read it again",
                shown(key));
  PARLEY_TRY(Lease upsert, session.connection->use(
                               "INSERT INTO document (collection, id, version, body) VALUES (?1, ?2, ?3, ?4)"
                               " ON CONFLICT (collection, id) DO UPDATE SET version = ?3, body = ?4"));
  upsert->bind(1, collection);
  upsert->bind(2, key.id);
  upsert->bind(3, there + 1);
  upsert->bind(4, body);
  PARLEY_CHECK(upsert->run());
  return state::DocumentVersion(static_cast<std::uint64_t>(there) + 1);
}

Result<bool> erase_document(Session& session, state::DocumentKey key) {
  PARLEY_TRY(const std::optional<std::int64_t> collection, session.names.find(key.collection));
  if (!collection) return false;
  PARLEY_TRY(Lease erase, session.connection->use("DELETE FROM document WHERE collection = ?1 AND id = ?2"));
  erase->bind(1, *collection);
  erase->bind(2, key.id);
  PARLEY_CHECK(erase->run());
  return session.connection->changes() != 0;
}

Result<std::optional<state::Document>> get_document(Session& session, state::DocumentKey key) {
  PARLEY_TRY(const std::optional<std::int64_t> collection, session.names.find(key.collection));
  if (!collection) return std::nullopt;
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT version, body FROM document WHERE collection = ?1 AND id = ?2"));
  select->bind(1, *collection);
  select->bind(2, key.id);
  PARLEY_TRY(const bool found, select->step());
  if (!found) return std::nullopt;
  return state::Document{std::string(key.id),
                         state::DocumentVersion(static_cast<std::uint64_t>(select->integer(0))),
                         to_bytes(select->blob(1))};
}

Result<std::vector<state::Document>> list_documents(Session& session, std::string_view collection,
                                                    std::string_view after_id, std::size_t limit) {
  std::vector<state::Document> out;
  PARLEY_TRY(const std::optional<std::int64_t> number, session.names.find(collection));
  if (!number) return out;
  PARLEY_TRY(Lease select, session.connection->use(
                               "SELECT id, version, body FROM document WHERE collection = ?1 AND id > ?2"
                               " ORDER BY id LIMIT ?3"));
  select->bind(1, *number);
  select->bind(2, after_id);
  select->bind(3, static_cast<std::int64_t>(std::min(limit, state::max_page)));
  for (;;) {
    PARLEY_TRY(const bool row, select->step());
    if (!row) return out;
    out.push_back({std::string(select->text(0)),
                   state::DocumentVersion(static_cast<std::uint64_t>(select->integer(1))),
                   to_bytes(select->blob(2))});
  }
}

Result<std::int64_t> add_counter(Session& session, std::string_view name, std::int64_t delta) {
  if (name.empty() || name.size() > state::max_document_id_bytes)
    return fail(ErrorKind::bad_input, "the name of a counter is empty or too long");
  PARLEY_TRY(const std::int64_t before, read_counter(session, name));
  std::int64_t after = 0;
  if (__builtin_add_overflow(before, delta, &after))
    return fail(ErrorKind::bad_input, "a counter would leave its range", std::string(name));
  PARLEY_TRY(Lease upsert, session.connection->use("INSERT INTO counter (name, value) VALUES (?1, ?2)"
                                                   " ON CONFLICT (name) DO UPDATE SET value = ?2"));
  upsert->bind(1, name);
  upsert->bind(2, after);
  PARLEY_CHECK(upsert->run());
  return after;
}

Result<std::int64_t> read_counter(Session& session, std::string_view name) {
  PARLEY_TRY(Lease select, session.connection->use("SELECT value FROM counter WHERE name = ?1"));
  select->bind(1, name);
  PARLEY_TRY(const bool found, select->step());
  return found ? select->integer(0) : 0;
}

}  // namespace parley::state_sqlite
