#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "state_sqlite/ids.hpp"
#include "state_sqlite/members.hpp"
#include "state_sqlite/rows.hpp"

namespace parley::state_sqlite {

namespace {

/// The moment of types without versions, as in objects_write.cpp.
constexpr std::int64_t no_version = std::numeric_limits<std::int64_t>::min();

/// A member that is there, by the columns of `PARLEY_THERE`.
struct There {
  std::int64_t added = 0;
  std::int64_t object = 0;
  std::int64_t version = 0;
  std::int64_t list = 0;
};
#define PARLEY_THERE "added, object, version, list"

/// Writes the members of one collection, and keeps the lists that they are part of.
class MemberWriter {
 public:
  MemberWriter(Session& session, std::int64_t collection) : session_(session), collection_(collection) {}

  Result<void> begin(Timestamp now) {
    PARLEY_TRY(Lease end,
               session_.connection->use("SELECT added, members FROM collection_end WHERE collection = ?1"));
    end->bind(1, collection_);
    PARLEY_TRY(const bool found, end->step());
    // Rising even while the clock stands still or was set back.
    next_ = std::max(now.microseconds(), found ? end->integer(0) + 1 : now.microseconds());
    members_ = found ? end->integer(1) : 0;
    return {};
  }

  Result<void> add(const state::NewMember& member, state::MemberCounts& counts) {
    std::int64_t version = no_version;
    if (!member.version.empty()) {
      const Result<Timestamp> moment = parse_time(member.version);
      version = moment ? moment->microseconds() : no_version;
    }
    PARLEY_TRY(const std::optional<Bytes> id, find_id(session_.names, member.id));
    PARLEY_TRY(const std::int64_t object, id ? content(*id, version) : Result<std::int64_t>(0));
    if (object == 0) {
      ++counts.missing;
      return {};
    }
    const std::int64_t spec = member.spec == state::SpecVersion::v21 ? list_v21 : 0;
    if (std::ranges::find(fresh_, *id, &Row::id) != fresh_.end()) PARLEY_CHECK(insert_fresh());
    PARLEY_TRY(const bool is_known, has(*id));
    if (!is_known) {
      fresh_.push_back(row(*id, member, version, object, spec | list_first | list_last | list_newest_spec));
      ++counts.added;
      return fresh_.size() == rows_at_once ? insert_fresh() : Result<void>{};
    }
    PARLEY_TRY(const std::vector<There> others, neighbours(*id, spec, version));
    const auto same = std::ranges::find(others, version, &There::version);
    if (same != others.end()) {
      if (same->object == object) {
        ++counts.unchanged;
        return {};
      }
      // Our own content came after that of somebody else: it is new to whoever reads.
      PARLEY_CHECK(erase(same->added));
      PARLEY_CHECK(insert(row(*id, member, version, object, same->list)));
      ++counts.added;
      return {};
    }
    PARLEY_TRY(const std::int64_t list, list_of(*id, spec, version, others));
    PARLEY_CHECK(insert(row(*id, member, version, object, list)));
    ++counts.added;
    return {};
  }

  Result<void> erase_all(const std::vector<There>& members, BytesView id) {
    for (const There& member : members) PARLEY_CHECK(erase(member.added));
    for (const std::int64_t spec : {std::int64_t{0}, list_v21}) {
      PARLEY_TRY(const auto oldest, edge(id, spec, false));
      PARLEY_TRY(const auto newest, edge(id, spec, true));
      if (oldest) PARLEY_CHECK(relist(*oldest, oldest->list | list_first));
      if (!newest) continue;
      const bool is_one = oldest && oldest->added == newest->added;
      PARLEY_CHECK(relist(*newest, newest->list | list_last | (is_one ? list_first : 0)));
    }
    PARLEY_TRY(const auto newer_spec, edge(id, list_v21, true));
    return newer_spec ? Result<void>{} : put_spec_on_top(id, 0, true);
  }

  Result<void> finish() {
    PARLEY_CHECK(insert_fresh());
    PARLEY_TRY(Lease end,
               session_.connection->use("INSERT INTO collection_end (collection, added, members)"
                                        " VALUES (?1, ?2, ?3) ON CONFLICT (collection) DO UPDATE SET"
                                        " added = max(added, ?2), members = ?3"));
    end->bind(1, collection_);
    end->bind(2, next_ - 1);
    end->bind(3, members_);
    return end->run();
  }

 private:
  /// The content that counts: our own, then the first that came.
  Result<std::int64_t> content(BytesView id, std::int64_t version) {
    PARLEY_TRY(Lease select, session_.connection->use("SELECT key FROM object WHERE id = ?1 AND moment = ?2"
                                                      " ORDER BY received, key LIMIT 1"));
    select->bind(1, id);
    select->bind(2, version);
    PARLEY_TRY(const bool found, select->step());
    return found ? select->integer(0) : 0;
  }

