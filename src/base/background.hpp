#pragma once

#include <functional>

namespace parley {

/// One piece of work at a time beside the thread that gives it. The pure layers own no threads: they are
/// handed one of these, or do the work themselves. All members are called on one thread.
class Background {
 public:
  virtual ~Background() = default;
  /// Begins `work`, which must not throw. Only while idle.
  virtual void begin(std::function<void()> work) = 0;
  /// Whether what was begun last has ended; what it wrote can then be read.
  virtual bool is_idle() = 0;
  /// Returns when it has ended.
  virtual void wait() = 0;
};

}  // namespace parley
