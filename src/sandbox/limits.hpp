#pragma once

#include <cstddef>

namespace parley::sandbox {

/// What a process that parses a stranger's file may use. Enforced by the kernel, not by the process.
struct Limits {
  std::size_t memory_bytes =
      1U << 30U;  ///< of address space; not under sanitizers, which need more than there is
  unsigned cpu_seconds = 30;
  unsigned wall_seconds = 120;
  std::size_t output_bytes = 160U << 20U;  ///< of what it may hand back
  std::size_t message_bytes = 4096;        ///< of what it may say about a failure
};

}  // namespace parley::sandbox
