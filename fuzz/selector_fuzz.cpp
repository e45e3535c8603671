#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "intel/selector.hpp"

// For every type: the canonical form of a canonical value is itself, and its bytes read back as the same.
// A line that gives a selector gives one whose value is canonical under its type.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::intel;
  const std::string_view raw = as_text({data, size});
  for (const SelectorType type : all_selector_types()) {
    const auto once = canonical_selector(type, raw);
    if (!once) continue;
    PARLEY_ASSERT(is_supported(type));
    PARLEY_ASSERT(!once->value.empty() && once->value.size() <= max_selector_bytes);
    const auto twice = canonical_selector(type, once->value);
    PARLEY_ASSERT(twice && *twice == *once);
    const auto read = selector_from_bytes(selector_bytes(*once));
    PARLEY_ASSERT(read && *read == *once);
  }
  const auto guessed = guess_selector(raw);
  if (guessed && *guessed) {
    const auto again = canonical_selector((*guessed)->type, (*guessed)->value);
    PARLEY_ASSERT(again && *again == **guessed);
  }
  (void)selector_from_bytes({data, size});
  return 0;
}
