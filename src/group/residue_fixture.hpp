#pragma once

#include <cstdint>

#include "group/constants.hpp"

namespace parley::group {

/// An integer modulo 2^255 - 19 by schoolbook arithmetic on 64-bit words: slow, and unlike what it checks.
class Residue {
 public:
  Residue() = default;
  explicit Residue(std::uint64_t small) : words_{small, 0, 0, 0} { reduce(); }
  explicit Residue(const Words& words) : words_{words[0], words[1], words[2], words[3]} { reduce(); }

  friend Residue operator+(const Residue& a, const Residue& b) {
    Residue out;
    Wide carry = 0;
    for (int i = 0; i < 4; ++i) {  // both are below 2^255
      carry += static_cast<Wide>(a.words_[i]) + b.words_[i];
      out.words_[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    out.reduce();
    return out;
  }
  friend Residue operator*(const Residue& a, const Residue& b) {
    // Bit by bit from the top: double, and add.
    Residue out;
    for (int bit = 255; bit >= 0; --bit) {
      out = out + out;
      if ((b.words_[bit / 64] >> (bit % 64) & 1) != 0) out = out + a;
    }
    return out;
  }
  friend Residue operator-(const Residue& a, const Residue& b) { return a + minus_one() * b; }
  bool operator==(const Residue&) const = default;
  bool is_odd() const { return (words_[0] & 1) != 0; }

  /// The sum of limbs[i] · 2^(radix · i).
  static Residue of_limbs(const std::int64_t (&limbs)[5], unsigned radix) {
    Residue out;
    for (int i = 4; i >= 0; --i) {
      out = out * Residue(1ULL << radix);
      if (limbs[i] >= 0)
        out = out + Residue(static_cast<std::uint64_t>(limbs[i]));
      else
        out = out - Residue(static_cast<std::uint64_t>(-limbs[i]));
    }
    return out;
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static Residue minus_one() { return Residue(Words{0xffffffffffffffec, ~0ULL, ~0ULL, ~0ULL >> 1}); }

  bool at_least_p() const {
    constexpr std::uint64_t top = ~0ULL >> 1;
    if (words_[3] != top) return words_[3] > top;
    return words_[2] == ~0ULL && words_[1] == ~0ULL && words_[0] >= 0xffffffffffffffed;
  }
  void reduce() {
    while (at_least_p()) {
      // Minus 2^255 plus 19.
      Wide carry = 19;
      for (std::uint64_t& word : words_) {
        carry += word;
        word = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
      words_[3] -= 1ULL << 63;
    }
  }

  Words words_ = {0, 0, 0, 0};
};

}  // namespace parley::group
