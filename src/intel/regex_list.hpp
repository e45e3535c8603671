#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace parley::intel {

/// Regular expressions of one list, any of which may match anywhere in a value. RE2: linear in the value,
/// whatever the expressions.
class RegexList {
 public:
  /// The longest expression, in bytes.
  static constexpr std::size_t max_bytes = 4'096;

  RegexList();
  ~RegexList();
  RegexList(RegexList&&) noexcept;
  RegexList& operator=(RegexList&&) noexcept;

  /// An expression as MISP writes them: bare, or between slashes (or `#`, `~`) with flags behind, of which
  /// `i`, `m`, `s` and `U` count, and `g`, `u` change nothing here. `bad_input` says what RE2 cannot do with
  /// it (look-around, back references, more than it has room for).
  Result<void> add(std::string_view expression);
  /// After the last `add` and before `matches`.
  Result<void> build();
  /// May be called from many threads.
  bool matches(std::string_view value) const;
  std::size_t size() const { return expressions_.size(); }

 private:
  struct Together;
  std::vector<std::unique_ptr<re2::RE2>> expressions_;
  std::unique_ptr<Together> together_;  // all in one automaton
};

}  // namespace parley::intel
