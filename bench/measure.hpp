#pragma once

#include <sys/resource.h>

#include <chrono>
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

/// CPU nanoseconds of one call, on the fastest of five rounds of `count` calls: other work on the machine
/// only ever makes a round slower.
template <class F>
double nanoseconds_per_call(std::size_t count, F&& call) {
  double best = 1e300;
  for (int round = 0; round < 5; ++round) {
    const double start = cpu_seconds();
    for (std::size_t i = 0; i < count; ++i) call(i);
    const double took = (cpu_seconds() - start) * 1e9 / static_cast<double>(count);
    if (took < best) best = took;
  }
  return best;
}

}  // namespace parley::bench
