#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace parley::intel {

/// An address of either family in network order; IPv4 uses the first four bytes.
using AddressBytes = ByteArray<16>;

/// Address ranges, each with the number of the list that it is on. One sorted array a prefix length: looking
/// up costs one binary search for each length that occurs (at most 129).
class PrefixTable {
 public:
  struct Range {
    AddressBytes prefix{};
    std::uint8_t length = 0;  ///< in bits, at most 128
    std::uint16_t list = 0;
    auto operator<=>(const Range&) const = default;
  };

  /// Adds ranges (bits behind the prefix are cleared) and sorts once.
  void add(std::span<const Range> ranges);
  /// Calls `found(list)` for each range that holds the address.
  template <class Found>
  void each_containing(const AddressBytes& address, Found found) const {
    for (std::size_t length = 0; length < by_length_.size(); ++length)
      for (const Range& range : matching(address, length)) found(range.list);
  }
  std::size_t size() const;

 private:
  std::span<const Range> matching(const AddressBytes& address, std::size_t length) const;

  std::array<std::vector<Range>, 129> by_length_;
};

}  // namespace parley::intel
