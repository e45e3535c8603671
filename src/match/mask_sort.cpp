#include "match/mask_sort.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "crypto/secret.hpp"
#include "match/sorted_list.hpp"

namespace parley::match {
namespace {

using block::Block;
using block::BlockVector;

constexpr unsigned max_bin_bits = 10;

struct Entry {
  Block mask;
  std::uint32_t origin = 0;
};

/// Scratch of one task, as long as its largest bin. Wiped: a receiver's masks say which items it holds to
/// whoever knows the sender's.
struct BinScratch {
  explicit BinScratch(std::size_t most) : entries(most) {}
  BinScratch(const BinScratch&) = delete;
  BinScratch& operator=(const BinScratch&) = delete;
  ~BinScratch() {
    crypto::wipe({reinterpret_cast<std::uint8_t*>(entries.data()), entries.size() * sizeof(Entry)});
  }
  std::vector<std::uint32_t> place;
  std::vector<Entry> entries;
};

// Sorts a bin whose numbers have their highest `skip` bits in common.
void sort_bin(std::span<Block> masks, std::uint32_t* origin, unsigned skip, BinScratch& scratch) {
  if (masks.size() < 2) return;
  const unsigned bits = std::clamp(static_cast<unsigned>(std::bit_width(masks.size())), 1U, 14U);
  const auto slot = [&](Block mask) { return (mask.high << skip) >> (64 - bits); };
  scratch.place.assign((std::size_t{1} << bits) + 1, 0);
  for (const Block mask : masks) ++scratch.place[slot(mask) + 1];
  for (std::size_t i = 1; i < scratch.place.size(); ++i) scratch.place[i] += scratch.place[i - 1];
  const std::span<Entry> entries = std::span(scratch.entries).first(masks.size());
  for (std::size_t i = 0; i < masks.size(); ++i)
    entries[scratch.place[slot(masks[i])]++] = {masks[i], origin != nullptr ? origin[i] : 0};
  const auto before = [](const Entry& a, const Entry& b) { return less(a.mask, b.mask); };
  // One number a slot on average: insertion moves it by a place or two. A peer cannot make this slow, the
  // numbers are hashes of ours.
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (!before(entries[i], entries[i - 1])) continue;
    const Entry moved = entries[i];
    std::size_t to = i;
    for (; to > 0 && before(moved, entries[to - 1]); --to) entries[to] = entries[to - 1];
    entries[to] = moved;
  }
  for (std::size_t i = 0; i < masks.size(); ++i) {
    masks[i] = entries[i].mask;
    if (origin != nullptr) origin[i] = entries[i].origin;
  }
}

}  // namespace

SortedMasks sort_masks(BlockVector masks, bool with_origin, Parallel& parallel) {
  const std::size_t count = masks.size();
  const unsigned bits = std::min(static_cast<unsigned>(std::bit_width(count / 32)), max_bin_bits);
  const std::size_t bins = std::size_t{1} << bits;
  const auto bin_of = [&](Block mask) { return bits == 0 ? 0 : mask.high >> (64 - bits); };
  const std::size_t tasks = std::max<std::size_t>(1, std::min(parallel.width(), count / 4096));
  const auto begin_of = [&](std::size_t task) { return count * task / tasks; };
  std::vector<std::vector<std::uint32_t>> place(tasks, std::vector<std::uint32_t>(bins));
  parallel.run(tasks, [&](std::size_t t) {
    for (std::size_t i = begin_of(t); i < begin_of(t + 1); ++i) ++place[t][bin_of(masks[i])];
  });
  std::vector<std::uint32_t> begin(bins + 1);
  std::uint32_t next = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    begin[bin] = next;
    for (auto& of_task : place) next += std::exchange(of_task[bin], next);
  }
  begin[bins] = next;

  SortedMasks out{BlockVector(count, block::Fill::unset, masks.wipe()),
                  std::vector<std::uint32_t>(with_origin ? count : 0)};
  parallel.run(tasks, [&](std::size_t t) {
    for (std::size_t i = begin_of(t); i < begin_of(t + 1); ++i) {
      const std::uint32_t to = place[t][bin_of(masks[i])]++;
      out.masks[to] = masks[i];
      if (with_origin) out.origin[to] = static_cast<std::uint32_t>(i);
    }
  });
  masks.clear(parallel);
  parallel.run(tasks, [&](std::size_t t) {
    const std::size_t first = bins * t / tasks;
    const std::size_t end = bins * (t + 1) / tasks;
    std::size_t most = 0;
    for (std::size_t bin = first; bin < end; ++bin)
      most = std::max<std::size_t>(most, begin[bin + 1] - begin[bin]);
    BinScratch scratch(most);
    for (std::size_t bin = first; bin < end; ++bin)
      sort_bin(out.masks.span().subspan(begin[bin], begin[bin + 1] - begin[bin]),
               with_origin ? out.origin.data() + begin[bin] : nullptr, bits, scratch);
  });
  return out;
}

}  // namespace parley::match
