#pragma once

#include <span>

#include "base/parallel.hpp"
#include "block/aes.hpp"
#include "block/block_vector.hpp"
#include "vole/layout.hpp"

namespace parley::vole {

/// The expand-convolute code of Raghuraman, Rindal and Tanguy (CRYPTO 2023, ePrint 2023/882), systematic,
/// rate 1/2: n outputs from N = n + m positions, out = e[0 … n) + B · A(e[n … N)).
///
/// A accumulates twice, as the authors' own library does since 2024: with one pass, rows of B that meet only
/// near the end give light sums. In each pass, for i = 0 … m − 1, x_i is added to x_{i+1+j} for the set bits
/// j of a random 24-bit number, and to x_{i+25} always, indices modulo m. Each row of B has `weight` random
/// positions. All of it is public and comes from three AES streams; the access pattern depends on nothing
/// else.
class ExConv {
 public:
  ExConv(const Layout& layout, block::Block expander, block::Block first_accumulator,
         block::Block second_accumulator);

  /// `out` holds e[0 … n) and gets the result; `folded` holds e[n … N) and is used up.
  void encode(std::span<block::Block> out, std::span<block::Block> folded, Parallel& parallel,
              block::Path path = block::best_path()) const;
  /// Two vectors at once, so that one random access serves both: `folded` holds the elements of both in turn.
  void encode_pair(std::span<block::Block> first, std::span<block::Block> second,
                   std::span<block::Block> folded, Parallel& parallel,
                   block::Path path = block::best_path()) const;

 private:
  void accumulate_twice(std::span<block::Block> folded, unsigned width, Parallel& parallel,
                        block::Path path) const;
  void expand(std::span<block::Block* const> outs, std::span<const block::Block> folded, Parallel& parallel,
              block::Path path) const;
  std::uint64_t count_;
  std::uint64_t folded_;
  unsigned weight_;
  block::AesKey expander_;
  block::AesKey first_accumulator_;
  block::AesKey second_accumulator_;
};

}  // namespace parley::vole
