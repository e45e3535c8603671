#include "state_sqlite/erasure.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "state_sqlite/contents_index.hpp"
#include "state_sqlite/holdings.hpp"
#include "state_sqlite/ids.hpp"
#include "state_sqlite/index_marks.hpp"
#include "state_sqlite/members.hpp"
#include "state_sqlite/places.hpp"

namespace parley::state_sqlite {
namespace {

/// A content that stands under an id.
struct Content {
  std::int64_t key;
  std::int64_t anchor;
  std::int64_t moment;
  std::int64_t source;
  std::string raw;
};

struct Contents {
  Bytes id;
  std::string type;
  std::int64_t anchor = 0;
  std::vector<Content> all;
};

Result<Contents> contents_of(Session& session, std::string_view id) {
  Contents out;
  out.type = id.substr(0, id.find("--"));
  PARLEY_TRY(std::optional<Bytes> encoded, find_id(session.names, id));
  if (!encoded) return out;
  out.id = std::move(*encoded);
  PARLEY_TRY(Lease rows, session.connection->use("SELECT key, anchor, moment, source, raw FROM object"
                                                 " WHERE id = ?1 ORDER BY key"));
  rows->bind(1, BytesView(out.id));
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) break;
    out.all.push_back(
        {rows->integer(0), rows->integer(1), rows->integer(2), rows->integer(3), std::string(rows->text(4))});
  }
  if (!out.all.empty())
    out.anchor = out.all.front().anchor != 0 ? out.all.front().anchor : out.all.front().key;
  return out;
}

/// What any content of an object says.
std::vector<intel::Selector> selectors_of(Session& session, const Contents& contents) {
  std::vector<intel::Selector> out;
  for (const Content& content : contents.all) {
    intel::IndexTerms terms = session.terms().read(contents.type, content.raw);
    std::ranges::move(terms.selectors, std::back_inserter(out));
  }
  std::ranges::sort(out);
  const auto repeats = std::ranges::unique(out);
  out.erase(repeats.begin(), repeats.end());
  return out;
}

/// Holdings of an object, those whose case is open.
Result<std::uint64_t> count_open(Session& session, const std::vector<intel::Selector>& selectors,
                                 std::int64_t anchor) {
  std::uint64_t out = 0;
  Bytes buffer;
  for (const intel::Selector& selector : selectors) {
    PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
    PARLEY_TRY(Lease open, session.connection->use("SELECT count(*) FROM holding WHERE type = ?1"
                                                   " AND value = ?2 AND object = ?3 AND open <> 0"));
    open->bind(1, static_cast<std::int64_t>(selector.type));
    open->bind(2, value);
    open->bind(3, anchor);
    PARLEY_TRY(const bool row, open->step());
    if (row) out += static_cast<std::uint64_t>(open->integer(0));
  }
  return out;
}

Result<void> forget_unheld(Session& session, const intel::Selector& selector, BytesView value) {
  if (!has_place(selector.type)) return {};
  {
    PARLEY_TRY(Lease held,
               session.connection->use("SELECT 1 FROM holding WHERE type = ?1 AND value = ?2 LIMIT 1"));
    held->bind(1, static_cast<std::int64_t>(selector.type));
    held->bind(2, value);
    PARLEY_TRY(const bool row, held->step());
    if (row) return {};
  }
  return forget_place(session, selector);
}

/// The names of all collections.
Result<std::vector<std::string>> collections(Session& session) {
  std::vector<std::string> out;
  PARLEY_TRY(Lease rows, session.connection->use("SELECT n.text FROM collection_end e"
                                                 " JOIN name n ON n.id = e.collection"));
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) return out;
    out.emplace_back(rows->text(0));
  }
}

Result<std::uint64_t> erase_from_collections(Session& session, std::string_view id) {
  state::MemberFilter everything;
  everything.specs = {state::SpecVersion::v20, state::SpecVersion::v21};
  everything.all = true;
  std::uint64_t out = 0;
  PARLEY_TRY(const std::vector<std::string> names, collections(session));
  for (const std::string& name : names) {
    PARLEY_TRY(const std::uint64_t erased, erase_members(session, name, id, everything));
    out += erased;
  }
  return out;
}

