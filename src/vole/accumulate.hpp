#pragma once

#include <span>

#include "base/parallel.hpp"
#include "block/aes.hpp"

namespace parley::vole {

/// One pass of the accumulator of ex_conv.hpp over `width` vectors in turn (1 or 2), in place: for every
/// position in order, x_i is added to those of x_{i+1} … x_{i+25} that the stream names, modulo the length
/// (more than 50).
///
/// A pass is linear, and what goes from one stretch of positions into the next are 25 sums. So every core
/// passes over a stretch of its own as if nothing came in, and notes beside it, in 25 public bits a position,
/// which of the incoming sums belong there; when these are known, stretch after stretch, they are added
/// everywhere at once. The result is the same for every number of cores. One core takes one stretch and
/// notes nothing; more do about a third more work each, from the second stretch on.
void accumulate(std::span<block::Block> x, unsigned width, const block::AesKey& stream, Parallel& parallel,
                block::Path path);

}  // namespace parley::vole
