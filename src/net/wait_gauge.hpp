#pragma once

#include <chrono>
#include <optional>

namespace parley::net {

/// How much of its time a thread waits for work, from the moments at which it begins and ends to wait. Knows
/// no clock. A thread that gets no processor does not wait: it is busy, too.
class WaitGauge {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// What is judged as one.
  static constexpr std::chrono::milliseconds stretch{5};

  explicit WaitGauge(Time now) : begin_(now) {}

  void begin_waiting(Time now) { waiting_since_ = now; }
  void end_waiting(Time now) {
    if (waiting_since_) waited_ += now - *waiting_since_;
    waiting_since_.reset();
  }

  /// Whether less than half of the last whole stretch was waiting. Whoever asks is at work: it ends the
  /// waiting.
  bool is_busy(Time now) {
    end_waiting(now);
    const auto passed = now - begin_;
    if (passed < stretch) return is_busy_;
    is_busy_ = waited_ * 2 < passed;
    begin_ = now;
    waited_ = {};
    return is_busy_;
  }

 private:
  Time begin_;
  std::optional<Time> waiting_since_;
  std::chrono::steady_clock::duration waited_{};
  bool is_busy_ = false;
};

}  // namespace parley::net
