#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::state_sqlite {

/// Rows that one statement takes. Running a statement costs about as much as writing a row does, so bulk work
/// goes in groups; what is left over goes row by row.
inline constexpr std::size_t rows_at_once = 32;

/// "(?,?),(?,?),…" of `rows_at_once` rows: the values of one row after another are numbered through from 1.
inline std::string row_marks(std::size_t columns) {
  std::string out;
  for (std::size_t row = 0; row < rows_at_once; ++row) {
    out += row == 0 ? "(" : ",(";
    for (std::size_t column = 0; column < columns; ++column) out += column == 0 ? "?" : ",?";
    out += ')';
  }
  return out;
}

}  // namespace parley::state_sqlite
