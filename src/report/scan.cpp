#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <tuple>

#include "base/ascii.hpp"
#include "intel/warninglist.hpp"
#include "report/reference.hpp"
#include "report/scanner.hpp"

namespace parley::report {
namespace {

/// What the bytes of a token are: a set of bits, those of ByteKind below.
enum : std::uint16_t {
  digit = kind_digit,
  dot = kind_dot,  // may join the labels of a name
  hyphen = kind_hyphen,
  underline = kind_underline,  // __, _dot_
  all_kinds = 0xFF,
  gap = 0x100,     // ends a token
  sign = 0x200,    // @ : % [ ( { backslash: what else names, addresses and defangings have
  joiner = 0x400,  // separates values of a list
  colon = 0x800,
  at_sign = 0x1000,
  bracket = 0x2000,  // what only defanging has in a name, and brackets
  other = 0x4000,
  any_class = 0xFFFF,
};

constexpr std::array<std::uint16_t, 256> classes_of_bytes = [] {
  std::array<std::uint16_t, 256> out{};
  for (std::size_t c = 0; c < out.size(); ++c)
    out[c] = byte_kinds[c] != 0 ? std::uint16_t{byte_kinds[c]} : std::uint16_t{other};
  for (std::size_t c = 0; c <= 0x20; ++c) out[c] = gap;
  for (const char c : std::string_view("\"`<>|\x7f")) out[static_cast<unsigned char>(c)] = gap;
  for (const char c : std::string_view("@:%[({\\]}")) out[static_cast<unsigned char>(c)] = sign;
  for (const char c : std::string_view("[({\\]})")) out[static_cast<unsigned char>(c)] |= bracket;
  for (const char c : std::string_view(",;")) out[static_cast<unsigned char>(c)] = joiner;
  out[static_cast<unsigned char>(':')] = sign | colon;
  out[static_cast<unsigned char>('@')] = sign | at_sign;
  return out;
}();

constexpr std::uint16_t class_of(char c) {
  return classes_of_bytes[static_cast<unsigned char>(c)];
}

/// A set of bytes, asked in one step.
class ByteSet {
 public:
  constexpr explicit ByteSet(std::string_view bytes) {
    for (const char c : bytes) has_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> has_{};
};
constexpr ByteSet leading("([{'*_~,;:!?.=");
constexpr ByteSet trailing(")]}'*_~,;:!?.");

/// A word that is longer than any of the everyday ones may be a hash, a wallet, an account, an encoded URL.
constexpr std::size_t long_word_bytes = 14;

bool is_label(std::string_view word) {
  if (word.empty() || word.size() > 63 || word.front() == '-' || word.back() == '-') return false;
  return std::ranges::all_of(word, [](char c) { return is_alnum(c) || c == '-'; });
}

/// What a word alone, with or without brackets, joins: '.', '@' or nothing.
char joins(std::string_view word) {
  const bool brackets = word.size() > 2 &&
                        (word.front() == '(' || word.front() == '[' || word.front() == '{') &&
                        (word.back() == ')' || word.back() == ']' || word.back() == '}');
  const std::string_view inner = brackets ? word.substr(1, word.size() - 2) : word;
  if (equal_ignoring_case(inner, "dot") || (brackets && inner == ".")) return '.';
  if (equal_ignoring_case(inner, "at") || (brackets && inner == "@")) return '@';
  return '\0';
}

}  // namespace

std::size_t end_of_token(std::string_view text, std::size_t at) {
  while (at < text.size() && (class_of(text[at]) & gap) == 0) ++at;
  return at;
}

std::size_t wide_delimiter(std::string_view text) {
  if (text.size() < 2) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = static_cast<unsigned char>(text[1]);
  if (first == 0xC2) return second == 0xA0 || second == 0xAB || second == 0xBB || second == 0xB7 ? 2 : 0;
  if (text.size() < 3) return 0;
  const auto third = static_cast<unsigned char>(text[2]);
  if (first == 0xE2 && second == 0x80) return 3;                     // general punctuation
  if (first == 0xE2 && second == 0x81) return third < 0xB0 ? 3 : 0;  // its second half
  if (first == 0xE3 && second == 0x80)
    return third != 0x82 && third < 0xA0 ? 3 : 0;  // but the ideographic stop
  if (first == 0xEF && second == 0xBC) return third < 0x90 && third != 0x8E ? 3 : 0;  // full-width signs
  return 0;
}

/// The word in front of a place, over blanks and a few signs: "version 1.2.3.4", "commit: 5e8d…".
std::string_view Scanner::word_before(std::size_t offset) const {
  std::size_t end = offset;
  for (int skipped = 0; end > 0 && skipped < 4 && !is_alnum(text_[end - 1]); ++skipped) {
    if (text_[end - 1] == '\n' || !is_ascii(text_[end - 1])) return {};
    --end;
  }
  std::size_t begin = end;
  while (begin > 0 && end - begin < 16 && is_alnum(text_[begin - 1])) --begin;
  return text_.substr(begin, end - begin);
}

bool Scanner::emit(const Token& token, Range range, intel::SelectorType type, std::string_view raw, Hold hold,
                   std::string_view note) {
  if (!intel::canonical_value(type, raw, value_)) return false;
  return emit_value(token, range, type, hold, note);
}

bool Scanner::emit_value(const Token& token, Range range, intel::SelectorType type, Hold hold,
                         std::string_view note) {
  if (found_.size() >= options_.max_candidates) return false;
  Candidate& candidate = found_.emplace_back();
  candidate.selector.type = type;
  candidate.selector.value = value_;
  candidate.begin = token.offset(range.begin);
  candidate.end = token.offset(range.end);
  candidate.defanged = token.differs(range.begin, range.end);
  candidate.hold = hold;
  if (!note.empty()) candidate.note = note;
  return true;
}

/// Candidates are large next to the bytes that give them: room for as many as the text will have at this
/// rate.
void Scanner::make_room(std::size_t at) {
  if (found_.size() < found_.capacity() || found_.size() < 64) return;
  const std::size_t expected = found_.size() * (text_.size() / (at + 1) + 1);
  found_.reserve(std::clamp(expected + expected / 8, 2 * found_.size(), 32 * found_.size()));
}

/// Tokens follow each other; what one of them held may have been found in another order.
void Scanner::in_order(std::size_t from) {
  if (found_.size() < from + 2) return;
  std::sort(found_.begin() + static_cast<std::ptrdiff_t>(from), found_.end(),
            [](const Candidate& a, const Candidate& b) {
              return std::tie(a.begin, a.end, a.selector) < std::tie(b.begin, b.end, b.selector);
            });
}

void Scanner::run() {
  const std::size_t size = text_.size();
  std::size_t at = 0;
  std::size_t sorted = 0;
  while (at < size && found_.size() < options_.max_candidates) {
    in_order(sorted);
    sorted = found_.size();
    make_room(at);
    while (at < size && (class_of(text_[at]) & gap) != 0) ++at;
    const std::size_t begin = at;
    unsigned seen = 0;
    unsigned all = any_class;
    for (; at < size; ++at) {
      const std::uint16_t is = class_of(text_[at]);
      if ((is & gap) != 0) break;
      seen |= is;
      all &= is;
    }
    if (at == begin) break;
    // What the text writes with blanks inside, found by what stands behind this token.
    if (at + 3 < size && text_[at] == ' ') {
      const char next = text_[at + 1];
      const char lower = to_lower(next);
      const bool may_join = ((lower == 'd' || next == '(' || next == '[' || next == '{') ||
                             (lower == 'a' && to_lower(text_[at + 2]) == 't' && text_[at + 3] == ' ')) &&
                            is_alnum(text_[at - 1]);
      if (may_join)
        if (const std::size_t end = spaced(begin, at); end > 0) {
          at = end;
          continue;
        }
    }
    if (at < size && text_[at] == ' ' && (text_[at - 1] == '/' || text_[at - 1] == '\\') &&
        (seen & sign) != 0)
      if (const std::size_t end = spaced_url(begin, at); end > 0) {
        at = end;
        continue;
      }
    // What the text breaks over lines.
    if (at < size && is_space(text_[at]) && at - begin >= long_word_bytes && at - begin <= max_token_bytes) {
      if (hex_digit(text_[begin]) >= 0 && hex_digit(text_[begin + 1]) >= 0) {
        if (const std::size_t end = wrapped_digest(begin, at); end > 0) {
          at = end;
          continue;
        }
      }
      if ((seen & (colon | underline)) != 0) wrapped_url(begin, at);
    }
    if (is_plain_name(begin, at, seen)) {
      token_.assign(text_, begin, at);
      run_of_name(token_, {0, at - begin}, {.any = seen & all_kinds, .all = all & all_kinds}, false);
      continue;
    }
    for (std::size_t piece = begin; piece < at; piece += max_token_bytes)
      token(piece, std::min(at, piece + max_token_bytes), seen);
  }
  in_order(sorted);
}

/// Whether a token is one run of letters, digits, dots and hyphens with nothing around it and nothing to undo
/// in it: most of a list of names, addresses or hashes.
bool Scanner::is_plain_name(std::size_t begin, std::size_t end, unsigned seen) const {
  if ((seen & ~unsigned{kind_letter | kind_hex | digit | dot | hyphen}) != 0 || (seen & dot) == 0)
    return false;
  if (!is_alnum(text_[begin]) || !is_alnum(text_[end - 1]) || end - begin > max_token_bytes) return false;
  if ((seen & hyphen) == 0) return true;
  int hyphens = 0;
  for (std::size_t at = begin; at < end; ++at) {
    if (text_[at] != '-') continue;
    if (to_lower(text_[at + 1]) == 'd' || ++hyphens == 5) return false;  // "-dot-"; a MAC address
  }
  return true;
}

/// "example dot com", "example (dot) com", "me at example dot com": where it ends, 0 when it is none of them.
std::size_t Scanner::spaced(std::size_t begin, std::size_t end) {
  constexpr int max_words = 8;
  token_.clear();
  while (begin < end && leading.has(text_[begin])) ++begin;
  const auto append = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) token_.append(text_[i], i, i + 1);
  };
  if (begin == end || text_.substr(begin, end - begin).find('@') != std::string_view::npos) return 0;
  append(begin, end);
  std::size_t at = end;
  bool spoken = false;
  int dots = 0;
  for (int word = 0; word < max_words; ++word) {
    if (at >= text_.size() || text_[at] != ' ') break;
    const std::size_t joint = at + 1;
    const std::size_t behind = end_of_token(text_, joint);
    const char join = joins(text_.substr(joint, behind - joint));
    if (join == '\0' || behind >= text_.size() || text_[behind] != ' ') break;
    if (join == '@' && (word > 0 || token_.plain().find('.') != std::string_view::npos) && dots > 0) break;
    const std::size_t next = behind + 1;
    std::size_t next_end = end_of_token(text_, next);
    while (next_end > next && trailing.has(text_[next_end - 1])) --next_end;
    std::size_t label_end = next;
    while (label_end < next_end && (is_alnum(text_[label_end]) || text_[label_end] == '-' ||
                                    (text_[label_end] == '.' && is_alnum(text_[label_end - 1]))))
      ++label_end;
    if (label_end == next) break;
    token_.append(join, at, next);
    append(next, label_end);
    spoken = spoken || is_alpha(text_[joint]);
    dots += join == '.' ? 1 : 0;
    at = label_end;
    if (label_end != next_end) break;
  }
  if (at == end) return 0;
  const std::string_view plain = token_.plain();
  const std::size_t joint = plain.find('@');
  if (joint != std::string_view::npos && spoken && dots == 0) return 0;  // "look at example.org"
  if (dots == 0 && joint == std::string_view::npos) return 0;
  const std::string_view host = plain.substr(joint == std::string_view::npos ? 0 : joint + 1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (!is_label(last) || (!has_top_level_domain(host) && !is_digit(last.front()))) return 0;
  const std::size_t before = found_.size();
  recognise(token_, any_class, spoken && joint == std::string_view::npos);
  return found_.size() > before ? at : 0;
}

/// "http:// example .com /path": where it ends, 0 when the token is no scheme alone.
std::size_t Scanner::spaced_url(std::size_t begin, std::size_t end) {
  while (begin < end && leading.has(text_[begin])) ++begin;
  token_.clear();
  token_.append_refanged(text_, begin, end);
  const auto url = find_url(token_.plain(), 0);
  if (!url || url->rest != token_.size()) return 0;
  std::size_t at = end;
  bool path = false;
  bool name = false;
  for (int piece = 0; piece < 8 && at + 1 < text_.size() && text_[at] == ' '; ++piece) {
    const std::size_t next = at + 1;
    const char first = text_[next];
    const bool goes_on = !name || first == '.' || (first == '/' && !path) || text_[at - 1] == '.';
    if (!goes_on || path || (class_of(first) & gap) != 0) break;
    const std::size_t next_end = end_of_token(text_, next);
    token_.append_refanged(text_, next, next_end);
    path = text_.substr(next, next_end - next).find('/') != std::string_view::npos;
    name = true;
    at = next_end;
  }
  if (!name) return 0;
  const std::size_t before = found_.size();
  recognise(token_, any_class, false);
  return found_.size() > before ? at : 0;
}

void Scanner::token(std::size_t begin, std::size_t end, unsigned seen) {
  while (begin < end && leading.has(text_[begin])) {
    // The bracket of a value that begins with one: [2001:db8::1], {.}
    if (text_[begin] == ':' && begin + 1 < end && text_[begin + 1] == ':') break;
    ++begin;
  }
  std::size_t stop = end;
  while (stop > begin && trailing.has(text_[stop - 1])) --stop;
  if (begin == stop) return;
  const std::size_t size = stop - begin;
  const char first = text_[begin];
  bool wanted = (seen & (sign | joiner)) != 0 || size >= long_word_bytes;
  if (!wanted && (seen & dot) != 0) wanted = std::memchr(&text_[begin], '.', size) != nullptr;
  if (!wanted && (seen & digit) != 0)
    wanted = (first == 'A' || first == 'a') || (first == 'C' || first == 'c') || size >= 4;
  if (!wanted && (seen & underline) != 0) wanted = size > 6;
  if (!wanted) return;
  if ((seen & sign) != 0) stop = end;
  if ((seen & (bracket | underline | hyphen)) != 0)
    token_.assign_refanged(text_, begin, stop);
  else
    token_.assign(text_, begin, stop);
  recognise(token_, token_.is_rewritten() ? unsigned{any_class} : seen, false);
}

/// `seen`: what the token may hold.
void Scanner::recognise(const Token& token, unsigned seen, bool written_out) {
  const std::string_view plain = token.plain();
  if ((seen & (colon | underline)) == 0) return parts(token, {0, plain.size()}, seen, written_out);
  std::size_t from = 0;
  while (from < plain.size()) {
    const std::optional<Url> url = find_url(plain, from);
    const std::size_t stop = url ? url->begin : plain.size();
    if (stop > from) parts(token, {from, stop}, seen, written_out);
    if (!url) return;
    take_url(token, *url);
    from = std::max(url->end, url->rest);
  }
}

/// Everything but URLs.
void Scanner::parts(const Token& token, Range range, unsigned seen, bool written_out) {
  const std::string_view plain = token.plain().substr(0, range.end);
  std::vector<Range> taken;  // in order: what e-mail addresses and addresses with colons cover
  const std::string_view piece = plain.substr(range.begin);
  if ((seen & at_sign) != 0 && piece.find('@') != std::string_view::npos)
    email(token, range, taken, written_out);
  if (((seen & colon) != 0 && std::ranges::count(piece, ':') >= 2) ||
      ((seen & hyphen) != 0 && piece.size() >= 17 && std::ranges::count(piece, '-') >= 5))
    colons(token, range, taken);
  std::ranges::sort(taken, {}, &Range::begin);
  std::size_t next_taken = 0;
  for (std::size_t at = range.begin; at < plain.size();) {
    if (next_taken < taken.size() && at >= taken[next_taken].begin) {
      at = std::max(at, taken[next_taken++].end);
      continue;
    }
    if (!is_ascii(plain[at])) {
      if (const std::size_t wide = wide_delimiter(plain.substr(at)); wide > 0) {
        at += wide;
        continue;
      }
    } else if (!is_alnum(plain[at]) && plain[at] != '_') {  // neither a dot nor a hyphen begins a name
      ++at;
      continue;
    }
    std::size_t end = at;
    const std::size_t limit = next_taken < taken.size() ? taken[next_taken].begin : plain.size();
    ByteKinds kinds;
    for (; end < limit; ++end) {
      const unsigned kind = byte_kind(plain[end]);
      if (kind == 0 || (kind == kind_wide && wide_delimiter(plain.substr(end)) > 0)) break;
      kinds.add(kind);
    }
    Range run{at, end};
    while (run.end > run.begin &&
           (plain[run.end - 1] == '.' || plain[run.end - 1] == '-' || plain[run.end - 1] == '_'))
      --run.end;
    while (run.begin < run.end && plain[run.begin] == '_') ++run.begin;
    if (run.begin != at || run.end != end)
      kinds = ByteKinds::of(plain.substr(run.begin, run.end - run.begin));
    if (run.end > run.begin) run_of_name(token, run, kinds, written_out);
    at = std::max(end, at + 1);
  }
}

/// A run of letters, digits, dots, hyphens and underscores.
void Scanner::run_of_name(const Token& token, Range run, ByteKinds kinds, bool written_out) {
  const std::string_view plain = token.plain();
  const std::string_view word = plain.substr(run.begin, run.end - run.begin);
  const bool hexadecimal = (kinds.all & kind_hex) != 0;
  const bool one_word = (kinds.any & ~(kind_digit | kind_hex | kind_letter)) == 0U;
  if (word.size() >= 32 && (hexadecimal || !one_word)) digests(token, run);
  if (word.size() >= long_word_bytes || is_digit(word.back()) || plain.substr(run.end).starts_with('%'))
    long_word(token, run, kinds);
  if ((kinds.any & kind_dot) == 0) {
    if (word.size() == 4 && is_alpha(word[0]) && is_alpha(word[1]) && is_digit(word[2]) && is_digit(word[3]))
      iban(token, run);
    return;
  }
  if ((kinds.any & (kind_letter | kind_underline | kind_wide)) == 0)
    ipv4(token, run);
  else
    domain(token, run, kinds, written_out);
}

std::vector<Candidate> extract(std::string_view text, const ExtractOptions& options) {
  Scanner scanner(text.substr(0, max_text_bytes), options);
  scanner.run();
  std::vector<Candidate> found = scanner.take();
  hold_references(text, options, found);
  if (!options.links.empty()) add_link_targets(text, options, found);
  if (options.warninglists == nullptr) return found;
  for (Candidate& candidate : found) {
    if (candidate.hold != Hold::none) continue;
    if (auto list = options.warninglists->hit(candidate.selector)) {
      candidate.hold = Hold::warninglist;
      candidate.note = std::move(*list);
    }
  }
  return found;
}

}  // namespace parley::report
