// Property: an accepted leaf is written back byte for byte.
#include <algorithm>

#include "base/assert.hpp"
#include "record/leaf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const BytesView bytes(data, size);
  if (const auto leaf = record::parse_leaf(bytes)) {
    const record::LeafBytes again = record::make_leaf(*leaf);
    PARLEY_ASSERT(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  return 0;
}
