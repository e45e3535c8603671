#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace parley::bench {

/// User and system time of this process so far, in seconds.
inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The largest resident size of this process so far, in bytes.
inline std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// CPU nanoseconds of one call: the median of nine rounds of `count` calls, because other work on the machine
/// makes single rounds slower.
template <class F>
double nanoseconds_per_call(std::size_t count, F&& call) {
  std::array<double, 9> rounds{};
  for (double& round : rounds) {
    const double start = cpu_seconds();
    for (std::size_t i = 0; i < count; ++i) call(i);
    round = (cpu_seconds() - start) * 1e9 / static_cast<double>(count);
  }
  std::ranges::sort(rounds);
  return rounds[4];
}

}  // namespace parley::bench
