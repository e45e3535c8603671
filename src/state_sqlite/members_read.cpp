#include <algorithm>
#include <limits>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "state_sqlite/ids.hpp"
#include "state_sqlite/members.hpp"

namespace parley::state_sqlite {

namespace {

/// The version of types without versions, as in members_write.cpp.
constexpr std::int64_t no_version = std::numeric_limits<std::int64_t>::min();

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

/// Which rows a filter wants, beyond what their lists say.
class Wanted {
 public:
  static Result<Wanted> of(Session& session, std::int64_t collection, const state::MemberFilter& filter,
                           std::vector<std::int64_t> types) {
    Wanted out(session, collection, filter, std::move(types));
    PARLEY_TRY(out.across_, out.goes_across());
    return out;
  }

  const state::MemberFilter& filter() const { return *filter_; }
  const std::vector<std::int64_t>& types() const { return types_; }
  bool of_type(std::int64_t type) const {
    return types_.empty() || std::ranges::find(types_, type) != types_.end();
  }

  Result<bool> operator()(const Row& row) const {
    if (!of_type(row.type) || !wants_spec(*filter_, row.list)) return false;
    if (filter_->all || std::ranges::find(filter_->versions, row.member.version) != filter_->versions.end())
      return true;
    if (filter_->last && (row.list & list_last) != 0) {
      PARLEY_TRY(const bool other, across_ ? has_other(row, true) : Result<bool>(false));
      if (!other) return true;
    }
    if (!filter_->first || (row.list & list_first) == 0) return false;
    PARLEY_TRY(const bool other, across_ ? has_other(row, false) : Result<bool>(false));
    return !other;
  }

 private:
  Wanted(Session& session, std::int64_t collection, const state::MemberFilter& filter,
         std::vector<std::int64_t> types)
      : session_(&session), collection_(collection), filter_(&filter), types_(std::move(types)) {}

  /// Lists know the first and the last of each spec version. Where both are asked for, the last is the last
  /// of both; that makes a difference only when an object of this collection is there in both.
  Result<bool> goes_across() const {
    if (filter_->all || !wants_spec(*filter_, 0) || !wants_spec(*filter_, list_v21)) return false;
    PARLEY_TRY(Lease select, session_->connection->use("SELECT 1 FROM member INDEXED BY member_list WHERE"
                                                       " collection = ?1 AND list IN (0, 1, 2, 3) LIMIT 1"));
    static_assert(list_newest_spec == 4);
    select->bind(1, collection_);
    return select->step();
  }

  /// Whether the object has a later (else: an earlier) version in the other spec version.
  Result<bool> has_other(const Row& row, bool later) const {
    static constexpr const char* of_later =
        "SELECT 1 FROM member AS one JOIN member AS other INDEXED BY member_id ON"
        " other.collection = one.collection AND other.id = one.id AND other.spec = ?3 AND"
        " other.version > one.version WHERE one.collection = ?1 AND one.added = ?2 LIMIT 1";
    static constexpr const char* of_earlier =
        "SELECT 1 FROM member AS one JOIN member AS other INDEXED BY member_id ON"
        " other.collection = one.collection AND other.id = one.id AND other.spec = ?3 AND"
        " other.version < one.version WHERE one.collection = ?1 AND one.added = ?2 LIMIT 1";
    PARLEY_TRY(Lease select, session_->connection->use(later ? of_later : of_earlier));
    select->bind(1, collection_);
    select->bind(2, row.member.added.microseconds());
    select->bind(3, list_v21 - (row.list & list_v21));
    return select->step();
  }

