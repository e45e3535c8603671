#pragma once

#include <chrono>
#include <memory>

#include "net/node_loop.hpp"

namespace parley::net {

/// One task for the node thread at a later time: what waits between two attempts, or until a schedule is due.
/// Destroying it forgets the task. `set` and `forget` on the node thread; the loop must outlive it.
class Later {
 public:
  explicit Later(NodeLoop& loop);
  ~Later();
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  /// Runs `task` on the node thread once `wait` is over, in place of what was set before.
  void set(std::chrono::milliseconds wait, NodeLoop::Task task);
  void forget();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace parley::net
