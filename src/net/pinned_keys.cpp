#include "net/pinned_keys.hpp"

namespace parley::net {

void PinnedKeys::replace(const std::vector<crypto::PublicKey>& keys) {
  std::lock_guard lock(mutex_);
  keys_ = std::set<crypto::PublicKey>(keys.begin(), keys.end());
}

void PinnedKeys::add(const crypto::PublicKey& key) {
  std::lock_guard lock(mutex_);
  keys_.insert(key);
}

void PinnedKeys::remove(const crypto::PublicKey& key) {
  std::lock_guard lock(mutex_);
  keys_.erase(key);
}

bool PinnedKeys::contains(const crypto::PublicKey& key) const {
  std::lock_guard lock(mutex_);
  return keys_.contains(key);
}

}  // namespace parley::net
