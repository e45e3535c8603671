#pragma once

#include <cstddef>
#include <functional>

namespace parley {

/// Spreads independent tasks over the cores of the node. The pure layers own no threads: they are handed one
/// of these, and a test hands them `SerialParallel`.
class Parallel {
 public:
  virtual ~Parallel() = default;
  /// How many tasks run at the same time, at least 1.
  virtual std::size_t width() const = 0;
  /// Calls `task(i)` for every i in [0, count), in any order and on any thread, and returns when all are
  /// done. Tasks must not throw and must not call `run` again.
  virtual void run(std::size_t count, const std::function<void(std::size_t)>& task) = 0;
};

/// One after the other, on the calling thread.
class SerialParallel final : public Parallel {
 public:
  std::size_t width() const override { return 1; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    for (std::size_t i = 0; i < count; ++i) task(i);
  }
};

}  // namespace parley
