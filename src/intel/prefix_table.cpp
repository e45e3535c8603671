#include "intel/prefix_table.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace parley::intel {
namespace {

AddressBytes masked(AddressBytes address, std::size_t length) {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const std::size_t kept = length > 8 * i ? std::min<std::size_t>(length - 8 * i, 8) : 0;
    address[i] &= static_cast<std::uint8_t>(0xFF00U >> kept);
  }
  return address;
}

}  // namespace

void PrefixTable::add(std::span<const Range> ranges) {
  std::array<bool, 129> touched{};
  for (Range range : ranges) {
    PARLEY_ASSERT(range.length <= 128);
    range.prefix = masked(range.prefix, range.length);
    by_length_[range.length].push_back(range);
    touched[range.length] = true;
  }
  for (std::size_t length = 0; length < by_length_.size(); ++length) {
    if (!touched[length]) continue;
    auto& all = by_length_[length];
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    all.shrink_to_fit();
  }
}

std::span<const PrefixTable::Range> PrefixTable::matching(const AddressBytes& address,
                                                          std::size_t length) const {
  const auto& all = by_length_[length];
  if (all.empty()) return {};
  const auto found = std::ranges::equal_range(all, masked(address, length), {}, &Range::prefix);
  return {found.begin(), found.end()};
}

std::size_t PrefixTable::size() const {
  std::size_t count = 0;
  for (const auto& all : by_length_) count += all.size();
  return count;
}

}  // namespace parley::intel
