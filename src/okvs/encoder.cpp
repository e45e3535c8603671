#include "okvs/encoder.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "base/assert.hpp"
#include "crypto/secret.hpp"
#include "okvs/band_sums.hpp"

namespace parley::okvs {
namespace {

using block::Block;

constexpr std::size_t keys_a_step = std::size_t{1} << 17;
/// Rows of so many columns stay in the second-level cache between the two things that are done to them.
constexpr std::size_t columns_a_pass = std::size_t{1} << 14;

/// A row that is being eliminated, moved so that bit 0 is its first column.
template <std::size_t words>
struct Row {
  std::array<std::uint64_t, words> bits;
  Block value;
  std::size_t column;
};

// Moves the row on until its bit 0 is set; false when no bit is left.
template <std::size_t words>
bool to_first_bit(Row<words>& row) {
  while (row.bits[0] == 0) {
    std::uint64_t any = 0;
    for (std::size_t i = 0; i + 1 < words; ++i) any |= row.bits[i] = row.bits[i + 1];
    row.bits[words - 1] = 0;
    if (any == 0) return false;
    row.column += 64;
  }
  const int shift = std::countr_zero(row.bits[0]);
  for (std::size_t i = 0; i + 1 < words; ++i)
    row.bits[i] = (row.bits[i] >> shift) | ((row.bits[i + 1] << 1U) << (63 - shift));
  row.bits[words - 1] >>= shift;
  row.column += static_cast<std::size_t>(shift);
  return true;
}

/// Rows that wait to be eliminated: start, band (block 0 of all, then block 1 of all …) and value of each.
struct Rows {
  std::span<const std::uint32_t> starts;
  const Block* bands;
  const Block* values;
};

/// Rows that left the columns of the task that had them. Wiped.
class Aside {
 public:
  ~Aside() {
    wipe(starts_);
    wipe(bands_);
    wipe(values_);
  }
  template <std::size_t words>
  void add(const Row<words>& row) {
    push(starts_, static_cast<std::uint32_t>(row.column));
    for (std::size_t b = 0; b < words / 2; ++b) push(bands_, Block{row.bits[2 * b], row.bits[2 * b + 1]});
    push(values_, row.value);
  }
  /// The row at an index, as rows of one.
  Rows at(std::size_t i, std::size_t blocks) const {
    return {std::span(starts_).subspan(i, 1), bands_.data() + i * blocks, values_.data() + i};
  }
  std::size_t size() const { return starts_.size(); }

