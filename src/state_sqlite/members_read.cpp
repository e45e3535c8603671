#include <algorithm>
#include <limits>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "state_sqlite/ids.hpp"
#include "state_sqlite/members.hpp"

namespace parley::state_sqlite {

namespace {

/// Most members that one page looks at where a filter leaves some out (exact versions beside other fields).
constexpr std::size_t max_looked_at = 20'000;

struct Row {
  state::Member member;
  std::int64_t type = 0;
  std::int64_t list = 0;
};

#define PARLEY_MEMBER_COLUMNS "object, id, shown, added, type, list"

Result<Row> read_row(Session& session, const Lease& row) {
  Row out;
  out.member.content = state::ContentKey(row->integer(0));
  PARLEY_TRY(out.member.id, id_text(session.names, row->blob(1)));
  out.member.version = Timestamp::from_microseconds(row->integer(2));
  out.member.added = Timestamp::from_microseconds(row->integer(3));
  out.type = row->integer(4);
  out.list = row->integer(5);
  out.member.spec = (out.list & list_v21) != 0 ? state::SpecVersion::v21 : state::SpecVersion::v20;
  return out;
}

/// Rows that a filter may choose, by rising `added`: those of one list, of one type in it, or of one version.
struct Rows {
  enum class Kind : std::uint8_t { list, type, version };
  Kind kind = Kind::list;
  std::int64_t type = 0;
  std::int64_t of = 0;  // list or version
  std::int64_t after = 0;
  std::vector<Row> ahead;
  std::size_t at = 0;
  std::size_t chunk = 0;  // rows that are read at once
  bool ended = false;

  std::int64_t next() const { return ahead[at].member.added.microseconds(); }
};

class Merge {
 public:
  Merge(Session& session, std::int64_t collection, std::size_t limit)
      : session_(session), collection_(collection), limit_(limit) {}

  void add(Rows rows) { sources_.push_back(std::move(rows)); }

  Result<void> begin() {
    // Most members are in one list: it soon reads as much at once as is still wanted.
    const std::size_t first = limit_ / std::max<std::size_t>(1, sources_.size()) + 8;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      sources_[i].chunk = first;
      PARLEY_CHECK(push(i));
    }
    return {};
  }
  bool at_end() const { return heads_.empty(); }

  /// The next one by `added`, each once.
  Result<Row> take() {
    const std::int64_t added = heads_.top().first;
    Row out;
    while (!heads_.empty() && heads_.top().first == added) {
      Rows& rows = sources_[heads_.top().second];
      out = std::move(rows.ahead[rows.at]);
      ++rows.at;
      const std::size_t source = heads_.top().second;
      heads_.pop();
      PARLEY_CHECK(push(source));
    }
    return out;
  }

 private:
  Result<void> push(std::size_t number) {
    Rows& rows = sources_[number];
    if (rows.at == rows.ahead.size() && !rows.ended) PARLEY_CHECK(fill(rows));
    if (rows.at < rows.ahead.size()) heads_.emplace(rows.next(), number);
    return {};
  }

