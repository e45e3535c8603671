#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "state_sqlite/session.hpp"

/// The table `index_mark`: how far the indexes are.
namespace parley::state_sqlite {

struct IndexMark {
  std::int64_t value = 0;
  Bytes place;
};

/// Contents up to this key are in the indexes of words, values and validity.
inline constexpr const char* contents_mark = "contents";
/// Keys up to this one were given to contents and are not given again.
inline constexpr const char* keys_mark = "keys";
/// 0: the walk through all holdings is to come, or has got to `place` (type and value); 1: it is over.
inline constexpr const char* places_mark = "places";
/// Rows of `place_waiting` up to this number may name values that nothing holds any more.
inline constexpr const char* erased_mark = "erased";

/// 0 and empty when it was never set.
Result<IndexMark> read_mark(Session& session, const char* name);
Result<void> set_mark(Session& session, const char* name, std::int64_t value, BytesView place = {});

}  // namespace parley::state_sqlite
