#pragma once

#include <memory>

#include "base/background.hpp"

namespace parley::net {

/// A thread of its own, which starts with the first work; without one, the work is done at once. Whoever
/// destroys it waits for what runs.
class ThreadedBackground final : public Background {
 public:
  ThreadedBackground();
  ~ThreadedBackground() override;
  ThreadedBackground(const ThreadedBackground&) = delete;
  ThreadedBackground& operator=(const ThreadedBackground&) = delete;

  void begin(std::function<void()> work) override;
  bool is_idle() override;
  void wait() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::net
