#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "intel/reader.hpp"

namespace parley::intel {

/// Something whose marking is not known yet. Only its bytes are kept and read once more when it goes: a
/// record takes many times its text.
struct WaitingItem {
  std::string pointer;
  std::uint64_t offset = 0;
  std::string raw;
  std::string object_id;              ///< MISP: the object that the attribute belongs to; empty when none
  std::unique_ptr<ImportItem> ready;  ///< instead of `raw`: what has no text of its own in the file
};

/// Items that wait, in their order, with a bound on their bytes.
class WaitingRoom {
 public:
  explicit WaitingRoom(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void push(WaitingItem&& item) {
    bytes_ += cost(item);
    items_.push_back(std::move(item));
  }
  bool is_over() const { return bytes_ > max_bytes_; }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  /// Only what `cost` does not look at may be changed.
  WaitingItem& operator[](std::size_t index) { return items_[index]; }
  WaitingItem pop() {
    WaitingItem item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= cost(item);
    return item;
  }

 private:
  /// The bytes and a flat allowance for what is kept around them.
  static std::size_t cost(const WaitingItem& item) {
    constexpr std::size_t around = 256;
    constexpr std::size_t record = 2048;
    std::size_t bytes = around + item.pointer.size() + item.raw.size();
    if (item.ready) bytes += record + std::get<StixObject>(item.ready->content).raw.size();
    return bytes;
  }

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<WaitingItem> items_;
};

}  // namespace parley::intel
