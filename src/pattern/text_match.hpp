#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace parley::pattern {

/// The text in Unicode normalisation form C; what is ASCII alone comes back as it is.
std::string normalised(std::string_view text);
/// The text one byte a code point when all of them are below U+0100, else nothing (STIX 2.1 section 9.6.4).
std::optional<std::string> as_bytes_of_code_points(std::string_view text);

/// A regular expression of MATCHES. STIX asks for PCRE, searched for, dot matching line ends; RE2 does in
/// linear time all of it but what needs backtracking, and that is refused by name.
class Regex {
 public:
  /// Bad input when it is none, or one that RE2 cannot do: the message names the construct and its place.
  static Result<Regex> compile(std::string_view expression);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// Whether it occurs in a text (UTF-8), after normalisation. Linear in the text.
  bool occurs_in_text(std::string_view text) const;
  /// Whether it occurs in a string of octets; never when it holds a character above U+00FF.
  bool occurs_in_bytes(std::string_view bytes) const;

 private:
  Regex();
  std::unique_ptr<re2::RE2> text_;
  std::unique_ptr<re2::RE2> bytes_;  ///< null when it cannot be said in octets
};

/// A pattern of LIKE: `%` is any number of characters, `_` is one, nothing else is special.
class LikePattern {
 public:
  explicit LikePattern(std::string_view like);
  /// The whole text (UTF-8), after normalisation. `work` grows by the comparisons made.
  bool matches_text(std::string_view text, std::uint64_t& work) const;
  bool matches_bytes(std::string_view bytes, std::uint64_t& work) const;

 private:
  std::string like_;
  std::optional<std::string> bytes_;
};

}  // namespace parley::pattern