 private:
  template <class T>
  static void wipe(std::vector<T>& list) {
    crypto::wipe({reinterpret_cast<std::uint8_t*>(list.data()), list.size() * sizeof(T)});
  }
  // Grows without leaving a copy behind.
  template <class T>
  static void push(std::vector<T>& list, const T& one) {
    if (list.size() == list.capacity()) {
      std::vector<T> larger;
      larger.reserve(std::max<std::size_t>(1024, 2 * list.size()));
      larger.assign(list.begin(), list.end());
      wipe(list);
      list = std::move(larger);
    }
    list.push_back(one);
  }
  std::vector<std::uint32_t> starts_;
  std::vector<Block> bands_;
  std::vector<Block> values_;
};

/// Where rows go: the columns [begin, end) of one task. What would go elsewhere is put aside.
struct Target {
  std::uint64_t* rows;
  Block* store;
  std::size_t begin;
  std::size_t end;
  Aside* aside;
};

// Takes each row to a column whose row is still free. False when one has no bit left.
template <std::size_t words>
bool insert(const Rows& batch, const Target& target) {
  for (std::size_t i = 0; i < batch.starts.size(); ++i) {
    Row<words> row;
    for (std::size_t b = 0; b < words / 2; ++b) {
      const Block bits = batch.bands[b * batch.starts.size() + i];
      row.bits[2 * b] = bits.low;
      row.bits[2 * b + 1] = bits.high;
    }
    row.value = batch.values[i];
    row.column = batch.starts[i];
    while (true) {
      if (!to_first_bit(row)) return false;
      if (row.column < target.begin || row.column >= target.end) {
        target.aside->add(row);
        break;
      }
      std::uint64_t* there = target.rows + row.column * words;
      if (there[0] == 0) {
        std::ranges::copy(row.bits, there);
        target.store[row.column] = row.value;
        break;
      }
      for (std::size_t w = 0; w < words; ++w) row.bits[w] ^= there[w];
      row.value ^= target.store[row.column];
    }
  }
  return true;
}

bool insert(const Rows& batch, const Target& target, std::size_t blocks) {
  static_assert(max_band_blocks == 6);
  switch (blocks) {
    case 1:
      return insert<2>(batch, target);
    case 2:
      return insert<4>(batch, target);
    case 3:
      return insert<6>(batch, target);
    case 4:
      return insert<8>(batch, target);
    case 5:
      return insert<10>(batch, target);
    default:
      return insert<12>(batch, target);
  }
}

std::size_t whole_groups(const Shape& shape) {
  return (shape.columns + detail::group - 1) / detail::group * detail::group;
}

}  // namespace

/// Some neighbouring keys, and the columns into which their rows may go.
struct Encoder::Part {
  std::size_t first = 0;
  std::size_t end = 0;
  std::size_t first_column = 0;
  std::size_t end_column = 0;
  Aside aside;
  bool independent = true;
};

Encoder::Encoder(const RowHash& hash, std::span<const Block> keys, Values values, Entropy& entropy,
                 Parallel& parallel, block::Path path)
    : hash_(hash),
      keys_(keys),
      values_(std::move(values)),
      entropy_(entropy),
      parallel_(parallel),
      path_(path),
      row_blocks_(band_blocks(hash.shape())),
      rows_(whole_groups(hash.shape()) * row_blocks_, block::Fill::zero, block::Wipe::yes),
      store_(allocated_blocks(hash.shape()), block::Fill::zero, block::Wipe::yes),
      unsolved_(whole_groups(hash.shape())) {
  PARLEY_ASSERT(keys.size() <= hash.shape().columns);
}

bool Encoder::eliminate_part(Part& part) {
  std::array<std::uint32_t, hash_batch> starts;
  std::array<Block, hash_batch * max_band_blocks> bands;
  std::array<Block, hash_batch> values;
  const Target target{reinterpret_cast<std::uint64_t*>(rows_.data()), store_.data(), part.first_column,
                      part.end_column, &part.aside};
  bool independent = true;
  for (std::size_t at = part.first; at < part.end && independent; at += hash_batch) {
    const std::size_t count = std::min(hash_batch, part.end - at);
    const auto keys = keys_.subspan(at, count);
    hash_.starts(keys, std::span(starts).first(count), path_);
    hash_.bands(keys, std::span(bands).first(count * row_blocks_), path_);
    values_(at, std::span(values).first(count));
    independent = insert({std::span(starts).first(count), bands.data(), values.data()}, target, row_blocks_);
  }
  crypto::wipe({reinterpret_cast<std::uint8_t*>(starts.data()), sizeof starts});
  crypto::wipe(block::mutable_bytes_of(bands));
  crypto::wipe(block::mutable_bytes_of(values));
  return independent;
}

// Each task has some of the sorted keys and the columns from its first start to that of the next task. The
// few rows at the seams that reach further (about as many as a band is wide) are put in afterwards.
Result<void> Encoder::eliminate(std::size_t count) {
  const std::size_t tasks = std::max<std::size_t>(1, std::min(parallel_.width(), count / 4096));
  const std::size_t columns = whole_groups(hash_.shape());
  std::vector<Part> parts(tasks);
  for (std::size_t t = 0; t < tasks; ++t) {
    Part& part = parts[t];
    part.first = next_key_ + count * t / tasks;
    part.end = next_key_ + count * (t + 1) / tasks;
    part.end_column = columns;
    if (t == 0) continue;
    std::uint32_t start = 0;
    hash_.starts(keys_.subspan(part.first, 1), {&start, 1}, path_);
    part.first_column = std::max<std::size_t>(start, parts[t - 1].first_column);
    parts[t - 1].end_column = part.first_column;
  }
  next_key_ += count;
  parallel_.run(tasks, [&](std::size_t t) { parts[t].independent = eliminate_part(parts[t]); });
  const Target anywhere{reinterpret_cast<std::uint64_t*>(rows_.data()), store_.data(), 0, columns, nullptr};
  bool independent = std::ranges::all_of(parts, &Part::independent);
  for (const Part& part : parts)
    for (std::size_t i = 0; i < part.aside.size() && independent; ++i)
      independent = insert(part.aside.at(i, row_blocks_), anywhere, row_blocks_);
  if (independent) return {};
  return fail(ErrorKind::conflict,
              "the keys cannot be encoded: two are equal, or the seed is unlucky for them", "okvs");
}

/// Blocks that were drawn and not used yet.
struct Encoder::Fresh {
  std::array<Block, 64> blocks;
  std::size_t left = 0;
};

void Encoder::fill_free_columns(std::size_t begin, std::size_t end, Fresh& fresh) {
  end = std::min<std::size_t>(end, hash_.shape().columns);
  for (std::size_t p = end; p-- > begin;) {
    if ((rows_[p * row_blocks_].low & 1U) != 0) continue;
    if (fresh.left == 0) {
      entropy_.fill(block::mutable_bytes_of(fresh.blocks));
      fresh.left = fresh.blocks.size();
    }
    store_[p] = fresh.blocks[--fresh.left];
  }
}

Result<bool> Encoder::step() {
  if (next_key_ < keys_.size()) {
    PARLEY_CHECK(eliminate(std::min(keys_a_step, keys_.size() - next_key_)));
    return false;
  }
  const std::size_t stop = unsolved_ > keys_a_step ? unsolved_ - keys_a_step : 0;
  Fresh fresh;
  while (unsolved_ > stop) {
    const std::size_t end = unsolved_;
    unsolved_ = std::max(stop, end - std::min(end, columns_a_pass));
    fill_free_columns(unsolved_, end, fresh);
    detail::substitute_back(store_.data(), rows_.data(), row_blocks_, unsolved_, end, path_);
  }
  if (unsolved_ > 0) return false;
  rows_.clear(parallel_);
  return true;
}

}  // namespace parley::okvs
