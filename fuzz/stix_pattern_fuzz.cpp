// Properties: what parses is written so that it parses to the same tree, and written again is the same text;
// what the checks let pass compiles; matching ends within its budget, and what it binds is there. An atomic
// pattern, written again from its equalities, is atomic and says the same, and every selector that it gives
// is canonical; anything else gives none and says why and where.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "intel/pattern.hpp"
#include "pattern/check.hpp"
#include "pattern/matcher.hpp"
#include "pattern/parser.hpp"

namespace {

using namespace parley;

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

const encoding::Json& observed() {
  static const encoding::Json data = *encoding::parse_json(
      R"([{"type":"observed-data","first_observed":"2024-01-01T00:00:00Z","last_observed":"2024-01-01T00:00:09Z",)"
      R"("number_observed":3,"objects":{"0":{"type":"file","name":"a.exe","size":5,"hashes":{"MD5":"00"},)"
      R"("parent_directory_ref":"1","contains_refs":["0","1","2"],"x_bin":"AAEC","x_hex":"00ff"},)"
      R"("1":{"type":"directory","path":"C:\\x","contains_refs":["0","1"]},"2":{"type":"a","b":1,"c":[true,null,2.5]}}},)"
      R"({"type":"observed-data","first_observed":"2024-01-01T00:00:05Z","last_observed":"2024-01-01T00:00:05Z",)"
      R"("number_observed":1,"objects":{"0":{"type":"ipv4-addr","value":"192.0.2.1"},"1":{"type":"a","b":"x"}}},)"
      R"({"type":"observed-data","first_observed":"2024-01-01T00:00:07Z","last_observed":"2024-01-01T00:01:00Z",)"
      R"("number_observed":2,"objects":{"0":{"type":"a","b":2,"t":"2024-01-01T00:00:00Z"}}}])");
  return data;
}

void check_matching(const pattern::Pattern& parsed) {
  bool unusable = false;
  for (const pattern::Finding& finding : pattern::check_pattern(parsed, 1'000'000))
    unusable = unusable || finding.weight == pattern::Finding::Weight::unusable;
  const Result<pattern::Matcher> matcher = pattern::Matcher::compile(parsed);
  if (!matcher) return;  // unusable, or more leaves than are taken
  require(!unusable);
  static const pattern::Observations observations = *pattern::Observations::read(observed());
  const Result<pattern::Match> match = matcher->match(observations, {.max_steps = 20'000});
  if (!match) return;
  require(match->found == !match->observations.empty());
  for (const std::size_t index : match->observations) require(index < observations.size());
}

void check_atomic(const intel::PatternReading& reading, std::size_t size) {
  using namespace intel;
  std::vector<std::string> warnings;
  const std::vector<Selector> selectors = pattern_selectors(reading, warnings);
  if (reading.kind != PatternKind::atomic) {
    require(reading.equalities.empty() && selectors.empty());
    require(!reading.why.empty() && reading.offset <= size);
    return;
  }
  for (const Selector& selector : selectors) {
    const auto again = canonical_selector(selector.type, selector.value);
    require(again.has_value() && *again == selector);
  }
  if (reading.equalities.empty()) return;  // `IN ()`
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
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_atomic(intel::read_pattern(text), size);
  pattern::Pattern parsed;
  if (const auto fault = pattern::parse_pattern(text, parsed)) {
    require(!fault->why.empty() && fault->offset <= size);
    return 0;
  }
  const std::string written = pattern::write_pattern(parsed);
  pattern::Pattern same;
  require(!pattern::parse_pattern(written, same));
  require(pattern::same_pattern(parsed, same));
  require(pattern::write_pattern(same) == written);
  check_matching(parsed);
  return 0;
}
