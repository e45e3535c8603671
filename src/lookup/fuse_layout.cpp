#include "lookup/fuse_layout.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace parley::lookup {
namespace {

// The finaliser of MurmurHash3: every bit of the result depends on every bit of the input, one to one. Keys
// are PRF outputs already; it only has to give fresh positions for a new seed.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33;
  return x;
}

// floor(a · b / 2^64): a number below b that grows with a, so that sorted hashes give sorted segments.
std::uint64_t scaled(std::uint64_t a, std::uint64_t b) {
  __extension__ using wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<wide>(a) * b) >> 64);
}

}  // namespace

// Divisions and multiplications of doubles, which every processor rounds alike: both sides must find the same
// shape, and the logarithms of different C libraries may differ in the last bit.
FuseLayout FuseLayout::for_keys(std::uint32_t keys) {
  // Graf and Lemire, section 4: the constants for four positions, found by experiment.
  constexpr double length_base = 2.91;
  const double count = std::max<double>(keys, 2);
  FuseLayout out;
  // floor(log(count) / log(2.91) - 0.5), at least 2.
  double power = length_base * length_base * length_base * std::sqrt(length_base);
  for (out.segment_log2 = 2; out.segment_log2 < max_segment_log2 && power <= count; ++out.segment_log2)
    power *= length_base;
  // 0.77 + 0.305 log(600000) / log(count), with the logarithm of the power of two below.
  const double log2_count = std::bit_width(static_cast<std::uint32_t>(count)) - 1;
  const double factor = std::max(1.075, 0.77 + 5.8545 / log2_count);
  const auto wanted = static_cast<std::uint32_t>(std::ceil(count * factor));
  const std::uint32_t segments = (wanted + out.segment_length() - 1) >> out.segment_log2;
  out.segment_count = segments > arity - 1 ? segments - (arity - 1) : 1;
  return out;
}

Result<FuseLayout> FuseLayout::checked(std::uint8_t segment_log2, std::uint32_t segment_count) {
  FuseLayout out{segment_log2, segment_count};
  if (segment_log2 < 2 || segment_log2 > max_segment_log2 || segment_count == 0 ||
      segment_count > max_items || out.slots() > std::size_t{2} * max_items)
    return fail(ErrorKind::bad_input, "a filter of impossible shape");
  return out;
}

FuseLayout::Positions FuseLayout::positions(std::uint64_t hash) const {
  const std::uint32_t length = segment_length();
  const std::uint32_t mask = length - 1;
  const auto first = static_cast<std::uint32_t>(scaled(hash, std::uint64_t{segment_count} << segment_log2));
  const std::uint64_t offsets = scramble(hash);
  return {first, (first + length) ^ (static_cast<std::uint32_t>(offsets) & mask),
          (first + 2 * length) ^ (static_cast<std::uint32_t>(offsets >> 21) & mask),
          (first + 3 * length) ^ (static_cast<std::uint32_t>(offsets >> 42) & mask)};
}

std::uint64_t FuseLayout::mix(const FuseKey& key, std::uint64_t seed) {
  return scramble(key.low ^ scramble(key.high ^ seed));
}

}  // namespace parley::lookup
