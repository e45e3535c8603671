#pragma once

#include <cstdint>

namespace parley::lookup {

/// Most items of one set.
inline constexpr std::uint32_t max_items = 1U << 24;
/// What a smaller set is padded to.
inline constexpr std::uint32_t min_padded_items = 256;

/// The number of items that the peer is told: 256, or the least m · 2^k with m in {4, 5, 6, 7} that holds
/// `items`. At most a quarter more than there are; `items` at most `max_items`.
std::uint32_t padded_items(std::uint32_t items);
/// Whether `count` is one of those numbers.
bool is_padded_items(std::uint32_t count);

}  // namespace parley::lookup