  Result<void> fill(Rows& rows) {
    rows.ahead.clear();
    rows.ahead.reserve(rows.chunk);
    rows.at = 0;
    // Each index has the order; left to itself SQLite might walk the whole collection for it.
    static constexpr const char* of_list =
        "SELECT " PARLEY_MEMBER_COLUMNS
        " FROM member INDEXED BY member_list WHERE collection = ?1 AND list = ?2 AND added > ?3"
        " ORDER BY added LIMIT ?4";
    static constexpr const char* of_type =
        "SELECT " PARLEY_MEMBER_COLUMNS
        " FROM member INDEXED BY member_type WHERE collection = ?1 AND type = ?5 AND list = ?2"
        " AND added > ?3 ORDER BY added LIMIT ?4";
    static constexpr const char* of_version =
        "SELECT " PARLEY_MEMBER_COLUMNS
        " FROM member INDEXED BY member_shown WHERE collection = ?1 AND shown = ?2 AND added > ?3"
        " ORDER BY added LIMIT ?4";
    const char* sql = rows.kind == Rows::Kind::list   ? of_list
                      : rows.kind == Rows::Kind::type ? of_type
                                                      : of_version;
    PARLEY_TRY(Lease select, session_.connection->use(sql));
    select->bind(1, collection_);
    select->bind(2, rows.of);
    select->bind(3, rows.after);
    select->bind(4, static_cast<std::int64_t>(rows.chunk));
    if (rows.kind == Rows::Kind::type) select->bind(5, rows.type);
    for (;;) {
      PARLEY_TRY(const bool row, select->step());
      if (!row) break;
      PARLEY_TRY(Row read, read_row(session_, select));
      rows.ahead.push_back(std::move(read));
    }
    rows.ended = rows.ahead.size() < rows.chunk;
    if (!rows.ahead.empty()) rows.after = rows.ahead.back().member.added.microseconds();
    rows.chunk = std::min(rows.chunk * 2, limit_);
    return {};
  }

  using Head = std::pair<std::int64_t, std::size_t>;
  Session& session_;
  std::int64_t collection_;
  std::size_t limit_;
  std::vector<Rows> sources_;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
};

bool wants_spec(const state::MemberFilter& filter, std::int64_t list) {
  if (filter.specs.empty()) return (list & list_newest_spec) != 0;
  const auto spec = (list & list_v21) != 0 ? state::SpecVersion::v21 : state::SpecVersion::v20;
  return std::ranges::find(filter.specs, spec) != filter.specs.end();
}

bool wants_row(const state::MemberFilter& filter, const std::vector<std::int64_t>& types, const Row& row) {
  if (!filter.types.empty() && std::ranges::find(types, row.type) == types.end()) return false;
  if (wants_list(filter, row.list)) return true;
  return wants_spec(filter, row.list) &&
         std::ranges::find(filter.versions, row.member.version) != filter.versions.end();
}

/// Rows as they stand in the collection, without a list: at most `most` of them, and those that the filter
/// wants into the page. True when that has answered the question.
Result<bool> walk(Session& session, std::int64_t collection, const state::MemberFilter& filter,
                  const std::vector<std::int64_t>& types, std::size_t limit, std::size_t most,
                  state::MemberPage& page) {
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT " PARLEY_MEMBER_COLUMNS
                                     " FROM member WHERE collection = ?1 AND added > ?2 ORDER BY added"));
  select->bind(1, collection);
  select->bind(2, page.looked_at.microseconds());
  for (std::size_t looked_at = 0; looked_at < most; ++looked_at) {
    PARLEY_TRY(const bool more, select->step());
    if (!more) return true;
    const bool typed = types.empty() || std::ranges::find(types, select->integer(4)) != types.end();
    if (typed && wants_list(filter, select->integer(5))) {
      page.more = page.members.size() == limit;
      if (page.more) return true;
      PARLEY_TRY(Row row, read_row(session, select));
      page.members.push_back(std::move(row.member));
    }
    page.looked_at = Timestamp::from_microseconds(select->integer(3));
  }
  return false;
}

/// The members of some objects: few, so they are read whole and sorted.
Result<state::MemberPage> members_of(Session& session, std::int64_t collection, Timestamp after,
                                     const state::MemberFilter& filter,
                                     const std::vector<std::int64_t>& types, std::size_t limit) {
  std::vector<state::Member> found;
  for (const std::string& id : filter.ids) {
    PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
    if (!encoded) continue;
    // Left to itself SQLite would walk the whole collection, whose key begins the same.
    PARLEY_TRY(Lease select, session.connection->use(
                                 "SELECT " PARLEY_MEMBER_COLUMNS
                                 " FROM member INDEXED BY member_id WHERE collection = ?1 AND id = ?2"));
    select->bind(1, collection);
    select->bind(2, BytesView(*encoded));
    for (;;) {
      PARLEY_TRY(const bool more, select->step());
      if (!more) break;
      if (select->integer(3) <= after.microseconds()) continue;
      PARLEY_TRY(Row row, read_row(session, select));
      if (wants_row(filter, types, row)) found.push_back(std::move(row.member));
    }
  }
  state::MemberPage page;
  std::ranges::sort(found, {}, &state::Member::added);
  page.more = found.size() > limit;
  if (page.more) found.resize(limit);
  page.members = std::move(found);
  page.looked_at = page.members.empty() ? after : page.members.back().added;
  return page;
}

}  // namespace

