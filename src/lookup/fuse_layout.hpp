#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "lookup/padding.hpp"

namespace parley::lookup {

/// What places a key in a filter: 128 bits that look random to whoever lacks the item's PRF value.
struct FuseKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const FuseKey&) const = default;
};

/// The shape of a binary fuse filter with four positions a key (Graf and Lemire, "Binary Fuse Filters: Fast
/// and Smaller Than Xor Filters", ACM JEA 2022, arXiv 2201.01174, section 3): `segment_count + 3` segments of
/// equal length; the positions of a key lie in four consecutive ones.
struct FuseLayout {
  static constexpr unsigned arity = 4;
  static constexpr unsigned max_segment_log2 = 18;

  std::uint8_t segment_log2 = 0;
  std::uint32_t segment_count = 0;

  /// The shape for `keys` keys: about 1.075 slots a key for large sets, more for small ones.
  static FuseLayout for_keys(std::uint32_t keys);
  /// Bad input for a shape that no honest builder of up to `max_items` keys makes.
  static Result<FuseLayout> checked(std::uint8_t segment_log2, std::uint32_t segment_count);

  std::uint32_t segment_length() const { return 1U << segment_log2; }
  std::size_t slots() const { return (std::size_t{segment_count} + arity - 1) << segment_log2; }

  using Positions = std::array<std::uint32_t, arity>;
  /// Four different positions below `slots()`, for a hash of `mix`.
  Positions positions(std::uint64_t hash) const;
  /// A new hash of the same key for each seed.
  static std::uint64_t mix(const FuseKey& key, std::uint64_t seed);

  bool operator==(const FuseLayout&) const = default;
};

}  // namespace parley::lookup