  /// Whether any version of the object is in the collection.
  Result<bool> has(BytesView id) {
    PARLEY_TRY(Lease select, session_.connection->use("SELECT 1 FROM member INDEXED BY member_id"
                                                      " WHERE collection = ?1 AND id = ?2 LIMIT 1"));
    select->bind(1, collection_);
    select->bind(2, id);
    return select->step();
  }

  /// This version, where it is there, and the versions of the object at either end.
  Result<std::vector<There>> neighbours(BytesView id, std::int64_t spec, std::int64_t version) {
    std::vector<There> out;
    PARLEY_TRY(const auto oldest, edge(id, spec, false));
    if (!oldest) return out;
    out.push_back(*oldest);
    PARLEY_TRY(const auto newest, edge(id, spec, true));
    if (newest) out.push_back(*newest);
    if (version <= oldest->version || version >= newest->version) return out;
    PARLEY_TRY(Lease select, session_.connection->use(
                                 "SELECT " PARLEY_THERE
                                 " FROM member WHERE collection = ?1 AND id = ?2 AND spec = ?3 AND version = "
                                 "?4"));
    select->bind(1, collection_);
    select->bind(2, id);
    select->bind(3, spec);
    select->bind(4, version);
    PARLEY_TRY(const bool found, select->step());
    if (found) out.push_back(read(select));
    return out;
  }

  Result<std::optional<There>> edge(BytesView id, std::int64_t spec, bool newest) {
    PARLEY_TRY(Lease select,
               session_.connection->use(
                   newest ? "SELECT " PARLEY_THERE
                            " FROM member WHERE collection = ?1 AND id = ?2 AND spec = ?3 ORDER BY version "
                            "DESC LIMIT 1"
                          : "SELECT " PARLEY_THERE
                            " FROM member WHERE collection = ?1 AND id = ?2 AND spec = ?3 ORDER BY version "
                            "LIMIT 1"));
    select->bind(1, collection_);
    select->bind(2, id);
    select->bind(3, spec);
    PARLEY_TRY(const bool found, select->step());
    if (!found) return std::nullopt;
    return read(select);
  }

  /// The lists of a new version; those that its neighbours no longer belong to lose them.
  Result<std::int64_t> list_of(BytesView id, std::int64_t spec, std::int64_t version,
                               const std::vector<There>& others) {
    std::int64_t list = spec;
    if (others.empty()) {
      list |= list_first | list_last;
      PARLEY_TRY(const auto other_spec, edge(id, spec == 0 ? list_v21 : 0, true));
      if (spec != 0 || !other_spec) list |= list_newest_spec;
      if (spec != 0 && other_spec) PARLEY_CHECK(put_spec_on_top(id, 0, false));
      return list;
    }
    list |= others.front().list & list_newest_spec;
    if (version < others[0].version) {
      list |= list_first;
      PARLEY_CHECK(relist(others[0], others[0].list & ~list_first));
    }
    if (version > others[1].version) {
      list |= list_last;
      PARLEY_CHECK(relist(others[1], others[1].list & ~list_last));
    }
    return list;
  }

  Result<void> put_spec_on_top(BytesView id, std::int64_t spec, bool on_top) {
    PARLEY_TRY(
        Lease update,
        session_.connection->use(
            on_top ? "UPDATE member SET list = list | 4 WHERE collection = ?1 AND id = ?2 AND spec = ?3"
                   : "UPDATE member SET list = list & ~4 WHERE collection = ?1 AND id = ?2 AND spec = "
                     "?3"));
    update->bind(1, collection_);
    update->bind(2, id);
    update->bind(3, spec);
    return update->run();
  }
  static_assert(list_newest_spec == 4);

  Result<void> relist(const There& member, std::int64_t list) {
    if (member.list == list) return {};
    PARLEY_TRY(Lease update,
               session_.connection->use("UPDATE member SET list = ?3 WHERE collection = ?1 AND added = ?2"));
    update->bind(1, collection_);
    update->bind(2, member.added);
    update->bind(3, list);
    return update->run();
  }

  /// Of the table, with the next date added.
  struct Row {
    std::int64_t added;
    std::int64_t object;
    Bytes id;
    std::int64_t version;
    std::int64_t shown;
    std::int64_t list;
  };
  Row row(const Bytes& id, const state::NewMember& member, std::int64_t version, std::int64_t object,
          std::int64_t list) {
    const std::int64_t added = next_++;
    ++members_;
    const std::int64_t shown = version != no_version ? version
                               : member.created      ? member.created->microseconds()
                                                     : added;
    return {added, object, id, version, shown, list};
  }

#define PARLEY_INSERT_MEMBER \
  "INSERT OR FAIL INTO member (collection, added, object, id, type, spec, version, shown, list) VALUES "

