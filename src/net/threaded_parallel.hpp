#pragma once

#include <cstddef>
#include <memory>

#include "base/parallel.hpp"

namespace parley::net {

/// A pool over the cores of the machine. The calling thread works too, so `width` cores need `width - 1`
/// threads; they start at the first `run`, so that an idle node has none. One `run` at a time: a second
/// caller waits. Tasks are handed out one index at a time, so uneven tasks balance themselves.
class ThreadedParallel final : public Parallel {
 public:
  /// `width` 0 takes the number of cores.
  explicit ThreadedParallel(std::size_t width = 0);
  ~ThreadedParallel() override;
  ThreadedParallel(const ThreadedParallel&) = delete;
  ThreadedParallel& operator=(const ThreadedParallel&) = delete;

  std::size_t width() const override;
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override;

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace parley::net
