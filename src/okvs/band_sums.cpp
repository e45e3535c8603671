#include "okvs/band_sums.hpp"

#include "base/assert.hpp"
#include "okvs/row_hash.hpp"

namespace parley::okvs::detail {
namespace {

using block::Block;

bool takes_matrices(block::Path path) {
  return path == block::Path::avx512 && has_matrix_path();
}

// Adds the blocks at `at` whose bit is set in 128 bits; every block is read.
Block sum_of(const Block* at, Block bits, std::size_t count) {
  Block sum;
  for (std::size_t j = 0; j < count; ++j) sum ^= at[j] & block::mask_of(bits.bit(static_cast<unsigned>(j)));
  return sum;
}

}  // namespace

bool has_matrix_path() {
#if defined(__x86_64__)
  static const bool has = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("gfni");
  }();
  return has;
#else
  return false;
#endif
}

void prepare(Block* store, std::size_t columns, block::Path path) {
  PARLEY_ASSERT(columns % group == 0);
  if (takes_matrices(path)) prepare_matrices(store, columns);
}

void band_sums(const Block* store, const Shape& shape, std::span<const std::uint32_t> starts,
               const Block* bands, Block* out, block::Path path) {
  if (takes_matrices(path)) return band_sums_matrices(store, shape, starts.data(), starts.size(), bands, out);
  const std::size_t blocks = band_blocks(shape);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    Block sum;
    for (std::size_t b = 0; b < blocks; ++b)
      sum ^= sum_of(store + starts[i] + 128 * b, bands[b * starts.size() + i],
                    b + 1 < blocks ? 128 : shape.band - 128 * b);
    out[i] = sum;
  }
}

void substitute_back(Block* store, const Block* rows, std::size_t blocks, std::size_t begin, std::size_t end,
                     block::Path path) {
  PARLEY_ASSERT(begin % group == 0 && end % group == 0);
  if (takes_matrices(path)) return substitute_back_matrices(store, rows, blocks, begin, end);
  for (std::size_t p = end; p-- > begin;) {
    Block sum;
    for (std::size_t b = 0; b < blocks; ++b) {
      Block bits = rows[p * blocks + b];
      if (b == 0) bits.low &= ~std::uint64_t{1};
      sum ^= sum_of(store + p + 128 * b, bits, 128);
    }
    store[p] ^= sum;
  }
}

}  // namespace parley::okvs::detail
