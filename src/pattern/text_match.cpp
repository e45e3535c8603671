#include "pattern/text_match.hpp"

#include <re2/re2.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "base/ascii.hpp"

namespace parley::pattern {
namespace {

constexpr std::int64_t max_regex_memory = 8 << 20;

/// Bytes of the code point that begins with this byte, in valid UTF-8.
std::size_t code_point_bytes(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

struct Unsupported {
  std::string_view construct;
  std::size_t offset;
};

/// The construct of a group that begins `(?`.
std::string_view unsupported_group(std::string_view group) {
  struct Known {
    std::string_view begin;
    std::string_view name;
  };
  constexpr Known known[] = {
      {"(?=", "a look-ahead (?=…)"},        {"(?!", "a negative look-ahead (?!…)"},
      {"(?<=", "a look-behind (?<=…)"},     {"(?<!", "a negative look-behind (?<!…)"},
      {"(?>", "an atomic group (?>…)"},     {"(?(", "a condition (?(…)…)"},
      {"(?R", "a recursion (?R)"},          {"(?&", "a call of a group (?&…)"},
      {"(?P>", "a call of a group (?P>…)"}, {"(?P=", "a back-reference (?P=…)"},
      {"(?|", "a branch reset (?|…)"},      {"(?#", "a comment (?#…)"},
  };
  for (const Known& one : known)
    if (group.starts_with(one.begin)) return one.name;
  if (group.size() > 2 && is_digit(group[2])) return "a call of a group (?1)";
  return {};
}

std::string_view unsupported_escape(char c) {
  if (c >= '1' && c <= '9') return "a back-reference \\1";
  switch (c) {
    case 'k':
    case 'g':
      return "a back-reference \\k, \\g";
    case 'K':
      return "a reset of the match \\K";
    case 'G':
      return "an anchor at the last match \\G";
    case 'X':
      return "a grapheme \\X";
    case 'R':
      return "a line end of any kind \\R";
    case 'h':
    case 'H':
      return "a horizontal blank \\h";
    case 'N':
      return "no line end \\N";
    case 'Z':
      return "an end before a line end \\Z";
    case 'u':
      return "a code point \\u0041 (write \\x{0041})";
    default:
      return {};
  }
}

/// What RE2 cannot do in an expression that it refused, as far as it has a name.
std::optional<Unsupported> find_unsupported(std::string_view text) {
  bool in_class = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char after = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\') {
      if (const std::string_view name = unsupported_escape(after); !name.empty() && !in_class)
        return Unsupported{name, i};
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      if (after == '^') ++i;
      if (i + 1 < text.size() && text[i + 1] == ']') ++i;
    } else if (c == '(' && after == '?') {
      if (const std::string_view name = unsupported_group(text.substr(i)); !name.empty())
        return Unsupported{name, i};
    } else if (after == '+' && (c == '*' || c == '+' || c == '?' || c == '}')) {
      return Unsupported{"a possessive quantifier (*+, ++, ?+)", i};
    }
  }
  return std::nullopt;
}

std::unique_ptr<re2::RE2> make_regex(std::string_view expression, re2::RE2::Options::Encoding encoding) {
  re2::RE2::Options options;
  options.set_encoding(encoding);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(max_regex_memory);
  return std::make_unique<re2::RE2>(re2::StringPiece(expression.data(), expression.size()), options);
}

/// Greedy matching with one way back, to the last `%`: at most pattern times text. `width` gives the length
/// of the character at a place.
template <class Width>
bool wildcards(std::string_view like, std::string_view text, Width width, std::uint64_t& work) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t percent = none;
  std::size_t resume = 0;
  while (t < text.size()) {
    ++work;
    if (p < like.size() && like[p] == '%') {
      percent = p++;
      resume = t;
    } else if (p < like.size() && like[p] == '_') {
      ++p;
      t += width(text[t]);
    } else if (p < like.size() && like[p] == text[t]) {
      ++p;
      ++t;
    } else if (percent != none) {
      resume += width(text[resume]);
      t = resume;
      p = percent + 1;
    } else {
      return false;
    }
  }
  while (p < like.size() && like[p] == '%') ++p;
  return p == like.size();
}

}  // namespace

std::string normalised(std::string_view text) {
  if (all_ascii(text)) return std::string(text);
  // A set of flags in an enumeration, as the library has it.
  const auto flags = static_cast<utf8proc_option_t>(  // NOLINT(clang-analyzer-optin.core.EnumCastOutOfRange)
      UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &composed, flags);
  std::string out =
      size < 0 ? std::string(text)
               : std::string(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
  std::free(composed);
  return out;
}

std::optional<std::string> as_bytes_of_code_points(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      out += text[i];
    } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < text.size()) {
      ++i;
      out += static_cast<char>(((byte & 0x03U) << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU));
    } else {
      return std::nullopt;
    }
  }
  return out;
}

Regex::Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view expression) {
  const std::string composed = normalised(expression);
  Regex out;
  out.text_ = make_regex(composed, re2::RE2::Options::EncodingUTF8);
  if (!out.text_->ok()) {
    if (const auto unsupported = find_unsupported(composed))
      return fail(ErrorKind::bad_input,
                  "the regular expression has " + std::string(unsupported->construct) + " at byte " +
                      std::to_string(unsupported->offset) +
                      ": only what can be searched for in linear time is done (RE2); say it without");
    return fail(ErrorKind::bad_input, "no regular expression that RE2 reads: " + out.text_->error());
  }
  if (const auto bytes = as_bytes_of_code_points(composed)) {
    out.bytes_ = make_regex(*bytes, re2::RE2::Options::EncodingLatin1);
    if (!out.bytes_->ok()) out.bytes_ = nullptr;
  }
  return out;
}

bool Regex::occurs_in_text(std::string_view text) const {
  if (all_ascii(text)) return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *text_);
  return re2::RE2::PartialMatch(normalised(text), *text_);
}

bool Regex::occurs_in_bytes(std::string_view bytes) const {
  return bytes_ && re2::RE2::PartialMatch(re2::StringPiece(bytes.data(), bytes.size()), *bytes_);
}

LikePattern::LikePattern(std::string_view like)
    : like_(normalised(like)), bytes_(as_bytes_of_code_points(like_)) {}

bool LikePattern::matches_text(std::string_view text, std::uint64_t& work) const {
  if (all_ascii(text)) return wildcards(like_, text, code_point_bytes, work);
  return wildcards(like_, normalised(text), code_point_bytes, work);
}

bool LikePattern::matches_bytes(std::string_view bytes, std::uint64_t& work) const {
  return bytes_ && wildcards(*bytes_, bytes, [](char) -> std::size_t { return 1; }, work);
}

}  // namespace parley::pattern
