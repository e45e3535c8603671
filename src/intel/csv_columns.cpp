#include "intel/csv_columns.hpp"

#include <array>
#include <string>

#include "base/ascii.hpp"

namespace parley::intel {
namespace {

using Member = std::optional<std::size_t> CsvColumns::*;
struct Name {
  std::string_view word;
  Member column;
};

/// In order of preference: of two columns that both could be the value, the earlier name wins.
constexpr std::array names = std::to_array<Name>({
    {"value", &CsvColumns::value},
    {"indicator", &CsvColumns::value},
    {"indicator-value", &CsvColumns::value},
    {"ioc", &CsvColumns::value},
    {"ioc-value", &CsvColumns::value},
    {"observable", &CsvColumns::value},
    {"selector", &CsvColumns::value},
    {"domain", &CsvColumns::value},
    {"hostname", &CsvColumns::value},
    {"ip", &CsvColumns::value},
    {"ip-address", &CsvColumns::value},
    {"dst-ip", &CsvColumns::value},
    {"url", &CsvColumns::value},
    {"sha256", &CsvColumns::value},
    {"sha256-hash", &CsvColumns::value},
    {"sha1", &CsvColumns::value},
    {"sha1-hash", &CsvColumns::value},
    {"md5", &CsvColumns::value},
    {"md5-hash", &CsvColumns::value},
    {"hash", &CsvColumns::value},
    {"email", &CsvColumns::value},
    {"iban", &CsvColumns::value},
    {"type", &CsvColumns::type},
    {"indicator-type", &CsvColumns::type},
    {"ioc-type", &CsvColumns::type},
    {"observable-type", &CsvColumns::type},
    {"kind", &CsvColumns::type},
    {"first-seen", &CsvColumns::first_seen},
    {"firstseen", &CsvColumns::first_seen},
    {"first-seen-utc", &CsvColumns::first_seen},
    {"last-seen", &CsvColumns::last_seen},
    {"lastseen", &CsvColumns::last_seen},
    {"last-seen-utc", &CsvColumns::last_seen},
    {"last-online", &CsvColumns::last_seen},
    {"tlp", &CsvColumns::tlp},
    {"tlp-level", &CsvColumns::tlp},
    {"pap", &CsvColumns::pap},
    {"comment", &CsvColumns::comment},
    {"comments", &CsvColumns::comment},
    {"description", &CsvColumns::comment},
    {"note", &CsvColumns::comment},
    {"notes", &CsvColumns::comment},
});

std::string normal_name(std::string_view cell) {
  cell = trim(cell);
  if (cell.starts_with('#')) cell = trim(cell.substr(1));  // some feeds comment their header out
  std::string out;
  for (const char c : cell) out.push_back(c == ' ' || c == '_' ? '-' : to_lower(c));
  return out;
}

std::string cell_text(std::optional<std::size_t> column, std::span<const std::string> row) {
  return column && *column < row.size() ? std::string(trim(row[*column])) : std::string();
}

}  // namespace

std::optional<CsvColumns> read_csv_header(std::span<const std::string> row) {
  std::vector<std::string> cells;
  cells.reserve(row.size());
  for (const std::string& cell : row) {
    const auto selector = guess_selector(cell);
    if (selector && *selector) return std::nullopt;
    cells.push_back(normal_name(cell));
  }
  CsvColumns columns;
  for (const Name& name : names) {
    if (columns.*name.column) continue;
    for (std::size_t i = 0; i < cells.size() && !(columns.*name.column); ++i)
      if (cells[i] == name.word) columns.*name.column = i;
  }
  if (!columns.value) return std::nullopt;
  return columns;
}

std::string_view plain_csv_cell(std::string_view cell) {
  constexpr std::string_view formula = "=+-@\t\r'";
  if (cell.size() >= 2 && cell.front() == '\'' && formula.find(cell[1]) != std::string_view::npos)
    cell.remove_prefix(1);
  return cell;
}

Result<CsvItem> read_csv_row(const CsvColumns& columns, std::span<const std::string> row) {
  if (!columns.value || *columns.value >= row.size())
    return fail(ErrorKind::bad_input, "the row is too short: its value column is missing");
  const std::string_view value = plain_csv_cell(row[*columns.value]);
  CsvItem item;
  const std::string kind = cell_text(columns.type, row);
  if (kind.empty()) {
    PARLEY_TRY(auto selector, guess_selector(value));
    if (!selector) return fail(ErrorKind::bad_input, "the value column of this row is empty");
    item.selector = std::move(*selector);
  } else {
    PARLEY_TRY(item.selector, selector_of_kind(kind, value));
  }
  item.first_seen = cell_text(columns.first_seen, row);
  item.last_seen = cell_text(columns.last_seen, row);
  item.tlp = cell_text(columns.tlp, row);
  item.pap = cell_text(columns.pap, row);
  item.comment = cell_text(columns.comment, row);
  return item;
}

Result<CsvItem> guess_csv_row(std::span<const std::string> row) {
  for (const std::string& cell : row) {
    auto selector = guess_selector(cell);
    if (selector && *selector) return CsvItem{std::move(**selector), {}, {}, {}, {}, {}};
  }
  return fail(ErrorKind::bad_input, "no cell of this row is a selector");
}

}  // namespace parley::intel
