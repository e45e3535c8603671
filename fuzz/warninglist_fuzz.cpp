#include <cstdint>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "base/assert.hpp"
#include "encoding/json.hpp"
#include "intel/warninglist.hpp"

// A list of names or values that is taken holds back each of its own entries under some type, or counted it
// as ignored; one of substrings that holds for all types holds back whatever an entry stands in; a list that
// is refused leaves the set as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::intel;
  const auto list = encoding::parse_json(as_text({data, size}), {.max_bytes = 1 << 16});
  if (!list) return 0;
  WarninglistSet lists;
  if (!lists.add(*list)) {
    PARLEY_ASSERT(lists.lists() == 0 && lists.entries() == 0 && lists.ignored_entries() == 0);
    return 0;
  }
  PARLEY_ASSERT(lists.lists() == 1);
  std::size_t held = 0;
  const auto* entries = list->find("list")->if_array();
  for (const encoding::Json& entry : *entries) {
    if (entry.if_string() == nullptr) continue;
    bool found = false;
    for (const SelectorType type : all_selector_types()) {
      const auto selector = canonical_selector(type, *entry.if_string());
      found = found || (selector && lists.hit(*selector));
    }
    // A name on a list for URLs alone holds back what lies on that host.
    const auto name = canonical_selector(SelectorType::domain_name, *entry.if_string());
    if (name) {
      const auto url = canonical_selector(SelectorType::url, "http://" + name->value + "/");
      found = found || (url && lists.hit(*url));
    }
    if (found) ++held;
  }
  const auto* kind = list->find("type");
  const std::string matching = kind != nullptr && kind->is_string() ? *kind->if_string() : "string";
  if (matching == "substring" && list->find("matching_attributes") == nullptr)
    for (const encoding::Json& entry : *entries)
      if (const std::string* text = entry.if_string(); text != nullptr && text->size() < 1'000)
        if (const std::string_view inside = trim(*text); !inside.empty())
          PARLEY_ASSERT(lists.hit({SelectorType::url, "a" + std::string(inside) + "b"}));
  // Ranges, substrings and expressions are no selectors themselves.
  if (matching == "string" || matching == "hostname")
    PARLEY_ASSERT(lists.ignored_entries() + held >= entries->size());
  return 0;
}
