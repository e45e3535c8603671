#include "net/system.hpp"

#include <sodium.h>

#include <chrono>

#include "base/assert.hpp"

namespace parley::net {

Timestamp SystemClock::now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp::from_microseconds(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

SystemEntropy::SystemEntropy() {
  // Returns 1 when another part of the program was first, which is as good.
  PARLEY_ASSERT(sodium_init() >= 0);
}

void SystemEntropy::fill(std::span<std::uint8_t> out) {
  randombytes_buf(out.data(), out.size());
}

}  // namespace parley::net
