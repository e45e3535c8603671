// Property: a hello that is accepted is written back byte by byte.
#include <algorithm>
#include <cstdlib>

#include "peer/hello.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const BytesView body(data, size);
  const auto hello = peer::parse_hello(body);
  if (hello && !std::ranges::equal(peer::encode_hello(*hello), body)) std::abort();
  return 0;
}
