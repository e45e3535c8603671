#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "report/scanner.hpp"
#include "report/word_table.hpp"

namespace parley::report {
namespace {

using intel::SelectorType;

/// The hashes of no bytes at all.
constexpr std::array empty_files = std::to_array<std::string_view>(
    {"d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931b"
     "d47417a81"
     "a538327af927da3e"});
/// Words in front of hexadecimal digits that make them the name of something else.
constexpr WordTable identifier_words(std::to_array<std::string_view>(
    {"commit",   "commits", "uuid",   "guid",         "clsid", "revision", "tree",
     "blob",     "nonce",   "salt",   "ja3",          "ja3s",  "hassh",    "imphash",
     "impfuzzy", "pehash",  "richpe", "authentihash", "dhash", "phash",    "icon"}));

constexpr std::size_t max_encoded_bytes = 8192;

std::string from_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

/// Base64 of either alphabet, with or without padding; what does not decode is cut off.
std::string from_any_base64(std::string_view text) {
  std::string normal;
  for (const char c : text.substr(0, max_encoded_bytes))
    normal.push_back(c == '-' ? '+' : c == '_' ? '/' : c);
  normal.resize(normal.size() - normal.size() % 4 + (normal.size() % 4 == 1 ? 0 : normal.size() % 4));
  while (normal.size() % 4 != 0) normal.push_back('=');
  Result<Bytes> bytes = from_base64(normal);
  std::string out(bytes ? as_text(*bytes) : std::string_view());
  while (!out.empty() && (is_space(out.back()) || out.back() == '\0')) out.pop_back();
  return out;
}

}  // namespace

std::optional<SelectorType> digest_type(std::size_t digits) {
  switch (digits) {
    case 32:
      return SelectorType::file_md5;
    case 40:
      return SelectorType::file_sha1;
    case 64:
      return SelectorType::file_sha256;
    case 128:
      return SelectorType::file_sha512;
    default:
      return std::nullopt;
  }
}

/// Hashes: runs of hexadecimal digits of the right length, alone or as part of a file's name.
void Scanner::digests(const Token& token, Range run) {
  const std::string_view plain = token.plain();
  for (std::size_t begin = run.begin; begin < run.end;) {
    std::size_t end = begin;
    unsigned all = kind_hex;
    for (; end < run.end; ++end) {
      const unsigned kind = byte_kind(plain[end]);
      if ((kind & (kind_digit | kind_letter)) == 0) break;
      all &= kind;
    }
    if (all != 0)
      if (const auto type = digest_type(end - begin)) digest(token, {begin, end}, *type);
    begin = end + 1;
  }
}

void Scanner::digest(const Token& token, Range word, SelectorType type) {
  if (!intel::canonical_value(type, token.plain().substr(word.begin, word.end - word.begin), value_)) return;
  Hold hold = Hold::none;
  if (value_[0] == value_[1] && value_.find_first_not_of(value_[0]) == std::string::npos)
    hold = Hold::placeholder;
  else if (std::ranges::find(empty_files, value_) != empty_files.end())
    hold = Hold::empty_file;
  else if (const std::string_view before = word_before(token.offset(word.begin));
           !before.empty() && identifier_words.has(before))
    hold = Hold::identifier;
  emit_value(token, word, type, hold);
}

/// CVE numbers, AS numbers, wallets, accounts, MAC addresses, encoded URLs: whatever says by its form what it
/// is.
void Scanner::long_word(const Token& token, Range run, ByteKinds kinds) {
  const std::string_view plain = token.plain();
  const std::string_view word = plain.substr(run.begin, run.end - run.begin);
  const bool hexadecimal = (kinds.all & kind_hex) != 0;
  if (hexadecimal && word.size() >= 40 && !word.starts_with("68747470")) return;  // a hash, no wallet
  if (starts_with_ignoring_case(word, "CVE-")) {
    std::size_t end = 4;
    while (end < word.size() && (is_digit(word[end]) || (end == 8 && word[end] == '-'))) ++end;
    emit(token, {run.begin, run.begin + end}, SelectorType::cve, word.substr(0, end), Hold::none);
    return;
  }
  if (word.starts_with("AS") && word.size() <= 13) {
    std::string_view number = word.substr(2);
    if (number.starts_with('N')) number.remove_prefix(1);
    if (number.empty() || !std::ranges::all_of(number, is_digit)) return;
    // AS/400, AS1 to AS4: products and protocols.
    const Hold hold = number.size() < 3 || number == "400" ? Hold::code_name : Hold::none;
    emit(token, run, SelectorType::autonomous_system, "AS" + std::string(number), hold);
    return;
  }
  if (starts_with_ignoring_case(word, "http") &&
      starts_with_ignoring_case(plain.substr(run.end), "%3a%2f%2f")) {
    std::size_t end = run.end;
    while (end < plain.size() &&
           (is_alnum(plain[end]) || std::string_view("%-._~+=").find(plain[end]) != std::string_view::npos))
      ++end;
    return encoded_url(token, {run.begin, end},
                       from_percent(plain.substr(run.begin, std::min(end - run.begin, max_encoded_bytes))));
  }
  if (word.size() < 14) return;
  if (word.size() == 14 && word[4] == '.' && word[9] == '.')
    if (emit(token, run, SelectorType::mac_addr, word, Hold::none)) return;
  if (starts_with_ignoring_case(word, "68747470") && word.size() % 2 == 0 &&
      word.size() <= max_encoded_bytes && hexadecimal) {
    if (const auto bytes = from_hex(word)) return encoded_url(token, run, std::string(as_text(*bytes)));
  }
  if (word.starts_with("aHR0c")) {
    std::size_t end = run.begin;
    while (end < plain.size() &&
           (is_alnum(plain[end]) || std::string_view("+/-_=").find(plain[end]) != std::string_view::npos))
      ++end;
    std::string_view encoded = plain.substr(run.begin, end - run.begin);
    while (encoded.ends_with('=')) encoded.remove_suffix(1);
    return encoded_url(token, {run.begin, end}, from_any_base64(encoded));
  }
  if ((kinds.any & (kind_dot | kind_underline | kind_hyphen)) != 0) return;
  const char first = word.front();
  // 25 bytes in base 58 are 35 digits at most.
  if (word.size() >= 26 && (((first == '1' || first == '3') && word.size() <= 35) ||
                            (word.size() <= 90 && starts_with_ignoring_case(word, "bc1"))))
    if (emit(token, run, SelectorType::btc, word, Hold::none)) return;
  if (word.size() == 42 && word.starts_with("0x"))
    if (emit(token, run, SelectorType::eth, word, Hold::none)) return;
  if ((word.size() == 95 || word.size() == 106) && (first == '4' || first == '8'))
    if (emit(token, run, SelectorType::xmr, word, Hold::none)) return;
  if (word.size() >= 26 && word.size() <= 35 && (first == 'X' || first == '7'))
    if (emit(token, run, SelectorType::dash, word, Hold::none)) return;
  if (word.size() >= 15 && word.size() <= 34 && is_alpha(word[0]) && is_alpha(word[1]) && is_digit(word[2]) &&
      is_digit(word[3]))
    emit(token, run, SelectorType::iban, word, Hold::none);
}

/// "GB29 NWBK 6016 1331 9268 19": groups of four, the last one shorter.
void Scanner::iban(const Token& token, Range run) {
  constexpr int max_groups = 9;
  const std::size_t begin = token.offset(run.begin);
  std::size_t end = token.offset(run.end);
  if (end - begin != 4) return;
  std::string joined(text_.substr(begin, 4));
  std::size_t best = 0;
  for (int group = 1; group < max_groups && end + 1 < text_.size() && text_[end] == ' '; ++group) {
    std::size_t next = end + 1;
    while (next < text_.size() && next - end <= 5 && is_alnum(text_[next])) ++next;
    const std::size_t size = next - end - 1;
    if (size == 0 || size > 4) break;
    joined += text_.substr(end + 1, size);
    end = next;
    if (joined.size() >= 15 && intel::canonical_value(SelectorType::iban, joined, value_)) best = end;
    if (size < 4) break;
  }
  if (best == 0) return;
  joined.clear();
  for (const char c : text_.substr(begin, best - begin))
    if (c != ' ') joined.push_back(c);
  if (!emit(token, run, SelectorType::iban, joined, Hold::none)) return;
  found_.back().end = best;
  found_.back().defanged = false;
}

}  // namespace parley::report
