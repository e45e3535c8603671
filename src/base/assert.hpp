#pragma once

namespace parley {

/// Reports a broken invariant of ours on standard error and aborts. For bugs only: bad input and failed
/// verifications are Results. Stays on in release builds.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace parley

#define PARLEY_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::parley::assertion_failed(#expression, __FILE__, __LINE__))