bool wants_list(const state::MemberFilter& filter, std::int64_t list) {
  const bool version =
      filter.all || (filter.first && (list & list_first) != 0) || (filter.last && (list & list_last) != 0);
  return version && wants_spec(filter, list);
}

Result<state::MemberPage> list_members(Session& session, std::string_view collection, Timestamp after,
                                       const state::MemberFilter& filter, std::size_t limit) {
  state::MemberPage page;
  page.looked_at = after;
  PARLEY_TRY(const std::optional<std::int64_t> number, session.names.find(collection));
  if (!number || filter.nothing || limit == 0) return page;
  limit = std::min(limit, state::max_page);
  std::vector<std::int64_t> types;
  for (const std::string& type : filter.types) {
    PARLEY_TRY(const std::optional<std::int64_t> known, session.names.find(type));
    if (known) types.push_back(*known);
  }
  if (!filter.types.empty() && types.empty()) return page;
  if (!filter.ids.empty()) return members_of(session, *number, after, filter, types, limit);

  page.members.reserve(limit);
  if (filter.versions.empty()) {
    // In most collections nearly all rows are wanted, or every third where a usual type is asked, and to walk
    // them costs less than to seek each from a list. Where the others are more, the lists take over.
    const std::size_t most = (types.empty() ? 2 : 4) * limit + 16;
    PARLEY_TRY(const bool done, walk(session, *number, filter, types, limit, most, page));
    if (done) return page;
  }
  const Timestamp from = page.looked_at;
  Merge merge(session, *number, limit - page.members.size() + 1);
  for (std::int64_t list = 0; list < list_end; ++list) {
    if (!wants_list(filter, list)) continue;
    if (filter.types.empty())
      merge.add({Rows::Kind::list, 0, list, from.microseconds(), {}, 0, 0, false});
    else
      for (const std::int64_t type : types)
        merge.add({Rows::Kind::type, type, list, from.microseconds(), {}, 0, 0, false});
  }
  for (const Timestamp version : filter.versions)
    merge.add({Rows::Kind::version, 0, version.microseconds(), from.microseconds(), {}, 0, 0, false});
  PARLEY_CHECK(merge.begin());
  for (std::size_t looked_at = 0; !merge.at_end(); ++looked_at) {
    if (page.members.size() == limit || looked_at == max_looked_at) {
      page.more = true;
      return page;
    }
    PARLEY_TRY(Row row, merge.take());
    page.looked_at = row.member.added;
    if (wants_row(filter, types, row)) page.members.push_back(std::move(row.member));
  }
  return page;
}

#undef PARLEY_MEMBER_COLUMNS

Result<std::uint64_t> count_members(Session& session, std::string_view collection) {
  PARLEY_TRY(const std::optional<std::int64_t> number, session.names.find(collection));
  if (!number) return 0;
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT members FROM collection_end WHERE collection = ?1"));
  select->bind(1, *number);
  PARLEY_TRY(const bool found, select->step());
  return found ? static_cast<std::uint64_t>(select->integer(0)) : 0;
}

Result<bool> append_content(Session& session, state::ContentKey key, std::string& out) {
  PARLEY_TRY(Lease select, session.connection->use("SELECT raw FROM object WHERE key = ?1"));
  select->bind(1, key.value());
  PARLEY_TRY(const bool found, select->step());
  if (found) out += as_text(select->blob(0));
  return found;
}

}  // namespace parley::state_sqlite
