#include "okvs/sorted_keys.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/assert.hpp"
#include "crypto/secret.hpp"

namespace parley::okvs {
namespace {

using block::Block;
using block::BlockVector;

// First into bins of 2^shift starts, at most about a thousand of them, so that the places written to stay in
// the second-level cache; then each bin by start, on the spot.
constexpr unsigned max_bin_bits = 10;
constexpr unsigned least_shift = 8;

unsigned shift_of(const Shape& shape) {
  const unsigned bits = static_cast<unsigned>(std::bit_width(shape.columns));
  return std::max(least_shift, bits > max_bin_bits ? bits - max_bin_bits : 0U);
}

/// A part of the keys: one task counts and moves it.
struct Part {
  std::size_t first = 0;
  std::size_t count = 0;
  std::vector<std::uint32_t> place;  // of the next key of each bin
};

template <class Use>
void for_starts(const RowHash& hash, const BlockVector& keys, const Part& part, block::Path path, Use use) {
  std::array<std::uint32_t, hash_batch> starts;
  for (std::size_t at = part.first; at < part.first + part.count; at += hash_batch) {
    const std::size_t count = std::min(hash_batch, part.first + part.count - at);
    hash.starts(keys.span().subspan(at, count), std::span(starts).first(count), path);
    for (std::size_t i = 0; i < count; ++i) use(at + i, starts[i]);
  }
  crypto::wipe({reinterpret_cast<std::uint8_t*>(starts.data()), sizeof starts});
}

/// Scratch of one task for the bins that it sorts: as long as the largest of them, so that nothing moves and
/// leaves keys behind.
struct BinScratch {
  explicit BinScratch(std::size_t most)
      : starts(most), keys(most, block::Fill::unset, block::Wipe::yes), origin(most) {}
  BinScratch(const BinScratch&) = delete;
  BinScratch& operator=(const BinScratch&) = delete;
  ~BinScratch() {
    crypto::wipe({reinterpret_cast<std::uint8_t*>(starts.data()), starts.size() * sizeof(std::uint32_t)});
  }
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> place;
  BlockVector keys;
  std::vector<std::uint32_t> origin;
};

void sort_bin(const RowHash& hash, std::span<Block> keys, std::span<std::uint32_t> origin,
              std::uint32_t first_start, unsigned shift, BinScratch& scratch, block::Path path) {
  const std::span<std::uint32_t> starts = std::span(scratch.starts).first(keys.size());
  hash.starts(keys, starts, path);
  scratch.place.assign((std::size_t{1} << shift) + 1, 0);
  for (const std::uint32_t start : starts) ++scratch.place[start - first_start + 1];
  for (std::size_t i = 1; i < scratch.place.size(); ++i) scratch.place[i] += scratch.place[i - 1];
  std::ranges::copy(keys, scratch.keys.begin());
  std::ranges::copy(origin, scratch.origin.begin());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::uint32_t to = scratch.place[starts[i] - first_start]++;
    keys[to] = scratch.keys[i];
    origin[to] = scratch.origin[i];
  }
}

}  // namespace

SortedKeys sort_keys(const RowHash& hash, BlockVector keys, Parallel& parallel, block::Path path) {
  const unsigned shift = shift_of(hash.shape());
  const std::size_t bins = (hash.shape().columns >> shift) + 1;
  const std::size_t tasks = std::max<std::size_t>(1, std::min(parallel.width(), keys.size() / 4096));
  std::vector<Part> parts(tasks);
  for (std::size_t t = 0; t < tasks; ++t) {
    parts[t].first = keys.size() * t / tasks;
    parts[t].count = keys.size() * (t + 1) / tasks - parts[t].first;
    parts[t].place.resize(bins);
  }
  parallel.run(tasks, [&](std::size_t t) {
    for_starts(hash, keys, parts[t], path,
               [&](std::size_t, std::uint32_t start) { ++parts[t].place[start >> shift]; });
  });
  std::vector<std::uint32_t> begin(bins + 1);
  std::uint32_t next = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    begin[bin] = next;
    for (Part& part : parts) next += std::exchange(part.place[bin], next);
  }
  begin[bins] = next;

  SortedKeys out{BlockVector(keys.size(), block::Fill::unset, block::Wipe::yes),
                 std::vector<std::uint32_t>(keys.size())};
  parallel.run(tasks, [&](std::size_t t) {
    for_starts(hash, keys, parts[t], path, [&](std::size_t i, std::uint32_t start) {
      const std::uint32_t to = parts[t].place[start >> shift]++;
      out.keys[to] = keys[i];
      out.origin[to] = static_cast<std::uint32_t>(i);
    });
  });
  keys.clear(parallel);
  parallel.run(tasks, [&](std::size_t t) {
    const std::size_t first = bins * t / tasks;
    const std::size_t end = bins * (t + 1) / tasks;
    std::size_t most = 0;
    for (std::size_t bin = first; bin < end; ++bin)
      most = std::max<std::size_t>(most, begin[bin + 1] - begin[bin]);
    BinScratch scratch(most);
    for (std::size_t bin = first; bin < end; ++bin)
      sort_bin(hash, out.keys.span().subspan(begin[bin], begin[bin + 1] - begin[bin]),
               std::span(out.origin).subspan(begin[bin], begin[bin + 1] - begin[bin]),
               static_cast<std::uint32_t>(bin << shift), shift, scratch, path);
  });
  return out;
}

}  // namespace parley::okvs