/// The members that a content was: another content of the same version takes its place, or they go.
Result<std::uint64_t> replace_in_collections(Session& session, std::string_view id, const Contents& contents,
                                             const Content& gone, const std::vector<const Content*>& left) {
  const auto same = std::ranges::find(left, gone.moment, &Content::moment);
  std::uint64_t out = 0;
  PARLEY_TRY(const std::vector<std::string> names, collections(session));
  for (const std::string& name : names) {
    PARLEY_TRY(const std::optional<std::int64_t> number, session.names.find(name));
    state::MemberFilter these;
    these.specs = {state::SpecVersion::v20, state::SpecVersion::v21};
    these.last = false;
    {
      PARLEY_TRY(Lease rows, session.connection->use("SELECT shown FROM member INDEXED BY member_id"
                                                     " WHERE collection = ?1 AND id = ?2 AND object = ?3"));
      rows->bind(1, number.value_or(0));
      rows->bind(2, BytesView(contents.id));
      rows->bind(3, gone.key);
      for (;;) {
        PARLEY_TRY(const bool row, rows->step());
        if (!row) break;
        these.versions.push_back(Timestamp::from_microseconds(rows->integer(0)));
      }
    }
    if (these.versions.empty()) continue;
    if (same == left.end()) {
      PARLEY_TRY(const std::uint64_t erased, erase_members(session, name, id, these));
      out += erased;
      continue;
    }
    PARLEY_TRY(Lease update, session.connection->use("UPDATE member SET object = ?4 WHERE collection = ?1"
                                                     " AND id = ?2 AND object = ?3"));
    update->bind(1, number.value_or(0));
    update->bind(2, BytesView(contents.id));
    update->bind(3, gone.key);
    update->bind(4, (*same)->key);
    PARLEY_CHECK(update->run());
  }
  return out;
}

Result<void> erase_content(Session& session, const Content& content, std::string_view type) {
  PARLEY_CHECK(forget_content(session, content.key, type, content.raw));
  for (const char* sql : {"DELETE FROM reference WHERE object = ?1", "DELETE FROM object WHERE key = ?1"}) {
    PARLEY_TRY(Lease erase, session.connection->use(sql));
    erase->bind(1, content.key);
    PARLEY_CHECK(erase->run());
  }
  return {};
}

/// Gives a content the key of the anchor that was erased, so that holdings still name the object.
Result<void> make_anchor(Session& session, const Contents& contents, const Content& content,
                         std::int64_t anchor) {
  PARLEY_CHECK(forget_content(session, content.key, contents.type, content.raw));
  for (const char* sql : {"UPDATE object SET key = ?2, anchor = 0 WHERE key = ?1",
                          "UPDATE reference SET object = ?2 WHERE object = ?1"}) {
    PARLEY_TRY(Lease update, session.connection->use(sql));
    update->bind(1, content.key);
    update->bind(2, anchor);
    PARLEY_CHECK(update->run());
  }
  PARLEY_TRY(Lease members,
             session.connection->use("UPDATE member SET object = ?2 WHERE object = ?1 AND id = ?3"
                                     " AND collection IN (SELECT collection FROM collection_end)"));
  members->bind(1, content.key);
  members->bind(2, anchor);
  members->bind(3, BytesView(contents.id));
  PARLEY_CHECK(members->run());
  return index_content(session, anchor, contents.type, content.raw);
}

/// Keys that were given are not given again: what still names one must not name another object.
Result<void> keep_keys(Session& session) {
  PARLEY_TRY(const IndexMark mark, read_mark(session, keys_mark));
  PARLEY_TRY(Lease last, session.connection->use("SELECT max(key) FROM object"));
  PARLEY_TRY(const bool row, last->step());
  const std::int64_t key = row ? last->integer(0) : 0;
  return key > mark.value ? set_mark(session, keys_mark, key) : Result<void>{};
}

