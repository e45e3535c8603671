#include "intel/value_table.hpp"

#include <functional>

namespace parley::intel {

std::string_view ValueTable::value_of(const Entry& entry) const {
  return std::string_view(arena_).substr(entry.offset, entry.length);
}

/// The slot that holds the pair, or the free one where it belongs.
std::size_t ValueTable::slot_of(std::uint8_t tag, std::string_view value) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (std::hash<std::string_view>{}(value) + tag * 0x9E3779B97F4A7C15ULL) & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.tag == tag && value_of(entry) == value) break;
  }
  return slot;
}

void ValueTable::grow() {
  slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i)
    slots_[slot_of(entries_[i].tag, value_of(entries_[i]))] = static_cast<std::uint32_t>(i + 1);
}

bool ValueTable::insert(std::uint8_t tag, std::string_view value, std::uint16_t list) {
  if (value.size() > UINT16_MAX) return false;
  if (2 * (entries_.size() + 1) > slots_.size()) grow();
  const std::size_t slot = slot_of(tag, value);
  if (slots_[slot] != 0) return false;
  entries_.push_back({arena_.size(), value.size(), list, tag});
  arena_ += value;
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  return true;
}

std::optional<std::uint16_t> ValueTable::find(std::uint8_t tag, std::string_view value) const {
  if (slots_.empty()) return std::nullopt;
  const std::size_t slot = slot_of(tag, value);
  if (slots_[slot] == 0) return std::nullopt;
  return entries_[slots_[slot] - 1].list;
}

}  // namespace parley::intel
