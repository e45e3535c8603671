#include "okvs/encoder.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/assert.hpp"
#include "okvs/band_sums.hpp"

namespace parley::okvs {
namespace {

using block::Block;

constexpr std::size_t keys_a_step = std::size_t{1} << 17;

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

/// Where the rows of one batch lie and go.
struct Batch {
  std::span<const std::uint32_t> starts;
  const Block* bands;
  const Block* values;
  std::uint64_t* rows;
  Block* store;
};

// Takes each row of the batch to a column whose row is still free. False when one has no bit left.
template <std::size_t words>
bool insert(const Batch& batch) {
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
      std::uint64_t* there = batch.rows + row.column * words;
      if (there[0] == 0) {
        std::ranges::copy(row.bits, there);
        batch.store[row.column] = row.value;
        break;
      }
      for (std::size_t w = 0; w < words; ++w) row.bits[w] ^= there[w];
      row.value ^= batch.store[row.column];
    }
  }
  return true;
}

bool insert(const Batch& batch, std::size_t blocks) {
  static_assert(max_band_blocks == 6);
  switch (blocks) {
    case 1:
      return insert<2>(batch);
    case 2:
      return insert<4>(batch);
    case 3:
      return insert<6>(batch);
    case 4:
      return insert<8>(batch);
    case 5:
      return insert<10>(batch);
    default:
      return insert<12>(batch);
  }
}

std::size_t whole_groups(const Shape& shape) {
  return (shape.columns + detail::group - 1) / detail::group * detail::group;
}

}  // namespace

Encoder::Encoder(const RowHash& hash, std::span<const Block> keys, Values values, Entropy& entropy,
                 block::Path path)
    : hash_(hash),
      keys_(keys),
      values_(std::move(values)),
      entropy_(entropy),
      path_(path),
      row_blocks_(band_blocks(hash.shape())),
      rows_(whole_groups(hash.shape()) * row_blocks_, block::Fill::zero, block::Wipe::yes),
      store_(allocated_blocks(hash.shape()), block::Fill::zero, block::Wipe::yes),
      unsolved_(whole_groups(hash.shape())) {
  PARLEY_ASSERT(keys.size() <= hash.shape().columns);
}

Result<void> Encoder::eliminate(std::size_t count) {
  std::array<std::uint32_t, hash_batch> starts;
  std::array<Block, hash_batch * max_band_blocks> bands;
  std::array<Block, hash_batch> values;
  const std::size_t end = next_key_ + count;
  while (next_key_ < end) {
    const std::size_t batch = std::min(hash_batch, end - next_key_);
    const auto keys = keys_.subspan(next_key_, batch);
    hash_.starts(keys, std::span(starts).first(batch), path_);
    hash_.bands(keys, std::span(bands).first(batch * row_blocks_), path_);
    values_(next_key_, std::span(values).first(batch));
    next_key_ += batch;
    if (!insert({std::span(starts).first(batch), bands.data(), values.data(),
                 reinterpret_cast<std::uint64_t*>(rows_.data()), store_.data()},
                row_blocks_))
      return fail(ErrorKind::conflict,
                  "the keys cannot be encoded: two are equal, or the seed is unlucky for them", "okvs");
  }
  return {};
}

void Encoder::fill_free_columns(std::size_t begin, std::size_t end) {
  end = std::min<std::size_t>(end, hash_.shape().columns);
  std::array<Block, 64> fresh;
  std::size_t left = 0;
  for (std::size_t p = end; p-- > begin;) {
    if ((rows_[p * row_blocks_].low & 1U) != 0) continue;
    if (left == 0) {
      entropy_.fill(block::mutable_bytes_of(fresh));
      left = fresh.size();
    }
    store_[p] = fresh[--left];
  }
}

Result<bool> Encoder::step() {
  if (next_key_ < keys_.size()) {
    PARLEY_CHECK(eliminate(std::min(keys_a_step, keys_.size() - next_key_)));
    return false;
  }
  const std::size_t end = unsolved_;
  unsolved_ = end > keys_a_step ? end - keys_a_step : 0;
  fill_free_columns(unsolved_, end);
  detail::substitute_back(store_.data(), rows_.data(), row_blocks_, unsolved_, end, path_);
  if (unsolved_ > 0) return false;
  rows_.clear();
  return true;
}

}  // namespace parley::okvs
