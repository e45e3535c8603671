#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley {

/// A moment in UTC, in microseconds since 1970-01-01T00:00:00Z.
class Timestamp {
 public:
  constexpr Timestamp() = default;
  static constexpr Timestamp from_microseconds(std::int64_t us) { return Timestamp(us); }
  static constexpr Timestamp from_seconds(std::int64_t s) { return Timestamp(s * 1'000'000); }
  constexpr std::int64_t microseconds() const { return us_; }
  constexpr std::int64_t seconds() const { return us_ >= 0 ? us_ / 1'000'000 : (us_ - 999'999) / 1'000'000; }
  /// Whole days since the epoch, rounded down.
  constexpr std::int64_t day() const {
    const std::int64_t s = seconds();
    return s >= 0 ? s / 86'400 : (s - 86'399) / 86'400;
  }
  constexpr Timestamp operator+(std::chrono::microseconds d) const { return Timestamp(us_ + d.count()); }
  constexpr Timestamp operator-(std::chrono::microseconds d) const { return Timestamp(us_ - d.count()); }
  constexpr std::chrono::microseconds operator-(Timestamp other) const {
    return std::chrono::microseconds(us_ - other.us_);
  }
  constexpr auto operator<=>(const Timestamp&) const = default;

 private:
  constexpr explicit Timestamp(std::int64_t us) : us_(us) {}
  std::int64_t us_ = 0;
};

/// RFC 3339 with `Z`: seconds alone when the fraction is zero, else six digits.
std::string format_time(Timestamp time);
/// RFC 3339 date-time: any offset, any number of fraction digits (cut after six), leap second read as :59.
/// Years 0001 to 9999; anything else is bad input.
Result<Timestamp> parse_time(std::string_view text);

/// Where "now" comes from. Below the network layer nothing reads a clock but through this.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() = 0;
};

/// A clock that stands where a test or a replay puts it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp now() override { return now_; }
  void set(Timestamp time) { now_ = time; }
  void advance(std::chrono::microseconds by) { now_ = now_ + by; }

 private:
  Timestamp now_;
};

}  // namespace parley
