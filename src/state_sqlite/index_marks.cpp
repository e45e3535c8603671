#include "state_sqlite/index_marks.hpp"

#include <string_view>

namespace parley::state_sqlite {

Result<IndexMark> read_mark(Session& session, const char* name) {
  PARLEY_TRY(Lease select, session.connection->use("SELECT value, place FROM index_mark WHERE name = ?1"));
  select->bind(1, std::string_view(name));
  PARLEY_TRY(const bool found, select->step());
  if (!found) return IndexMark{};
  return IndexMark{select->integer(0), to_bytes(select->blob(1))};
}

Result<void> set_mark(Session& session, const char* name, std::int64_t value, BytesView place) {
  PARLEY_TRY(Lease upsert,
             session.connection->use("INSERT INTO index_mark (name, value, place) VALUES (?1, ?2, ?3)"
                                     " ON CONFLICT (name) DO UPDATE SET value = ?2, place = ?3"));
  upsert->bind(1, std::string_view(name));
  upsert->bind(2, value);
  upsert->bind(3, place);
  return upsert->run();
}

}  // namespace parley::state_sqlite