/// 0001-01-01 and 10000-01-01: what RFC 3339 can write.
constexpr Timestamp earliest = Timestamp::from_seconds(-62'135'596'800);
constexpr Timestamp latest = Timestamp::from_seconds(253'402'300'800);

}  // namespace

Result<state::UpkeepCounts> retract(Session& session, const intel::Selector& selector,
                                    std::optional<state::ObjectKey> object,
                                    std::optional<state::SourceId> source) {
  state::UpkeepCounts out;
  Bytes buffer;
  PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
  const auto bind = [&](const Lease& lease) {
    lease->bind(1, static_cast<std::int64_t>(selector.type));
    lease->bind(2, value);
    lease->bind(3, std::int64_t{object.has_value()});
    lease->bind(4, object ? object->value() : 0);
    lease->bind(5, std::int64_t{source.has_value()});
    lease->bind(6, source ? source->value() : 0);
  };
#define PARLEY_THESE_HOLDINGS \
  " FROM holding WHERE type = ?1 AND value = ?2 AND (?3 = 0 OR object = ?4) AND (?5 = 0 OR source = ?6)"
  {
    PARLEY_TRY(Lease open, session.connection->use("SELECT count(*)" PARLEY_THESE_HOLDINGS " AND open <> 0"));
    bind(open);
    PARLEY_TRY(const bool row, open->step());
    if (row) out.held = static_cast<std::uint64_t>(open->integer(0));
  }
  {
    PARLEY_TRY(Lease erase, session.connection->use("DELETE" PARLEY_THESE_HOLDINGS " AND open = 0"));
    bind(erase);
    PARLEY_CHECK(erase->run());
    out.holdings = static_cast<std::uint64_t>(session.connection->changes());
  }
#undef PARLEY_THESE_HOLDINGS
  if (out.holdings > 0) PARLEY_CHECK(forget_unheld(session, selector, value));
  return out;
}

Result<state::UpkeepCounts> end_object(Session& session, std::string_view id, Timestamp at) {
  state::UpkeepCounts out;
  PARLEY_TRY(const Contents contents, contents_of(session, id));
  if (contents.all.empty()) return out;
  const std::vector<intel::Selector> selectors = selectors_of(session, contents);
  PARLEY_TRY(out.held, count_open(session, selectors, contents.anchor));
  if (out.held > 0) return out;
  for (const intel::Selector& selector : selectors) {
    PARLEY_TRY(const state::UpkeepCounts one,
               retract(session, selector, state::ObjectKey(contents.anchor), std::nullopt));
    out += one;
  }
  PARLEY_TRY(out.members, erase_from_collections(session, id));
  PARLEY_TRY(Lease mark, session.connection->use("UPDATE object SET ended = ?2 WHERE id = ?1 AND ended = 0"));
  mark->bind(1, BytesView(contents.id));
  mark->bind(2, std::max<std::int64_t>(at.microseconds(), 1));
  PARLEY_CHECK(mark->run());
  out.objects = session.connection->changes() > 0 ? 1 : 0;
  return out;
}

Result<state::UpkeepCounts> erase_object(Session& session, std::string_view id,
                                         std::optional<state::SourceId> source) {
  state::UpkeepCounts out;
  PARLEY_TRY(const Contents contents, contents_of(session, id));
  std::vector<const Content*> gone;
  std::vector<const Content*> left;
  for (const Content& content : contents.all)
    (!source || content.source == source->value() ? gone : left).push_back(&content);
  if (contents.all.empty()) return out;
  const std::vector<intel::Selector> selectors = selectors_of(session, contents);
  PARLEY_TRY(out.held, count_open(session, selectors, contents.anchor));
  if (out.held > 0) return out;
  for (const intel::Selector& selector : selectors) {
    PARLEY_TRY(const state::UpkeepCounts one,
               retract(session, selector, state::ObjectKey(contents.anchor), source));
    out += one;
  }
  if (gone.empty()) return out;
  PARLEY_CHECK(keep_keys(session));
  if (left.empty()) {
    PARLEY_TRY(out.members, erase_from_collections(session, id));
    out.objects = 1;
  }
  bool anchor_gone = false;
  for (const Content* content : gone) {
    if (!left.empty()) {
      PARLEY_TRY(const std::uint64_t erased, replace_in_collections(session, id, contents, *content, left));
      out.members += erased;
    }
    PARLEY_CHECK(erase_content(session, *content, contents.type));
    anchor_gone = anchor_gone || content->key == contents.anchor;
    ++out.contents;
  }
  if (anchor_gone && !left.empty())
    PARLEY_CHECK(make_anchor(session, contents, *left.front(), contents.anchor));
  return out;
}

Result<void> retract_superseded(Session& session, std::int64_t anchor, std::string_view type,
                                std::string_view older, std::string_view newer,
                                std::optional<state::SourceId> source) {
  if (!intel::may_have_selectors(type)) return {};
  const std::vector<intel::Selector> before = session.terms().read(type, older).selectors;
  if (before.empty()) return {};
  const std::vector<intel::Selector> now = session.terms().read(type, newer).selectors;
  Bytes buffer;
  for (const intel::Selector& selector : before) {
    if (std::ranges::binary_search(now, selector)) continue;
    PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
    {
      PARLEY_TRY(
          Lease erase,
          session.connection->use(
              "DELETE FROM holding WHERE type = ?1 AND value = ?2 AND object = ?3 AND open = 0 AND"
              " (source = ?4 OR (?4 = 0 AND source NOT IN (SELECT id FROM source WHERE kind = 'peer')))"));
      erase->bind(1, static_cast<std::int64_t>(selector.type));
      erase->bind(2, value);
      erase->bind(3, anchor);
      erase->bind(4, source ? source->value() : 0);
      PARLEY_CHECK(erase->run());
    }
    if (session.connection->changes() > 0) PARLEY_CHECK(forget_unheld(session, selector, value));
  }
  return {};
}

Result<SightingCounts> put_sightings(Session& session, std::span<const state::Sighting> sightings) {
  SightingCounts out;
  Bytes buffer;
  for (const state::Sighting& one : sightings) {
    PARLEY_TRY(const BytesView value, encode_value(one.selector, buffer));
    static_cast<void>(value);
    if (one.at < earliest || one.at >= latest)
      return fail(ErrorKind::bad_input, "a sighting outside the years 1 to 9999");
  }
  for (const state::Sighting& one : sightings) {
    PARLEY_TRY(const BytesView value, encode_value(one.selector, buffer));
    {
      PARLEY_TRY(Lease put,
                 session.connection->use("INSERT INTO sighting (type, value, at, kind, source, times)"
                                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE"
                                         " SET times = ?6 WHERE times <> ?6"));
      put->bind(1, static_cast<std::int64_t>(one.selector.type));
      put->bind(2, value);
      put->bind(3, one.at.microseconds());
      put->bind(4, static_cast<std::int64_t>(one.kind));
      put->bind(5, one.source.value());
      put->bind(6, static_cast<std::int64_t>(std::min<std::uint64_t>(one.times, INT64_MAX)));
      PARLEY_CHECK(put->run());
    }
    out.changed += session.connection->changes() > 0 ? 1 : 0;
    if (one.kind != state::SightingKind::seen) continue;
    PARLEY_TRY(Lease later,
               session.connection->use("UPDATE holding SET span = ?3 - first WHERE type = ?1 AND value = ?2"
                                       " AND first + span < ?3"));
    later->bind(1, static_cast<std::int64_t>(one.selector.type));
    later->bind(2, value);
    later->bind(3, one.at.microseconds());
    PARLEY_CHECK(later->run());
    out.holdings += static_cast<std::uint64_t>(session.connection->changes());
  }
  return out;
}

namespace {

/// Columns: type, value, at, kind, source, times.
Result<std::vector<state::Sighting>> read_sightings(const Lease& rows) {
  std::vector<state::Sighting> out;
  for (;;) {
    PARLEY_TRY(const bool row, rows->step());
    if (!row) return out;
    state::Sighting one;
    one.selector.type = static_cast<intel::SelectorType>(rows->integer(0));
    decode_value(one.selector.type, rows->blob(1), one.selector.value);
    one.at = Timestamp::from_microseconds(rows->integer(2));
    one.kind = static_cast<state::SightingKind>(rows->integer(3));
    one.source = state::SourceId(rows->integer(4));
    one.times = static_cast<std::uint64_t>(rows->integer(5));
    out.push_back(std::move(one));
  }
}

}  // namespace

Result<std::vector<state::Sighting>> find_sightings(Session& session, const intel::Selector& selector) {
  Bytes buffer;
  PARLEY_TRY(const BytesView value, encode_value(selector, buffer));
  PARLEY_TRY(Lease rows,
             session.connection->use("SELECT type, value, at, kind, source, times FROM sighting"
                                     " WHERE type = ?1 AND value = ?2 ORDER BY at, kind, source"));
  rows->bind(1, static_cast<std::int64_t>(selector.type));
  rows->bind(2, value);
  return read_sightings(rows);
}

Result<std::vector<state::Sighting>> list_sightings(Session& session, state::SightingKind kind,
                                                    const state::Sighting* after, std::size_t limit) {
  PARLEY_TRY(Lease rows, session.connection->use("SELECT type, value, at, kind, source, times FROM sighting"
                                                 " INDEXED BY sighting_kind WHERE kind = ?1 AND"
                                                 " (at, type, value, source) > (?2, ?3, ?4, ?5)"
                                                 " ORDER BY at, type, value, source LIMIT ?6"));
  Bytes buffer;
  BytesView value;
  if (after != nullptr) {
    PARLEY_TRY(value, encode_value(after->selector, buffer));
  }
  rows->bind(1, static_cast<std::int64_t>(kind));
  rows->bind(2, after != nullptr ? after->at.microseconds() : INT64_MIN);
  rows->bind(3, after != nullptr ? static_cast<std::int64_t>(after->selector.type) : 0);
  rows->bind(4, value);
  rows->bind(5, after != nullptr ? after->source.value() : 0);
  rows->bind(6, static_cast<std::int64_t>(std::min(limit, state::max_page)));
  return read_sightings(rows);
}

}  // namespace parley::state_sqlite
