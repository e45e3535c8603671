#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ascii.hpp"

namespace parley::report {

/// Words of ASCII that are looked up without regard to case, in one step however many they are. Made when the
/// program is compiled; the words are borrowed.
template <std::size_t Words>
class WordTable {
  static_assert(Words > 0 && Words < 0xFFFF);

 public:
  constexpr explicit WordTable(const std::array<std::string_view, Words>& words) : words_(words) {
    for (std::size_t i = 0; i < Words; ++i) {
      longest_ = words[i].size() > longest_ ? words[i].size() : longest_;
      labels_ = labels_ || words[i].find('.') == std::string_view::npos;
      std::size_t at = slot(hash(words[i]));
      while (slots_[at] != 0) at = (at + 1) % size;
      slots_[at] = static_cast<std::uint16_t>(i + 1);
    }
  }
  constexpr bool has(std::string_view word) const {
    return word.size() <= longest_ && is_there(word, hash(word));
  }
  /// Whether the name, or one that it lies below by whole labels, is among the words.
  constexpr bool has_above(std::string_view name) const {
    bool worth = labels_;
    for (std::size_t at = name.size(); at-- > 0;) {
      if (name[at] == '.') {
        if (worth && has(name.substr(at + 1))) return true;
        worth = true;
      }
      if (name.size() - at > longest_) return false;
    }
    return has(name);
  }

 private:
  static constexpr std::size_t size = std::bit_ceil(2 * Words);

  /// Up to eight bytes as a number, capitals and small letters alike; other bytes may fall together, which
  /// the comparison behind it tells apart.
  static constexpr std::uint64_t four(const char* at) {
    std::uint64_t out = 0;
    for (unsigned i = 0; i < 4; ++i) out |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    return out;
  }
  static constexpr std::uint64_t eight(const char* first, const char* last) {
    return four(first) | four(last) << 32U;
  }
  /// Of the first eight bytes, the last eight, and how many there are: the same time for every length.
  static constexpr std::uint64_t hash(std::string_view word) {
    constexpr std::uint64_t small = 0x2020202020202020;
    const std::size_t size = word.size();
    if (size == 0) return 0;
    const char* const begin = word.data();
    const char* const end = begin + size;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (size >= 8) {
      first = eight(begin, begin + 4);
      last = eight(end - 8, end - 4);
    } else if (size >= 4) {
      first = eight(begin, end - 4);
    } else {
      first = static_cast<std::uint64_t>(static_cast<unsigned char>(begin[0])) |
              static_cast<std::uint64_t>(static_cast<unsigned char>(begin[size / 2])) << 8U |
              static_cast<std::uint64_t>(static_cast<unsigned char>(end[-1])) << 16U;
    }
    return ((first | small) * 0x9E3779B97F4A7C15U) ^ ((last | small) * 0xC2B2AE3D27D4EB4FU) ^ size;
  }
  static constexpr std::size_t slot(std::uint64_t value) {
    return static_cast<std::size_t>((value * 0xD6E8FEB86659FD93U) >> 40U) % size;
  }
  constexpr bool is_there(std::string_view word, std::uint64_t value) const {
    for (std::size_t at = slot(value); slots_[at] != 0; at = (at + 1) % size)
      if (equal_ignoring_case(words_[slots_[at] - 1U], word)) return true;
    return false;
  }

  std::array<std::string_view, Words> words_;
  std::array<std::uint16_t, size> slots_{};
  std::size_t longest_ = 0;
  bool labels_ = false;  ///< whether any word is a label alone
};

}  // namespace parley::report
