#include "match/item_set.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "base/assert.hpp"

namespace parley::match {

Result<ItemSet> ItemSet::make(std::span<const Bytes> items) {
  std::vector<const Bytes*> sorted;
  sorted.reserve(items.size());
  std::uint64_t total = 0;
  for (const Bytes& item : items) {
    if (item.size() > max_item_bytes)
      return fail(ErrorKind::bad_input, "an item has " + std::to_string(item.size()) + " bytes, at most " +
                                            std::to_string(max_item_bytes) + " can be matched");
    total += item.size();
    sorted.push_back(&item);
  }
  std::ranges::sort(sorted, [](const Bytes* a, const Bytes* b) { return *a < *b; });
  const auto rest = std::ranges::unique(sorted, [](const Bytes* a, const Bytes* b) { return *a == *b; });
  sorted.erase(rest.begin(), rest.end());
  if (sorted.size() > max_padded_size)
    return fail(ErrorKind::bad_input, "the set has " + std::to_string(sorted.size()) + " items, at most " +
                                          std::to_string(max_padded_size) + " can be matched in one session");
  if (total > std::numeric_limits<std::uint32_t>::max())
    return fail(ErrorKind::bad_input, "the items of the set have 4 GiB and more; match it in parts");

  ItemSet out;
  out.data_.reserve(static_cast<std::size_t>(total));
  out.offsets_.reserve(sorted.size() + 1);
  for (const Bytes* item : sorted) {
    append(out.data_, BytesView(*item));
    out.offsets_.push_back(static_cast<std::uint32_t>(out.data_.size()));
  }
  return out;
}

Result<void> ItemSet::append_next(BytesView item) {
  if (item.size() > max_item_bytes)
    return fail(ErrorKind::bad_input, "an item has " + std::to_string(item.size()) + " bytes, at most " +
                                          std::to_string(max_item_bytes) + " can be matched");
  if (!empty() && !std::ranges::lexicographical_compare((*this)[size() - 1], item))
    return fail(ErrorKind::bad_input, "the items of a set come in the order of their bytes, each once");
  if (size() == max_padded_size)
    return fail(ErrorKind::bad_input, "the set has more than " + std::to_string(max_padded_size) +
                                          " items, which is the most that can be matched in one session");
  if (data_.size() + item.size() > std::numeric_limits<std::uint32_t>::max())
    return fail(ErrorKind::bad_input, "the items of the set have 4 GiB and more; match it in parts");
  append(data_, item);
  offsets_.push_back(static_cast<std::uint32_t>(data_.size()));
  return {};
}

void ItemSet::clear(Parallel& parallel) {
  constexpr std::size_t page = 4096;
  constexpr std::size_t piece = 256 * page;
  // The whole pages of the items.
  const std::size_t skip = (page - reinterpret_cast<std::uintptr_t>(data_.data()) % page) % page;
  const std::size_t bytes = data_.capacity() > skip ? (data_.capacity() - skip) / page * page : 0;
  if (bytes > 2 * piece)
    parallel.run((bytes + piece - 1) / piece, [&](std::size_t i) {
      ::madvise(data_.data() + skip + i * piece, std::min(piece, bytes - i * piece), MADV_DONTNEED);
    });
  *this = {};
}

std::uint32_t padded_size(std::uint32_t size) {
  PARLEY_ASSERT(size <= max_padded_size);
  return std::bit_ceil(std::max(size, 1U));
}

}  // namespace parley::match
