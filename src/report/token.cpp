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
                                                      {"punto", "."},
                                                      {"точка", "."},
                                                      {"arobase", "@"},
                                                      {"arroba", "@"},
                                                      {"собака", "@"},
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

/// What is defanged at `at`: what it means, and how many bytes of the text say it.
struct Undone {
  std::size_t at = 0;
  std::string_view meant;
  std::size_t length = 0;  ///< 0: nothing is
};

Undone undone_at(std::string_view text, std::size_t at, std::size_t begin, std::size_t end) {
  const char c = text[at];
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
      if (is_part_of_name(word.written.front()) && at == begin)
        return {};  // "(at) the end": a word of its own
      return {at, word.meant, behind - at};
    }
  }
  const char next = at + 1 < end ? text[at + 1] : '\0';
  const bool after_name = at > begin && is_part_of_name(text[at - 1]);
  const bool before_name = at + 2 < end && is_part_of_name(text[at + 2]);
  // A bracket that was lost, or a dot escaped as in a regular expression.
  if (next == '.' && (closing(c) != '\0' || c == '\\') && after_name && before_name) return {at, ".", 2};
  if (c == '.' && is_close(next) && after_name && before_name) return {at, ".", 2};
  if ((c == '_' || c == '-') && after_name)
    for (const Word& word : underlined)
      if (starts_with_ignoring_case(text.substr(at, end - at), word.written) &&
          at + word.written.size() < end && is_part_of_name(text[at + word.written.size()]))
        return {at, word.meant, word.written.size()};
  return {};
}

/// Whether something may be defanged that begins with `c` and goes on with `next`.
constexpr bool may_begin(char c, char next) {
  switch (c) {
    case '[':
    case '(':
    case '{':
      return true;
    case '\\':
      return next == '.';
    case '.':
      return is_close(next);
    case '_':
    case '-':
      return next == 'd' || next == 'D' || next == 'a' || next == 'A';
    default:
      return false;
  }
}

/// What `may_begin` takes at all, asked in one step.
constexpr std::array<bool, 256> beginnings = [] {
  std::array<bool, 256> out{};
  for (const char c : std::string_view("[({\\._-")) out[static_cast<unsigned char>(c)] = true;
  return out;
}();

/// The first thing that is defanged from `from` on; at `end`, and of no length, when nothing is.
Undone next_undone(std::string_view text, std::size_t from, std::size_t begin, std::size_t end) {
  for (std::size_t at = from; at < end; ++at) {
    if (!beginnings[static_cast<unsigned char>(text[at])]) continue;
    if (!may_begin(text[at], at + 1 < end ? text[at + 1] : '\0')) continue;
    if (const Undone found = undone_at(text, at, begin, end); found.length > 0) return found;
  }
  return {end, {}, 0};
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

void Token::append_same(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin == end) return;
  own_.append(text.substr(begin, end - begin));
  for (std::size_t i = begin; i < end; ++i) origin_.push_back(static_cast<std::uint32_t>(i));
  end_ = end;
}

void Token::assign_refanged(std::string_view text, std::size_t begin, std::size_t end) {
  const std::size_t first = next_undone(text, begin, begin, end).at;
  if (first == end) return assign(text, begin, end);
  clear();
  append_same(text, begin, first);
  append_refanged_from(first, text, begin, end);
}

void Token::append_refanged(std::string_view text, std::size_t begin, std::size_t end) {
  append_refanged_from(begin, text, begin, end);
}

void Token::append_refanged_from(std::size_t at, std::string_view text, std::size_t begin, std::size_t end) {
  while (at < end) {
    const Undone next = next_undone(text, at, begin, end);
    append_same(text, at, next.at);
    for (const char c : next.meant) append(c, next.at, next.at + next.length);
    at = next.at + next.length;
  }
}

}  // namespace parley::report