  int bind(const Lease& insert, int at, const Row& row) const {
    insert->bind(++at, collection_);
    insert->bind(++at, row.added);
    insert->bind(++at, row.object);
    insert->bind(++at, BytesView(row.id));
    insert->bind(++at, std::int64_t{row.id[0]} << 16 | std::int64_t{row.id[1]} << 8 | row.id[2]);
    insert->bind(++at, row.list & list_v21);
    insert->bind(++at, row.version);
    insert->bind(++at, row.shown);
    insert->bind(++at, row.list);
    return at;
  }

  Result<void> insert(const Row& row) {
    PARLEY_TRY(Lease insert, session_.connection->use(PARLEY_INSERT_MEMBER "(?,?,?,?,?,?,?,?,?)"));
    bind(insert, 0, row);
    return insert->run();
  }

  /// Writes what waits of objects that are new to the collection.
  Result<void> insert_fresh() {
    static const std::string of_group = PARLEY_INSERT_MEMBER + row_marks(9);
    if (fresh_.size() == rows_at_once) {
      PARLEY_TRY(Lease insert, session_.connection->use(of_group.c_str()));
      int at = 0;
      for (const Row& row : fresh_) at = bind(insert, at, row);
      PARLEY_CHECK(insert->run());
    } else {
      for (const Row& row : fresh_) PARLEY_CHECK(insert(row));
    }
    fresh_.clear();
    return {};
  }
#undef PARLEY_INSERT_MEMBER

  Result<void> erase(std::int64_t added) {
    PARLEY_TRY(Lease erase,
               session_.connection->use("DELETE FROM member WHERE collection = ?1 AND added = ?2"));
    erase->bind(1, collection_);
    erase->bind(2, added);
    PARLEY_CHECK(erase->run());
    --members_;
    return {};
  }

  static There read(const Lease& row) {
    return {row->integer(0), row->integer(1), row->integer(2), row->integer(3)};
  }

  Session& session_;
  std::int64_t collection_;
  std::int64_t next_ = 0;
  std::int64_t members_ = 0;
  std::vector<Row> fresh_;
};

Result<void> check_name(std::string_view collection) {
  if (collection.empty() || collection.size() > state::max_collection_bytes)
    return fail(ErrorKind::bad_input, "the name of a collection is empty or too long");
  return {};
}

}  // namespace

Result<state::MemberCounts> add_members(Session& session, std::string_view collection,
                                        std::span<const state::NewMember> members, Timestamp now) {
  PARLEY_CHECK(check_name(collection));
  if (members.size() > state::max_batch)
    return fail(ErrorKind::bad_input,
                "more than " + std::to_string(state::max_batch) + " members in a batch");
  PARLEY_TRY(const std::int64_t number, session.names.add(collection));
  MemberWriter writer(session, number);
  PARLEY_CHECK(writer.begin(now));
  state::MemberCounts counts;
  for (const state::NewMember& member : members) PARLEY_CHECK(writer.add(member, counts));
  if (counts.added > 0) PARLEY_CHECK(writer.finish());
  return counts;
}

Result<std::uint64_t> erase_members(Session& session, std::string_view collection, std::string_view id,
                                    const state::MemberFilter& filter) {
  PARLEY_CHECK(check_name(collection));
  PARLEY_TRY(const std::optional<std::int64_t> number, session.names.find(collection));
  PARLEY_TRY(const std::optional<Bytes> encoded, find_id(session.names, id));
  if (!number || !encoded || filter.nothing) return 0;
  std::vector<There> chosen;
  {
    PARLEY_TRY(Lease select,
               session.connection->use("SELECT added, object, shown, list FROM member INDEXED BY member_id"
                                       " WHERE collection = ?1 AND id = ?2"));
    select->bind(1, *number);
    select->bind(2, BytesView(*encoded));
    for (;;) {
      PARLEY_TRY(const bool row, select->step());
      if (!row) break;
      const There one{select->integer(0), select->integer(1), select->integer(2), select->integer(3)};
      const auto version = Timestamp::from_microseconds(one.version);
      state::MemberFilter exact = filter;
      exact.all = std::ranges::find(filter.versions, version) != filter.versions.end();
      if (wants_list(filter, one.list) || (exact.all && wants_list(exact, one.list))) chosen.push_back(one);
    }
  }
  if (chosen.empty()) return 0;
  MemberWriter writer(session, *number);
  // The end of the collection stays where it is, so that no date is given twice.
  PARLEY_CHECK(writer.begin(Timestamp::from_microseconds(std::numeric_limits<std::int64_t>::min())));
  PARLEY_CHECK(writer.erase_all(chosen, *encoded));
  PARLEY_CHECK(writer.finish());
  return chosen.size();
}

#undef PARLEY_THERE

}  // namespace parley::state_sqlite
