#pragma once

// For the sources of `net` alone.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace parley::net {

/// Bounds the lines that strangers can put into the log: so many a minute, and the next line that is written
/// tells how many were not; when none comes, whoever owns this asks.
class RefusalLog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  explicit RefusalLog(std::size_t lines_per_minute) : lines_per_minute_(lines_per_minute) {}

  /// How many lines were left out since the last one, when this one may be written; nothing when it may not.
  std::optional<std::uint64_t> admit(TimePoint now);
  /// How many were left out that no line has told of yet; it counts from none again.
  std::uint64_t take_left_out();

 private:
  std::size_t lines_per_minute_;
  TimePoint minute_{};  ///< when the running minute began
  std::size_t written_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace parley::net
