#include <cstdint>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "intel/refang.hpp"

// Refanging twice is refanging once, and never makes a value longer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const std::string_view value = as_text({data, size});
  const std::string once = intel::refang(value);
  PARLEY_ASSERT(intel::refang(once) == once);
  PARLEY_ASSERT(once.size() <= value.size() + 1);  // "http__" grows by one
  return 0;
}
