#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::intel {

/// Texts that may stand anywhere in a value, each with the number of the list that it is on: one automaton
/// over all of them (Aho and Corasick, "Efficient string matching", 1975), so that a look-up is linear in the
/// value however many texts there are. ASCII letters count as lower case on both sides.
class SubstringTable {
 public:
  static constexpr std::uint16_t none = UINT16_MAX;

  /// Empty texts are not taken.
  void add(std::string_view text, std::uint16_t list);
  /// After the last `add` and before `find`: linear in all texts, about 13 bytes of memory for each of
  /// theirs.
  void build();
  /// The smallest number of a list with a text that stands in `value`, or `none`.
  std::uint16_t find(std::string_view value) const;

 private:
  struct State {
    std::uint32_t first_child = 0;  // children lie together
    std::uint32_t fail = 0;         // where the longest end of this that begins a text leads
    std::uint16_t children = 0;
    std::uint16_t list = none;  // the smallest of all texts that end here
  };
  void build_states();
  void build_failures();
  /// 0 when there is none.
  std::uint32_t child(std::uint32_t state, char byte) const;
  std::uint32_t next(std::uint32_t state, char byte) const;

  std::vector<std::pair<std::string, std::uint16_t>> texts_;
  std::vector<State> states_;
  std::string bytes_;                           // by which each state is reached
  std::array<std::uint32_t, 256> from_root_{};  // the first step, which most bytes take
};

}  // namespace parley::intel
