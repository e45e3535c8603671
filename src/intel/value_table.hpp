#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::intel {

/// A set of (tag, value) pairs, each with the number of the list that brought it first: open addressing over
/// one arena, about 22 bytes a value beside the value itself. Values longer than 65,535 bytes are not taken.
class ValueTable {
 public:
  /// False when the pair is there already (its first list stays) or the value is too long.
  bool insert(std::uint8_t tag, std::string_view value, std::uint16_t list);
  std::optional<std::uint16_t> find(std::uint8_t tag, std::string_view value) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t offset : 48;
    std::uint64_t length : 16;
    std::uint16_t list;
    std::uint8_t tag;
  };
  std::size_t slot_of(std::uint8_t tag, std::string_view value) const;
  void grow();
  std::string_view value_of(const Entry& entry) const;

  std::string arena_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // entry index + 1; 0 is free; a power of two, at most half full
};

}  // namespace parley::intel
