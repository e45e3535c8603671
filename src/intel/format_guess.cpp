#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/ascii.hpp"
#include "encoding/csv.hpp"
#include "intel/csv_columns.hpp"
#include "intel/reader_inputs.hpp"
#include "intel/selector.hpp"

namespace parley::intel {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

bool ends_without_case(std::string_view name, std::string_view ending) {
  if (name.size() < ending.size()) return false;
  return std::ranges::equal(name.substr(name.size() - ending.size()), ending,
                            [](char a, char b) { return to_lower(a) == b; });
}

/// The first name of the outermost object (or of the first object in the outermost list).
std::optional<std::string_view> first_name(std::string_view text) {
  text = without_blanks(text);
  if (text.starts_with('[')) text = without_blanks(text.substr(1));
  if (!text.starts_with('{')) return std::nullopt;
  text = without_blanks(text.substr(1));
  if (!text.starts_with('"')) return std::nullopt;
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(1, end - 1);
}

constexpr std::array<std::string_view, 6> stix_names{"\"objects\"",        "\"spec_version\"",
                                                     "\"created_by_ref\"", "\"bundle\"",
                                                     "\"pattern\"",        "\"object_marking_refs\""};
constexpr std::array<std::string_view, 6> misp_names{"\"Event\"", "\"response\"", "\"Attribute\"",
                                                     "\"Orgc\"",  "\"to_ids\"",   "\"orgc_id\""};

InputFormat guess_json(std::string_view head) {
  if (const auto name = first_name(head)) {
    if (*name == "Event" || *name == "response" || *name == "Attribute" || *name == "Object")
      return InputFormat::misp;
    if (*name == "objects" || *name == "spec_version" || *name == "more" || *name == "created_by_ref")
      return InputFormat::stix;
  }
  // "type" and "id" come first in both: see which names are met earlier.
  const auto earliest = [head](const auto& names) {
    std::size_t at = std::string_view::npos;
    for (const std::string_view name : names) at = std::min(at, head.find(name));
    return at;
  };
  return earliest(misp_names) < earliest(stix_names) ? InputFormat::misp : InputFormat::stix;
}

/// Several cells in a line that is no selector as a whole, or a header that is known.
bool looks_like_csv(std::string_view line) {
  encoding::CsvReader reader(encoding::guess_csv_delimiter(line));
  reader.feed(line);
  reader.finish();
  encoding::CsvRow row;
  const Result<bool> got = reader.next(row);
  if (!got || !*got || row.fields.size() < 2) return false;
  if (read_csv_header(row.fields)) return true;
  const auto whole = guess_selector(line);
  return !whole || !*whole;
}

}  // namespace

std::string_view first_line(std::string_view head) {
  if (head.starts_with(byte_order_mark)) head.remove_prefix(byte_order_mark.size());
  while (!head.empty()) {
    const std::size_t end = std::min(head.find_first_of("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    const std::string_view text = without_blanks(line);
    if (!text.empty() && !text.starts_with('#') && !text.starts_with(';') && !text.starts_with("//"))
      return line;
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  return {};
}

bool first_line_ended(std::string_view head) {
  const std::string_view line = first_line(head);
  return !line.empty() && line.data() + line.size() < head.data() + head.size();
}

std::optional<InputFormat> guess_format(std::string_view head, std::string_view file_name, bool complete) {
  if (head.starts_with(byte_order_mark)) head.remove_prefix(byte_order_mark.size());
  const std::string_view text = without_blanks(head);
  if (text.empty()) {
    if (!complete) return std::nullopt;
    return ends_without_case(file_name, ".json") ? InputFormat::stix : InputFormat::list;
  }
  // A list may begin with a bracketed value, "[2001:db8::1]": in JSON an object or the end follows.
  const std::string_view inner = text.front() == '[' ? without_blanks(text.substr(1)) : text;
  if (text.front() == '[' && inner.empty() && !complete) return std::nullopt;
  const bool json = ends_without_case(file_name, ".json") || text.front() == '{' ||
                    (text.front() == '[' && (inner.starts_with('{') || inner.starts_with(']')));
  if (json) {
    if (!complete) return std::nullopt;
    return guess_json(head);
  }
  if (ends_without_case(file_name, ".csv") || ends_without_case(file_name, ".tsv")) return InputFormat::csv;
  const std::string_view line = first_line(head);
  if (!complete && !first_line_ended(head)) return std::nullopt;
  if (line.empty()) return InputFormat::list;
  return looks_like_csv(line) ? InputFormat::csv : InputFormat::list;
}

}  // namespace parley::intel
