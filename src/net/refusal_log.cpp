#include "net/refusal_log.hpp"

#include <utility>

namespace parley::net {

std::optional<std::uint64_t> RefusalLog::admit(TimePoint now) {
  if (now - minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    written_ = 0;
  }
  if (written_ >= lines_per_minute_) {
    ++left_out_;
    return std::nullopt;
  }
  ++written_;
  return take_left_out();
}

std::uint64_t RefusalLog::take_left_out() {
  return std::exchange(left_out_, 0);
}

}  // namespace parley::net
