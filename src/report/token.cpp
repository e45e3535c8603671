#include "report/token.hpp"

#include <array>

#include "base/ascii.hpp"

namespace parley::report {
namespace {

struct Word {
  std::string_view written;
  std::string_view meant;
};
/// What stands between a pair of brackets, longest first.
constexpr std::array bracketed = std::to_array<Word>({{"dot", "."},
                                                      {"punkt", "."},
                                                      {"point", "."},
                                                      {"://", "://"},
                                                      {":\\\\", "://"},
                                                      {"at", "@"},
                                                      {"//", "//"},
                                                      {".", "."},
                                                      {"@", "@"},
                                                      {":", ":"},
                                                      {"/", "/"}});
/// The same between underscores or hyphens, and alone.
constexpr std::array underlined = std::to_array<Word>({{"_dot_", "."}, {"_at_", "@"}, {"-dot-", "."}});

constexpr char closing(char open) {
  return open == '[' ? ']' : open == '(' ? ')' : open == '{' ? '}' : '\0';
}
constexpr bool is_close(char c) {
  return c == ']' || c == ')' || c == '}';
}
constexpr bool is_part_of_name(char c) {
  return is_alnum(c) || !is_ascii(c);
}

}  // namespace

void Token::assign(std::string_view text, std::size_t begin, std::size_t end) {
  view_ = text.substr(begin, end - begin);
  base_ = begin;
  mapped_ = false;
}

void Token::clear() {
  mapped_ = true;
  own_.clear();
  origin_.clear();
  end_ = 0;
}

void Token::append(char c, std::size_t offset, std::size_t end) {
  own_.push_back(c);
  origin_.push_back(static_cast<std::uint32_t>(offset));
  end_ = end;
}

void Token::assign_refanged(std::string_view text, std::size_t begin, std::size_t end) {
  clear();
  append_refanged(text, begin, end);
}

/// Undoes what is defanged at `at`; the number of bytes taken, 0 when nothing is.
std::size_t Token::defanged(std::string_view text, std::size_t at, std::size_t begin, std::size_t end) {
  const char c = text[at];
  const auto meant = [&](std::string_view what, std::size_t length) {
    for (const char m : what) append(m, at, at + length);
    return length;
  };
  // The spelling of several opening brackets in a row is one bracket: [[.]]
  std::size_t open = at;
  while (open < end && open - at < 3 && text[open] == c && closing(c) != '\0') ++open;
  if (open > at) {
    const char close = closing(c);
    for (const Word& word : bracketed) {
      if (!starts_with_ignoring_case(text.substr(open, end - open), word.written)) continue;
      std::size_t behind = open + word.written.size();
      const std::size_t first_close = behind;
      while (behind < end && behind - first_close < open - at && text[behind] == close) ++behind;
      if (behind == first_close) continue;
      if (is_alpha(word.written.front()) && at == begin) return 0;  // "(at) the end": a word of its own
      return meant(word.meant, behind - at);
    }
  }
  const char next = at + 1 < end ? text[at + 1] : '\0';
  const bool after_name = at > begin && is_part_of_name(text[at - 1]);
  const bool before_name = at + 2 < end && is_part_of_name(text[at + 2]);
  // A bracket that was lost, or a dot escaped as in a regular expression.
  if (next == '.' && (closing(c) != '\0' || c == '\\') && after_name && before_name) return meant(".", 2);
  if (c == '.' && is_close(next) && after_name && before_name) return meant(".", 2);
  if ((c == '_' || c == '-') && after_name)
    for (const Word& word : underlined)
      if (starts_with_ignoring_case(text.substr(at, end - at), word.written) &&
          at + word.written.size() < end && is_part_of_name(text[at + word.written.size()]))
        return meant(word.meant, word.written.size());
  return 0;
}

void Token::append_refanged(std::string_view text, std::size_t begin, std::size_t end) {
  for (std::size_t at = begin; at < end;) {
    const char c = text[at];
    if (closing(c) != '\0' || c == '\\' || c == '.' || c == '_' || c == '-') {
      if (const std::size_t taken = defanged(text, at, begin, end); taken > 0) {
        at += taken;
        continue;
      }
    }
    append(c, at, at + 1);
    ++at;
  }
}

}  // namespace parley::report
