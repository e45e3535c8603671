#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley::intel {

/// One token of a STIX pattern (the lexical rules of STIXPattern.g4 for STIX 2.1).
struct PatternToken {
  enum class Kind : std::uint8_t {
    end,
    error,
    word,  ///< an identifier; keywords are words too, in capitals
    text,  ///< 'string'
    integer,
    decimal,
    hex,     ///< h'…'
    binary,  ///< b'…'
    time,    ///< t'…'
    left_bracket,
    right_bracket,
    left_parenthesis,
    right_parenthesis,
    colon,
    dot,
    comma,
    star,
    equal,
    unequal,
    order,  ///< < <= > >=
  };
  Kind kind = Kind::end;
  std::string_view text;  ///< as written; of quoted literals what stands between the quotes
  std::size_t offset = 0;
  bool has_escape = false;  ///< of a string: `\'` or `\\` is in it
  const char* why = "";     ///< of an error
};

/// Cuts a pattern into tokens, skipping blanks (Unicode ones too) and comments. One look forward at a time.
class PatternLexer {
 public:
  explicit PatternLexer(std::string_view pattern) : text_(pattern) { advance(); }

  const PatternToken& peek() const { return token_; }
  PatternToken next() {
    const PatternToken token = token_;
    advance();
    return token;
  }

 private:
  using Kind = PatternToken::Kind;

  void advance();
  void skip_blanks();
  void make(Kind kind, std::size_t length);
  void fail(const char* why);
  /// A literal in quotes whose first quote stands at `quote`.
  void quoted(Kind kind, std::size_t quote);
  void number();

  std::string_view text_;
  std::size_t at_ = 0;
  PatternToken token_;
};

/// The value of a string literal: `\'` and `\\` without their backslash.
std::string pattern_string(const PatternToken& token);

}  // namespace parley::intel
