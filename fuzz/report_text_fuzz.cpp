#include <algorithm>
#include <cstdint>
#include <string>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "report/findings.hpp"

namespace {

using namespace parley;

/// Whether it stands encoded in the text and holds what ends a URL in running text: plain, it is cut there.
bool ends_early(const report::Candidate& one) {
  return one.note == "encoded" && one.selector.value.find_first_of("\"`<>|") != std::string::npos;
}

/// How a canonical value stands in a text.
std::string written(const intel::Selector& selector) {
  return selector.type == intel::SelectorType::autonomous_system ? "AS" + selector.value : selector.value;
}

const report::NameMatcher& matcher() {
  static const report::NameMatcher one = [] {
    report::KnownThing actor;
    actor.name = "Fancy Bear";
    actor.aliases = {"APT28", "Щербаков", "海莲花"};
    actor.external_id = "G0007";
    static const std::vector<report::KnownThing> things = {actor};
    return report::NameMatcher(things);
  }();
  return one;
}

}  // namespace

// Every candidate lies inside the text, has a canonical value, and is found again in its plain form; names
// lie inside the text and do not overlap.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  report::ExtractOptions options;
  options.every_name = true;
  for (const report::Candidate& one : report::extract(text, options)) {
    PARLEY_ASSERT(one.begin < one.end && one.end <= text.size());
    const auto canonical = intel::canonical_selector(one.selector.type, one.selector.value);
    PARLEY_ASSERT(canonical && canonical->value == one.selector.value);
    if (one.selector.type == intel::SelectorType::x509_sha256) continue;  // plain, it is the hash of a file
    if (ends_early(one)) continue;
    const auto again = report::extract(written(one.selector), options);
    PARLEY_ASSERT(
        std::ranges::any_of(again, [&](const auto& other) { return other.selector == one.selector; }));
  }
  std::size_t last = 0;
  for (const report::NameHit& hit : matcher().find(text)) {
    PARLEY_ASSERT(hit.begin >= last && hit.begin < hit.end && hit.end <= text.size() && hit.thing == 0);
    last = hit.end;
  }
  return 0;
}
