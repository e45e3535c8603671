#pragma once

#include "base/result.hpp"
#include "sandbox/limits.hpp"

namespace parley::sandbox {

/// Gives up, for good, what parsing a file does not need: this process and its threads may from now on
/// compute, use memory within the limits, read and write the descriptors that they have, and end. Opening a
/// file fails (EACCES); every other system call (sockets, processes, tracing, …) kills the process with
/// SIGSYS. No privileges are gained any more, no core is dumped, no file grows. `internal` when the kernel
/// does not do it: then do not go on.
///
/// Descriptors that are open stay open: the caller has none but its standard ones.
Result<void> confine(const Limits& limits);

/// The part that stands before a program is loaded: memory, processor time, file sizes, cores, and an alarm
/// that ends the process when its time is over. Called between fork and exec: only async-signal-safe calls.
bool limit_resources(const Limits& limits);

}  // namespace parley::sandbox
