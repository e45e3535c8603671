#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "intel/selector.hpp"

namespace parley::intel {

/// Which column of a CSV file means what, read from its header row. Names are compared without case, with
/// spaces, `-` and `_` alike; docs/spec/selector.md lists them.
struct CsvColumns {
  std::optional<std::size_t> value;
  std::optional<std::size_t> type;
  std::optional<std::size_t> first_seen;
  std::optional<std::size_t> last_seen;
  std::optional<std::size_t> tlp;
  std::optional<std::size_t> pap;
  std::optional<std::size_t> comment;
};

/// The columns when the row is a header: at least the value column is known by name and no cell of the row
/// is itself a selector. Nothing otherwise: the file has no header and every row is data.
std::optional<CsvColumns> read_csv_header(std::span<const std::string> row);

/// What a data row says; the texts are as the file has them, empty where the column is absent.
struct CsvItem {
  Selector selector;
  std::string first_seen, last_seen, tlp, pap, comment;
};

/// A cell without the `'` that keeps spreadsheets from taking it for a formula: where one stands before `=`,
/// `+`, `-`, `@`, a tab, a carriage return or another `'`.
std::string_view plain_csv_cell(std::string_view cell);

/// One data row with a header: the value under the type that the type column names, or guessed.
Result<CsvItem> read_csv_row(const CsvColumns& columns, std::span<const std::string> row);

/// One data row without a header: the first cell that is a selector. An error when no cell is one.
Result<CsvItem> guess_csv_row(std::span<const std::string> row);

}  // namespace parley::intel
