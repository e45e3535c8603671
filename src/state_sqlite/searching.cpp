#include "state_sqlite/searching.hpp"

#include "state_sqlite/contents_index.hpp"
#include "state_sqlite/erasure.hpp"
#include "state_sqlite/holdings.hpp"
#include "state_sqlite/objects.hpp"
#include "state_sqlite/places.hpp"

namespace parley::state_sqlite {

using state::ContentKey;

Result<void> SqliteSearching::for_each_with_prefix(
    intel::SelectorType type, std::string_view prefix,
    const std::function<bool(const state::SelectorSummary&)>& visit, const intel::Selector* after) const {
  return state_sqlite::for_each_with_prefix(session_, type, prefix, visit, after);
}
Result<std::vector<intel::Selector>> SqliteSearching::list_in_scope(const state::Scope& scope,
                                                                    intel::SelectorType type,
                                                                    std::string_view after,
                                                                    std::size_t limit) const {
  return state_sqlite::list_in_scope(session_, scope, type, after, limit);
}
Result<std::optional<intel::Selector>> SqliteSearching::for_each_listed(
    std::span<const intel::SelectorType> types, const intel::Selector* after, std::size_t most,
    const std::function<bool(const state::SelectorSummary&)>& visit) const {
  return state_sqlite::for_each_listed(session_, types, after, most, visit);
}
Result<std::vector<std::optional<state::MarkingCode>>> SqliteSearching::find_markings(
    std::span<const std::string> ids) const {
  return state_sqlite::find_markings(session_, ids);
}
Result<std::vector<ContentKey>> SqliteSearching::find_text(const std::vector<state::TextTerm>& terms,
                                                           ContentKey before, std::size_t limit) const {
  return state_sqlite::find_text(session_, terms, before, limit);
}
Result<bool> SqliteSearching::has_text(const std::vector<state::TextTerm>& terms, ContentKey key) const {
  return state_sqlite::has_text(session_, terms, key);
}
Result<std::vector<ContentKey>> SqliteSearching::find_saying(std::string_view value, ContentKey after,
                                                             std::size_t limit) const {
  return state_sqlite::find_saying(session_, value, after, limit);
}
Result<std::vector<ContentKey>> SqliteSearching::list_newest(ContentKey before, std::size_t limit) const {
  return state_sqlite::list_newest(session_, before, limit);
}
Result<std::optional<state::StoredContent>> SqliteSearching::find_content(ContentKey key) const {
  PARLEY_TRY(std::vector<state::StoredContent> found,
             state_sqlite::list_contents(session_, ContentKey(key.value() - 1), 1));
  if (found.empty() || found.front().content != key) return std::nullopt;
  return std::move(found.front());
}
Result<bool> SqliteSearching::is_current(ContentKey key) const {
  PARLEY_TRY(Lease best, session_.connection->use(
                             "SELECT key FROM object WHERE id = (SELECT id FROM object WHERE key = ?1)"
                             " ORDER BY moment DESC, received, key LIMIT 1"));
  best->bind(1, key.value());
  PARLEY_TRY(const bool row, best->step());
  return row && best->integer(0) == key.value();
}
Result<std::optional<Timestamp>> SqliteSearching::ended(ContentKey key) const {
  PARLEY_TRY(Lease ended, session_.connection->use("SELECT ended FROM object WHERE key = ?1"));
  ended->bind(1, key.value());
  PARLEY_TRY(const bool row, ended->step());
  if (!row || ended->integer(0) == 0) return std::nullopt;
  return Timestamp::from_microseconds(ended->integer(0));
}
Result<std::vector<state::Searching::Validity>> SqliteSearching::list_valid_until(Timestamp until,
                                                                                  const Validity& after,
                                                                                  std::size_t limit) const {
  return state_sqlite::list_valid_until(session_, until, after, limit);
}
Result<std::vector<state::Sighting>> SqliteSearching::find_sightings(const intel::Selector& selector) const {
  return state_sqlite::find_sightings(session_, selector);
}
Result<std::vector<state::Sighting>> SqliteSearching::list_sightings(state::SightingKind kind,
                                                                     const state::Sighting* after,
                                                                     std::size_t limit) const {
  return state_sqlite::list_sightings(session_, kind, after, limit);
}
Result<state::IndexStatus> SqliteSearching::index_status() const {
  PARLEY_TRY(state::IndexStatus out, place_status(session_));
  PARLEY_TRY(out.contents, waiting_contents(session_));
  return out;
}
Result<std::vector<std::string>> SqliteSearching::dump_indexes() const {
  return state_sqlite::dump_indexes(session_);
}

}  // namespace parley::state_sqlite
