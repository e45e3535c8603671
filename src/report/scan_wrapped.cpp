#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ascii.hpp"
#include "report/scanner.hpp"

namespace parley::report {
namespace {

using intel::SelectorType;

constexpr std::size_t longest_digest = 128;

/// The digits of a piece of a hash that stands alone between blanks; a hyphen that breaks the line is none.
/// No more are counted than no piece has.
std::size_t hex_run(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end - at < longest_digest && hex_digit(text[end]) >= 0) ++end;
  return end - at;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/// Where the next line begins to say something: behind one line end and blanks. 0: there is none, or it is
/// empty.
std::size_t next_line(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  if (at >= text.size() || text[at] != '\n') return 0;
  ++at;
  while (at < text.size() && is_blank(text[at])) ++at;
  return at < text.size() && text[at] != '\n' ? at : 0;
}

/// Characters behind which a URL is broken, and such as the rest of one has that no word has.
constexpr std::string_view url_breaks = "-/=&?_%.";
bool goes_on_like_url(std::string_view piece) {
  if (piece.empty()) return false;
  if (!is_alnum(piece.front()) && url_breaks.find(piece.front()) == std::string_view::npos) return false;
  // "2." numbers the next line of a list.
  const std::size_t digits = std::min(piece.find_first_not_of("0123456789"), piece.size());
  if (digits > 0 && (piece.substr(digits) == "." || piece.substr(digits) == ")")) return false;
  piece.remove_suffix(1);
  for (const char c : piece)
    if (is_digit(c) || url_breaks.find(c) != std::string_view::npos) return true;
  return false;
}

}  // namespace

/// A hash that is broken over lines, as narrow columns and mails do it: pieces of hexadecimal digits that
/// stand alone, of one length but for the last, and together as long as a hash. Where the first piece is as
/// long as a hash itself, what it makes with the next is a guess and held back, and 0 is returned: the pieces
/// are looked at as well. Else where it ends.
std::size_t Scanner::wrapped_digest(std::size_t begin, std::size_t end) {
  constexpr std::size_t shortest = 16;  // shorter ones are lines of a memory dump
  constexpr std::size_t most_pieces = 8;
  std::size_t first = end - begin;
  if (text_[end - 1] == '-') --first;
  if (first < shortest || first >= longest_digest || hex_run(text_, begin) != first) return 0;
  const bool guess = digest_type(first).has_value();
  std::array<Range, most_pieces> pieces{};
  pieces[0] = {begin, begin + first};
  std::size_t count = 1;
  std::size_t digits = first;
  std::size_t last = first;
  std::optional<SelectorType> type;
  std::size_t at = end;
  while (!type && count < most_pieces && last == first) {
    const std::size_t next = next_line(text_, at);
    if (next == 0) return 0;
    last = hex_run(text_, next);
    at = next + last;
    if (at < text_.size() && text_[at] == '-') ++at;
    if (last == 0 || last > first || (at < text_.size() && !is_space(text_[at]))) return 0;
    pieces.at(count++) = {next, next + last};
    digits += last;
    type = digest_type(digits);
    if (guess && (count > 2 || digest_type(last))) return 0;
  }
  if (!type) return 0;
  // Lines of one length before and behind are a dump.
  if (last == first) {
    std::size_t before = begin;
    while (before > 0 && is_space(text_[before - 1])) --before;
    if (before >= first && hex_run(text_.substr(0, before), before - first) == first) return 0;
    if (const std::size_t next = next_line(text_, at); next != 0 && hex_run(text_, next) >= shortest)
      return 0;
  }
  token_.clear();
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = pieces.at(i).begin; c < pieces.at(i).end; ++c) token_.append(text_[c], c, c + 1);
  const std::size_t known = found_.size();
  digest(token_, {0, token_.size()}, *type);
  if (found_.size() == known) return 0;
  found_.back().defanged = false;
  if (!guess) return at;
  found_.back().hold = Hold::wrapped;
  return 0;
}

/// A URL whose line ends where URLs are broken, and the next line begins as one may go on: held back, for the
/// analyst to judge, beside the one of its line alone.
void Scanner::wrapped_url(std::size_t begin, std::size_t end) {
  if (url_breaks.find(text_[end - 1]) == std::string_view::npos) return;
  const std::size_t next = next_line(text_, end);
  if (next == 0 || begins_with_url(text_.substr(next))) return;  // the next line has one of its own
  const std::size_t stop = end_of_token(text_, next);
  const std::string_view piece = text_.substr(next, stop - next);
  if (piece.size() > max_token_bytes || !goes_on_like_url(piece)) return;
  token_.clear();
  token_.append_refanged(text_, begin, end);
  const std::size_t before = token_.size();
  const auto alone = find_url(token_.plain(), 0);
  if (!alone || alone->scheme.empty()) return;
  token_.append_refanged(text_, next, stop);
  const auto url = find_url(token_.plain(), alone->begin);
  if (!url || url->end <= before || url->begin != alone->begin) return;
  if (find_url(token_.plain(), url->rest)) return;  // the same, further on
  const std::size_t known = found_.size();
  take_url(token_, *url);
  for (std::size_t i = known; i < found_.size(); ++i) {
    found_[i].hold = Hold::wrapped;
    found_[i].defanged = false;
  }
}

}  // namespace parley::report
