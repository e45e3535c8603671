#pragma once

#include <cstdint>
#include <utility>

#include "base/entropy.hpp"
#include "block/block_vector.hpp"
#include "block/gf128.hpp"

namespace parley::vole {

/// A random VOLE from a trusted dealer, for tests of what stands on top.
struct DealtVole {
  block::BlockVector a, c;  // receiver
  block::Block delta;       // sender
  block::BlockVector b;
};

inline DealtVole deal_vole(std::uint64_t count, Entropy& entropy) {
  DealtVole out;
  out.a = block::BlockVector(count);
  out.b = block::BlockVector(count);
  out.c = block::BlockVector(count);
  entropy.fill(block::mutable_bytes_of(out.a.span()));
  entropy.fill(block::mutable_bytes_of(out.b.span()));
  entropy.fill(block::mutable_bytes_of({&out.delta, 1}));
  for (std::uint64_t i = 0; i < count; ++i) out.c[i] = out.b[i];
  block::mul_add_constant(out.c.span(), out.a.span(), out.delta);
  return out;
}

}  // namespace parley::vole
