#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::client {

/// Remembers 64-bit hashes, 16 to 32 bytes each, up to a bound. Beyond it everything is forgotten and
/// `overflowed` says so from then on: what is asked of it then is only "lately?".
class SeenSet {
 public:
  explicit SeenSet(std::size_t max) : max_(max) {}

  /// Whether it is new.
  bool add(std::uint64_t hash) {
    if (hash == 0) hash = 1;  // 0 marks an empty place
    if (2 * (count_ + 1) > slots_.size()) grow();
    std::size_t at = place_of(hash);
    while (slots_[at] != 0) {
      if (slots_[at] == hash) return false;
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = hash;
    ++count_;
    return true;
  }
  bool contains(std::uint64_t hash) const {
    if (hash == 0) hash = 1;
    if (slots_.empty()) return false;
    for (std::size_t at = place_of(hash); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1))
      if (slots_[at] == hash) return true;
    return false;
  }
  std::size_t size() const { return count_; }
  bool overflowed() const { return overflowed_; }

 private:
  std::size_t place_of(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash * 0x9e3779b97f4a7c15U >> 20U) & (slots_.size() - 1);
  }
  void grow() {
    std::vector<std::uint64_t> old = std::move(slots_);
    if (count_ >= max_) {
      overflowed_ = true;
      old.clear();
    }
    count_ = 0;
    slots_.assign(old.empty() ? 1024 : 2 * old.size(), 0);
    for (const std::uint64_t hash : old)
      if (hash != 0) add(hash);
  }

  std::size_t max_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> slots_;
  bool overflowed_ = false;
};

}  // namespace parley::client
