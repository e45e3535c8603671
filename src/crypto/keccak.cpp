#include "crypto/keccak.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace parley::crypto {
namespace {

constexpr std::size_t rate = 136;  // bytes; the capacity is twice the 256 bits of the hash
constexpr std::size_t rounds = 24;

/// A lane for each of 5 x 5 places; lane (x, y) of FIPS 202 is at x + 5 y.
using Lanes = std::array<std::uint64_t, 25>;

// FIPS 202, section 3.2.5, algorithm 5: a linear feedback shift register gives the bits of the constants.
constexpr std::array<std::uint64_t, rounds> round_constants = [] {
  std::array<std::uint64_t, rounds> out{};
  unsigned state = 1;
  for (std::uint64_t& constant : out)
    for (unsigned bit = 0; bit <= 6; ++bit) {
      if ((state & 1U) != 0) constant |= std::uint64_t{1} << ((1U << bit) - 1);
      state = (state << 1U) ^ ((state >> 7U) * 0x171U);
    }
  return out;
}();

void permute(Lanes& a) {
  for (const std::uint64_t constant : round_constants) {
    std::array<std::uint64_t, 5> column{};  // theta, section 3.2.1
    for (std::size_t i = 0; i < a.size(); ++i) column.at(i % 5) ^= a.at(i);
    for (std::size_t i = 0; i < a.size(); ++i)
      a.at(i) ^= column.at((i + 4) % 5) ^ std::rotl(column.at((i + 1) % 5), 1);
    // rho and pi, sections 3.2.2 and 3.2.3, along the one cycle that pi goes
    std::size_t x = 1;
    std::size_t y = 0;
    std::uint64_t moved = a[1];
    for (int step = 0; step < 24; ++step) {
      const std::size_t next = (2 * x + 3 * y) % 5;
      x = y;
      y = next;
      const std::uint64_t there = a.at(x + 5 * y);
      a.at(x + 5 * y) = std::rotl(moved, (step + 1) * (step + 2) / 2 % 64);
      moved = there;
    }
    for (std::size_t row = 0; row < a.size(); row += 5) {  // chi, section 3.2.4
      std::array<std::uint64_t, 5> before{};
      for (std::size_t i = 0; i < 5; ++i) before.at(i) = a.at(row + i);
      for (std::size_t i = 0; i < 5; ++i)
        a.at(row + i) = before.at(i) ^ (~before.at((i + 1) % 5) & before.at((i + 2) % 5));
    }
    a[0] ^= constant;  // iota, section 3.2.5
  }
}

void absorb(Lanes& a, std::size_t at, std::uint8_t byte) {
  a.at(at / 8) ^= std::uint64_t{byte} << (8 * (at % 8));
}

}  // namespace

Hash256 keccak256(BytesView data) {
  Lanes a{};
  std::size_t at = 0;
  for (const std::uint8_t byte : data) {
    absorb(a, at++, byte);
    if (at < rate) continue;
    permute(a);
    at = 0;
  }
  absorb(a, at, 0x01);
  absorb(a, rate - 1, 0x80);
  permute(a);
  Hash256 out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out.at(i) = static_cast<std::uint8_t>(a.at(i / 8) >> (8 * (i % 8)));
  return out;
}

}  // namespace parley::crypto
