#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace parley::intel {

/// An address of either family in network order; IPv4 uses the first four bytes.
using AddressBytes = ByteArray<16>;

/// Address ranges of one family, each with the number of the list that it is on. Ranges are nested or apart,
/// so that they cut the addresses into stretches, each with one answer: looking up is one binary search over
/// them, whatever the number of ranges around an address.
class RangeTable {
 public:
  struct Range {
    AddressBytes prefix{};    ///< bits behind the prefix do not matter
    std::uint8_t length = 0;  ///< in bits, at most 128
    std::uint16_t list = 0;
    bool for_addresses = true;
    bool for_urls = true;
  };
  /// The smallest number of a list that holds, for an address itself and for one in a URL.
  struct Lists {
    static constexpr std::uint16_t none = UINT16_MAX;
    std::uint16_t for_addresses = none;
    std::uint16_t for_urls = none;
    bool operator==(const Lists&) const = default;
  };

  void add(const Range& range) { ranges_.push_back(range); }
  /// After the last `add` and before `find`: O(n log n).
  void build();
  Lists find(const AddressBytes& address) const;

 private:
  /// Sixteen bytes as two numbers.
  struct Place {
    std::uint64_t high = 0, low = 0;
    auto operator<=>(const Place&) const = default;
  };
  struct Span {
    Place first, last;
    Lists lists;
  };
  static Place place_of(const AddressBytes& address);
  static Span span_of(const Range& range);
  void begin_stretch(Place at, Lists lists);

  std::vector<Range> ranges_;
  std::vector<Place> starts_;  // of the stretches, rising
  std::vector<Lists> lists_;   // of each
};

}  // namespace parley::intel