  Session* session_;
  std::int64_t collection_;
  const state::MemberFilter* filter_;
  std::vector<std::int64_t> types_;
  bool across_ = false;
};

/// Rows as they stand in the collection, without a list: at most `most` of them, and those that the filter
/// wants into the page. True when that has answered the question.
Result<bool> walk(Session& session, std::int64_t collection, const Wanted& wanted, std::size_t limit,
                  std::size_t most, state::MemberPage& page) {
  PARLEY_TRY(Lease select,
             session.connection->use("SELECT " PARLEY_MEMBER_COLUMNS
                                     " FROM member WHERE collection = ?1 AND added > ?2 ORDER BY added"));
  select->bind(1, collection);
  select->bind(2, page.looked_at.microseconds());
  for (std::size_t looked_at = 0; looked_at < most; ++looked_at) {
    PARLEY_TRY(const bool more, select->step());
    if (!more) return true;
    if (wanted.of_type(select->integer(4)) && wants_list(wanted.filter(), select->integer(5))) {
      page.more = page.members.size() == limit;
      if (page.more) return true;
      PARLEY_TRY(Row row, read_row(session, select));
      PARLEY_TRY(const bool is_wanted, wanted(row));
      if (is_wanted) page.members.push_back(std::move(row.member));
    }
    page.looked_at = Timestamp::from_microseconds(select->integer(3));
  }
  return false;
}

/// The dates added of those versions of an object that a filter may want, from the index of ids alone: an
/// object may have very many.
Result<void> candidates(Session& session, std::int64_t collection, BytesView id,
                        const state::MemberFilter& filter, std::vector<std::int64_t>& out) {
  const auto collect = [&](const char* sql, std::optional<std::int64_t> value) -> Result<void> {
    PARLEY_TRY(Lease select, session.connection->use(sql));
    select->bind(1, collection);
    select->bind(2, id);
    if (value) select->bind(3, *value);
    for (;;) {
      PARLEY_TRY(const bool more, select->step());
      if (!more) return {};
      out.push_back(select->integer(0));
    }
  };
  // Left to itself SQLite would walk the whole collection, whose key begins the same.
#define PARLEY_OF_ID "SELECT added FROM member INDEXED BY member_id WHERE collection = ?1 AND id = ?2"
  if (filter.all) return collect(PARLEY_OF_ID, std::nullopt);
  for (const std::int64_t spec : {std::int64_t{0}, list_v21}) {
    if (filter.first) PARLEY_CHECK(collect(PARLEY_OF_ID " AND spec = ?3 ORDER BY version LIMIT 1", spec));
    if (filter.last) PARLEY_CHECK(collect(PARLEY_OF_ID " AND spec = ?3 ORDER BY version DESC LIMIT 1", spec));
  }
  if (filter.versions.empty()) return {};
  for (const Timestamp version : filter.versions)
    PARLEY_CHECK(collect(PARLEY_OF_ID " AND spec IN (0, 8) AND version = ?3", version.microseconds()));
  // What has no versions shows another date.
  return collect(PARLEY_OF_ID " AND spec IN (0, 8) AND version = ?3", no_version);
#undef PARLEY_OF_ID
}

/// The members of some objects.
Result<state::MemberPage> members_of(Session& session, std::int64_t collection, Timestamp after,
                                     const Wanted& wanted, std::size_t limit) {
  std::vector<std::int64_t> added;
  for (const std::string& id : wanted.filter().ids) {
    PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
    if (encoded) PARLEY_CHECK(candidates(session, collection, *encoded, wanted.filter(), added));
  }
  std::erase_if(added, [&](std::int64_t one) { return one <= after.microseconds(); });
  std::ranges::sort(added);
  added.erase(std::ranges::unique(added).begin(), added.end());
  state::MemberPage page;
  page.looked_at = after;
  for (const std::int64_t one : added) {
    if (page.members.size() == limit) {
      page.more = true;
      break;
    }
    PARLEY_TRY(Lease select, session.connection->use("SELECT " PARLEY_MEMBER_COLUMNS
                                                     " FROM member WHERE collection = ?1 AND added = ?2"));
    select->bind(1, collection);
    select->bind(2, one);
    PARLEY_TRY(const bool found, select->step());
    if (!found) continue;
    PARLEY_TRY(Row row, read_row(session, select));
    PARLEY_TRY(const bool is_wanted, wanted(row));
    page.looked_at = row.member.added;
    if (is_wanted) page.members.push_back(std::move(row.member));
  }
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
  PARLEY_TRY(const Wanted wanted, Wanted::of(session, *number, filter, std::move(types)));
  if (!filter.ids.empty()) return members_of(session, *number, after, wanted, limit);

  page.members.reserve(limit);
  if (filter.versions.empty()) {
    // In most collections nearly all rows are wanted, or every third where a usual type is asked, and to walk
    // them costs less than to seek each from a list. Where the others are more, the lists take over.
    const std::size_t most = (filter.types.empty() ? 2 : 4) * limit + 16;
    PARLEY_TRY(const bool done, walk(session, *number, wanted, limit, most, page));
    if (done) return page;
  }
  const Timestamp from = page.looked_at;
  Merge merge(session, *number, limit - page.members.size() + 1);
  for (std::int64_t list = 0; list < list_end; ++list) {
    if (!wants_list(filter, list)) continue;
    if (filter.types.empty())
      merge.add({Rows::Kind::list, 0, list, from.microseconds(), {}, 0, 0, false});
    else
      for (const std::int64_t type : wanted.types())
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
    PARLEY_TRY(const bool is_wanted, wanted(row));
    if (is_wanted) page.members.push_back(std::move(row.member));
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

Result<std::vector<std::size_t>> append_contents(Session& session, std::span<const state::ContentKey> keys,
                                                 std::string& out, std::size_t max_bytes) {
  const std::size_t before = out.size();
  // To walk past a few rows costs less than to seek.
  constexpr std::int64_t close = 8;
  std::vector<std::size_t> ends;
  ends.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size();) {
    PARLEY_TRY(Lease select,
               session.connection->use("SELECT key, raw FROM object WHERE key >= ?1 ORDER BY key"));
    select->bind(1, keys[i].value());
    for (bool goes_on = true; goes_on;) {
      PARLEY_TRY(const bool found, select->step());
      const std::int64_t at = found ? select->integer(0) : 0;
      if (!found || at > keys[i].value())
        return fail(ErrorKind::internal, "the store is damaged: a content that something names is not there");
      if (at < keys[i].value()) continue;
      out += as_text(select->blob(1));
      ends.push_back(out.size());
      if (out.size() - before >= max_bytes) return ends;
      ++i;
      goes_on = i < keys.size() && keys[i].value() > at && keys[i].value() <= at + close;
    }
  }
  return ends;
}

}  // namespace parley::state_sqlite
