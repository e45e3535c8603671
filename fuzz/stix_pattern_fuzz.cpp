// Property: an atomic pattern, written again from its equalities, is atomic and says the same; every selector
// that it gives is canonical; anything else gives none and says why and where.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "intel/pattern.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string literal(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::intel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const PatternReading reading = read_pattern(text);
  std::vector<std::string> warnings;
  const std::vector<Selector> selectors = pattern_selectors(reading, warnings);
  if (reading.kind != PatternKind::atomic) {
    require(reading.equalities.empty() && selectors.empty());
    require(!reading.why.empty() && reading.offset <= size);
    return 0;
  }
  for (const Selector& selector : selectors) {
    const auto again = canonical_selector(selector.type, selector.value);
    require(again.has_value() && *again == selector);
  }
  if (reading.equalities.empty()) return 0;  // `IN ()`
  std::string written = "[";
  for (const PatternEquality& equality : reading.equalities) {
    if (written.size() > 1) written += " OR ";
    written += equality.path + " = " + literal(equality.value);
  }
  written += "]";
  const PatternReading same = read_pattern(written);
  require(same.kind == PatternKind::atomic && same.equalities.size() == reading.equalities.size());
  for (std::size_t i = 0; i < same.equalities.size(); ++i)
    require(same.equalities[i].path == reading.equalities[i].path &&
            same.equalities[i].value == reading.equalities[i].value);
  require(pattern_selectors(same, warnings) == selectors);
  return 0;
}
