#pragma once

#include <span>
#include <string_view>

namespace parley::group {

/// The implementations of the batched group arithmetic. All give the same bytes; they differ in speed alone.
enum class Isa {
  portable,    ///< 64-bit integers with 128-bit products, one element at a time
  avx2,        ///< AVX2 and FMA, four elements at a time
  avx512ifma,  ///< AVX-512 F, VL, DQ and IFMA, eight elements at a time
};

/// Whether this processor (and operating system) can run it. `portable` always can.
bool supported(Isa isa);
/// The fastest that this processor can run; asked once, then remembered.
Isa best_isa();
/// "portable", "avx2", "avx512ifma".
std::string_view name(Isa isa);
/// Every implementation that this processor can run, the slowest first.
std::span<const Isa> supported_isas();

}  // namespace parley::group
