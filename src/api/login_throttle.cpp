#include "api/login_throttle.hpp"

namespace parley::api {

namespace {
std::string key_of(const crypto::Hash256& digest) {
  return std::string(as_text(digest));
}
}  // namespace

void LoginThrottle::turn(Timestamp now) {
  if (now.seconds() != second_) attempts_ = 0;
  second_ = now.seconds();
  if (second_ / 60 != minute_) failures_.clear();
  minute_ = second_ / 60;
}

bool LoginThrottle::may_try(const std::string& network, const crypto::Hash256& digest, Timestamp now) {
  if (known_.contains(key_of(digest))) return true;
  turn(now);
  const auto found = failures_.find(network);
  if (found != failures_.end() && found->second >= limits_.failures_per_minute) return false;
  // So many networks have failed in this minute that it looks like one attacker.
  if (found == failures_.end() && failures_.size() >= limits_.networks) return false;
  if (attempts_ >= limits_.attempts_per_second) return false;
  ++attempts_;
  return true;
}

void LoginThrottle::succeeded(const crypto::Hash256& digest) {
  if (known_.size() >= limits_.known) known_.clear();
  known_.insert(key_of(digest));
}

void LoginThrottle::failed(const std::string& network, const crypto::Hash256& digest, Timestamp now) {
  known_.erase(key_of(digest));
  turn(now);
  ++failures_[network];
}

}  // namespace parley::api
