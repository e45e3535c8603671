// The JSON of a leaf opening. Property: what is accepted reads back equal from what we write, and an opening
// from outside never verifies against a root that it was not made for.
#include "base/assert.hpp"
#include "encoding/json.hpp"
#include "match/commitment.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const auto json = encoding::parse_json(as_text({data, size}), {.max_bytes = 1U << 16});
  if (!json) return 0;
  const auto opening = match::leaf_opening_from_json(*json);
  if (!opening) return 0;
  const auto again = match::leaf_opening_from_json(match::leaf_opening_to_json(*opening));
  PARLEY_ASSERT(again && *again == *opening);
  for (std::uint32_t padded = 1; padded <= match::max_padded_size; padded *= 2)
    PARLEY_ASSERT(!match::verify_leaf(match::SetRoot{}, padded, *opening));
  return 0;
}
