#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace parley::match {

/// A set of byte strings by their first 16 bytes, 16 bytes of memory each: tags (never longer) and points, of
/// which 128 bits are enough to tell a million apart (a false hit has probability below 2^-80).
class PrefixTable {
 public:
  void reserve(std::size_t count) { keys_.reserve(count); }
  void add(BytesView bytes) { keys_.push_back(key(bytes)); }
  /// Sorts. Call it once, after the last `add` and before the questions.
  void seal();
  bool contains(BytesView bytes) const;
  bool has_duplicates() const;

 private:
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    auto operator<=>(const Key&) const = default;
  };
  static Key key(BytesView bytes);
  std::vector<Key> keys_;
};

}  // namespace parley::match
