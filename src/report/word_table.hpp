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
    std::uint32_t value = basis;
    for (std::size_t at = name.size(); at-- > 0;) {
      if (name[at] == '.' && is_there(name.substr(at + 1), value)) return true;
      if (name.size() - at > longest_) return false;
      value = mixed(value, name[at]);
    }
    return is_there(name, value);
  }

 private:
  static constexpr std::size_t size = std::bit_ceil(2 * Words);
  static constexpr std::uint32_t basis = 2166136261U;

  /// FNV-1a, from the end.
  static constexpr std::uint32_t mixed(std::uint32_t value, char c) {
    return (value ^ static_cast<unsigned char>(to_lower(c))) * 16777619U;
  }
  static constexpr std::uint32_t hash(std::string_view word) {
    std::uint32_t value = basis;
    for (std::size_t at = word.size(); at-- > 0;) value = mixed(value, word[at]);
    return value;
  }
  static constexpr std::size_t slot(std::uint32_t value) { return (value ^ (value >> 15U)) % size; }
  constexpr bool is_there(std::string_view word, std::uint32_t value) const {
    for (std::size_t at = slot(value); slots_[at] != 0; at = (at + 1) % size)
      if (equal_ignoring_case(words_[slots_[at] - 1U], word)) return true;
    return false;
  }

  std::array<std::string_view, Words> words_;
  std::array<std::uint16_t, size> slots_{};
  std::size_t longest_ = 0;
};

}  // namespace parley::report
