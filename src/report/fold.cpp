#include "report/fold.hpp"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "base/ascii.hpp"

namespace parley::report {
namespace {

/// Cyrillic from U+0430 (а) to U+044F (я), romanised as English-language reports do (BGN/PCGN, without
/// signs).
constexpr std::array<std::string_view, 32> cyrillic_letters = {
    "a", "b", "v", "g", "d", "e",  "zh", "z",  "i",  "y",    "k", "l", "m", "n", "o",  "p",
    "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "",  "y", "",  "e", "yu", "ya"};

struct Letter {
  char32_t point;
  std::string_view latin;
};
/// The other letters of Cyrillic alphabets, and Latin letters that do not decompose; lower case, by code
/// point.
constexpr std::array other_letters = std::to_array<Letter>({
    {U'æ', "ae"}, {U'ð', "d"}, {U'ø', "o"}, {U'þ', "th"}, {U'đ', "d"},  {U'ħ', "h"},
    {U'ı', "i"},  {U'ĸ', "k"}, {U'ł', "l"}, {U'ŋ', "n"},  {U'œ', "oe"}, {U'ŧ', "t"},
    {U'ə', "e"},  {U'ѐ', "e"}, {U'ё', "e"}, {U'ђ', "dj"}, {U'ѓ', "g"},  {U'є', "e"},
    {U'ѕ', "dz"}, {U'і', "i"}, {U'ї', "i"}, {U'ј', "j"},  {U'љ', "lj"}, {U'њ', "nj"},
    {U'ћ', "c"},  {U'ќ', "k"}, {U'ѝ', "i"}, {U'ў', "u"},  {U'џ', "dz"}, {U'ґ', "g"},
});

constexpr bool is_cyrillic(char32_t point) {
  return point >= 0x400 && point <= 0x52F;
}
/// Scripts that put no blanks between words.
constexpr bool stands_alone(char32_t point) {
  return (point >= 0x2E80 && point <= 0x9FFF && !(point >= 0x3000 && point <= 0x3004) &&
          !(point >= 0x3008 && point <= 0x3020)) ||
         (point >= 0xF900 && point <= 0xFAFF) || (point >= 0x20000 && point <= 0x3FFFF);
}

bool is_mark(char32_t point) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

bool is_letter(char32_t point) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO);
}

bool append_known(std::string& out, char32_t lower) {
  if (lower >= 0x430 && lower <= 0x44F) {
    out += cyrillic_letters[lower - 0x430];
    return true;
  }
  for (const Letter& letter : other_letters) {
    if (letter.point != lower) continue;
    out += letter.latin;
    return true;
  }
  return false;
}

/// What a letter that is not ASCII is folded to.
std::string fold_point(char32_t point) {
  std::string out;
  const auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
  if (append_known(out, lower)) return out;
  std::array<utf8proc_uint8_t, 5> bytes{};
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(lower), bytes.data());
  utf8proc_uint8_t* mapped = nullptr;
  const auto length =
      utf8proc_map(bytes.data(), size, &mapped,
                   // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): a set of bits
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                                  UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length > 0) out.assign(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
  return out;
}

/// Latin and Cyrillic letters, folded once.
const std::array<std::string, 0x530>& common_letters() {
  static const auto table = [] {
    std::array<std::string, 0x530> out;
    for (char32_t point = 0x80; point < out.size(); ++point)
      if (is_letter(point)) out[point] = fold_point(point);
    return out;
  }();
  return table;
}

struct Rewrite {
  std::string_view written;
  std::string_view sound;
};
/// Longest first where one begins another. Capitals stand for sounds that one Latin letter does not have.
constexpr std::array rewrites = std::to_array<Rewrite>({
    {"schtsch", "S"}, {"shtsh", "S"}, {"shch", "S"}, {"stsch", "S"}, {"szcz", "S"}, {"chtch", "S"},
    {"sch", "S"},     {"sh", "S"},    {"sz", "S"},   {"tsch", "C"},  {"tch", "C"},  {"tsh", "C"},
    {"cz", "C"},      {"ch", "C"},    {"zh", "Z"},   {"kh", "h"},    {"ts", "c"},   {"tz", "c"},
    {"ph", "f"},      {"th", "t"},    {"ck", "k"},   {"x", "ks"},    {"w", "v"},    {"q", "k"},
    {"yu", "u"},      {"ju", "u"},    {"iu", "u"},   {"ya", "a"},    {"ja", "a"},   {"ia", "a"},
    {"ye", "e"},      {"je", "e"},    {"ie", "e"},   {"yo", "e"},    {"jo", "e"},   {"iy", "i"},
    {"ij", "i"},      {"yj", "i"},    {"ii", "i"},   {"yy", "i"},    {"y", "i"},    {"j", "i"},
    {"c", "k"},
});

}  // namespace

FoldedText fold_words(std::string_view text) {
  FoldedText out;
  out.folded.reserve(text.size());
  bool open = false;
  const auto close = [&](std::size_t end) {
    if (!open) return;
    out.words.back().end = static_cast<std::uint32_t>(end);
    out.words.back().folded_end = static_cast<std::uint32_t>(out.folded.size());
    open = false;
    if (out.words.back().folded_begin == out.words.back().folded_end) out.words.pop_back();
  };
  const auto begin = [&](std::size_t at, bool capital) {
    if (open) return;
    Word word;
    word.begin = static_cast<std::uint32_t>(at);
    word.folded_begin = static_cast<std::uint32_t>(out.folded.size());
    word.capital = capital;
    out.words.push_back(word);
    open = true;
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_ascii(c)) {
      if (is_alnum(c)) {
        begin(at, is_upper(c));
        out.folded.push_back(to_lower(c));
      } else {
        close(at);
      }
      ++at;
      continue;
    }
    utf8proc_int32_t read = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                         static_cast<utf8proc_ssize_t>(text.size() - at), &read);
    if (length <= 0) {
      close(at);
      ++at;
      continue;
    }
    const auto point = static_cast<char32_t>(read);
    const auto size = static_cast<std::size_t>(length);
    if (open && is_mark(point)) {  // a combining accent belongs to the letter before
      at += size;
      continue;
    }
    if (!is_letter(point)) {
      close(at);
      at += size;
      continue;
    }
    if (stands_alone(point)) {
      close(at);
      begin(at, false);
      out.folded += fold_point(point);
      close(at + size);
      at += size;
      continue;
    }
    begin(at, utf8proc_tolower(read) != read);
    if (is_cyrillic(point)) out.words.back().cyrillic = true;
    out.folded += point < common_letters().size() ? common_letters()[point] : fold_point(point);
    at += size;
  }
  close(text.size());
  return out;
}

std::string fold_name(std::string_view name) {
  const FoldedText folded = fold_words(name);
  std::string out;
  for (std::size_t i = 0; i < folded.words.size(); ++i) {
    if (i > 0) out.push_back(' ');
    out += folded.word(i);
  }
  return out;
}

std::string sound_of(std::string_view folded) {
  std::string out;
  std::string_view rest = folded;
  while (!rest.empty()) {
    std::string_view sound = rest.substr(0, 1);
    std::size_t taken = 1;
    if (rest == "ff") {  // -off is -ov
      sound = "v";
      taken = 2;
    } else {
      for (const Rewrite& rewrite : rewrites) {
        if (!rest.starts_with(rewrite.written)) continue;
        sound = rewrite.sound;
        taken = rewrite.written.size();
        break;
      }
    }
    for (const char c : sound)
      if (out.empty() || out.back() != c) out.push_back(c);
    rest.remove_prefix(taken);
  }
  return out;
}

}  // namespace parley::report
