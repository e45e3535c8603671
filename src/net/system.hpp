#pragma once

#include "base/entropy.hpp"
#include "base/time.hpp"

namespace parley::net {

/// The wall clock of the operating system (CLOCK_REALTIME), in microseconds. Thread-safe.
class SystemClock final : public Clock {
 public:
  Timestamp now() override;
};

/// The random generator of the operating system (getrandom, through libsodium). Thread-safe; aborts the
/// process when the system has no randomness to give, which it may do only before it has booted.
class SystemEntropy final : public Entropy {
 public:
  SystemEntropy();
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace parley::net
