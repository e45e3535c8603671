#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

#include "intel/reader.hpp"

namespace parley::intel {

/// Objects whose marking is not known yet, in their order, within a bound on their bytes.
class WaitingRoom {
 public:
  explicit WaitingRoom(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void push(ImportItem&& item) {
    bytes_ += cost(item);
    items_.push_back(std::move(item));
  }
  bool is_over() const { return bytes_ > max_bytes_; }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  ImportItem& operator[](std::size_t index) { return items_[index]; }
  ImportItem pop() {
    ImportItem item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= cost(item);
    return item;
  }

 private:
  /// The raw bytes and a flat allowance for the record around them.
  static std::size_t cost(const ImportItem& item) {
    constexpr std::size_t record = 1536;
    const auto* object = std::get_if<StixObject>(&item.content);
    return record + (object != nullptr ? object->raw.size() : 0);
  }

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<ImportItem> items_;
};

}  // namespace parley::intel
