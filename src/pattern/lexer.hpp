#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parley::pattern {

/// One token of a pattern (the lexical rules of STIXPattern.g4 for STIX 2.1).
struct Token {
  enum class Kind : std::uint8_t {
    end,
    error,
    word,     ///< an identifier or a keyword
    text,     ///< 'string'
    integer,  ///< a plus sign is left out
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
    less,
    less_or_equal,
    greater,
    greater_or_equal,
  };
  Kind kind = Kind::end;
  bool has_escape = false;   ///< of a string: `\'` or `\\` is in it
  bool has_hyphen = false;   ///< of a word
  std::uint32_t offset = 0;  ///< where it begins
  std::string_view text;     ///< as written; of quoted literals what stands between the quotes
  const char* why = "";      ///< of an error
};

/// Cuts a pattern into tokens, skipping blanks (Unicode ones too) and comments. One look forward at a time.
class Lexer {
 public:
  /// At most 4 GiB - 1.
  explicit Lexer(std::string_view text) : text_(text) { advance(); }

  const Token& peek() const { return token_; }
  void advance();

 private:
  using Kind = Token::Kind;

  void skip_blanks();
  void make(Kind kind, std::size_t length);
  void fail(const char* why);
  /// A literal in quotes whose first quote stands at `quote`.
  void quoted(Kind kind, std::size_t quote);
  void number();
  void word();

  std::string_view text_;
  std::size_t at_ = 0;
  Token token_;
};

/// Words that name no type and no property unless they are in quotes.
bool is_keyword(std::string_view word);

/// Whether a name needs no quotes in an object path.
bool is_plain_name(std::string_view name);

/// YYYY-MM-DDThh:mm:ss(.f+)?Z in capitals, each field in its range. The grammar knows no lengths of months.
bool is_timestamp(std::string_view text);

}  // namespace parley::pattern
