#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"
#include "report/scanner.hpp"
#include "report/word_table.hpp"

namespace parley::report {
namespace {

using intel::SelectorType;

/// Words in front of a dotted number that make it a version.
constexpr WordTable version_words(std::to_array<std::string_view>(
    {"version", "versions", "ver", "v", "build", "builds", "release", "firmware", "update", "revision", "rev",
     "oid", "section", "chapter", "figure", "table", "driver", "patch"}));

Hold hold_of_ipv4(std::uint32_t address) {
  const std::uint32_t first = address >> 24;
  if (address == 0 || address == 0xFFFFFFFF || first == 255) return Hold::placeholder;
  if (first == 10 || first == 127 || first == 0 || first >= 224 || (address >> 20) == 0xAC1 ||
      (address >> 16) == 0xC0A8 || (address >> 16) == 0xA9FE)
    return Hold::not_public;
  return Hold::none;
}

/// The digits of a prefix length or a port behind `at`, or nothing.
std::string_view digits_at(std::string_view plain, std::size_t at) {
  std::size_t end = at;
  while (end < plain.size() && is_digit(plain[end])) ++end;
  return plain.substr(at, end - at);
}

}  // namespace

void Scanner::ipv4(const Token& token, Range run) {
  const std::string_view plain = token.plain();
  for (std::size_t begin = run.begin; begin < run.end;) {
    const std::size_t end = std::min(plain.find('-', begin), run.end);
    const std::string_view address = plain.substr(begin, end - begin);
    const auto parsed = encoding::parse_ipv4(address);
    if (parsed) {
      Hold hold = hold_of_ipv4(*parsed);
      std::string note;
      const char before = begin > 0 ? plain[begin - 1] : '\0';
      if (end < plain.size() && plain[end] == ':') {
        if (const std::string_view port = digits_at(plain, end + 1); !port.empty() && port.size() <= 5)
          note = "port " + std::string(port);
      }
      if (hold == Hold::none && end < plain.size() && plain[end] == '/') {
        const std::string_view bits = digits_at(plain, end + 1);
        const std::size_t behind = end + 1 + bits.size();
        if (!bits.empty() && bits.size() <= 2 && bits != "32" &&
            (behind == plain.size() || !is_alnum(plain[behind])))
          hold = Hold::range;
      }
      if (hold == Hold::none && !token.differs(begin, end)) {
        const bool product = before == '/' && begin > 1 && is_alpha(plain[begin - 2]);  // Chrome/120.0.0.0
        if (product || (before != '=' && version_words.has(word_before(token.offset(begin)))))
          hold = Hold::version;
      }
      value_ = address;  // the one form that is read is the canonical one
      emit_value(token, {begin, end}, SelectorType::ipv4_addr, hold, note);
    }
    begin = end + 1;
  }
}

/// IPv6 addresses, MAC addresses and fingerprints: what is written with colons, or six pairs with hyphens.
void Scanner::colons(const Token& token, Range range, std::vector<Range>& taken) {
  const std::string_view plain = token.plain().substr(0, range.end);
  const auto member = [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.' || c == '-'; };
  for (std::size_t at = range.begin; at < plain.size();) {
    if (!member(plain[at]) || (at > range.begin && is_alnum(plain[at - 1]))) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < plain.size() && member(plain[end])) ++end;
    if (end < plain.size() && is_alnum(plain[end])) {  // a word goes on: not hexadecimal after all
      at = end + 1;
      continue;
    }
    std::size_t begin = at;
    std::size_t stop = end;
    at = end + 1;
    while (begin < stop && (plain[begin] == '.' || plain[begin] == '-')) ++begin;
    if (plain.substr(begin, stop - begin).starts_with(':') && !plain.substr(begin).starts_with("::")) ++begin;
    while (stop > begin && (plain[stop - 1] == '.' || plain[stop - 1] == '-')) --stop;
    if (stop > begin && plain[stop - 1] == ':' && !plain.substr(begin, stop - begin).ends_with("::")) --stop;
    const std::string_view word = plain.substr(begin, stop - begin);
    if (word.size() == 17 && (word[2] == ':' || word[2] == '-')) {
      const bool same = std::ranges::all_of(word, [&](char c) { return c == word[2] || c == word[0]; });
      if (emit(token, {begin, stop}, SelectorType::mac_addr, word, same ? Hold::placeholder : Hold::none))
        taken.push_back({begin, stop});
      continue;
    }
    if (word.size() == 95 && word[2] == ':') {
      if (emit(token, {begin, stop}, SelectorType::x509_sha256, word, Hold::none))
        taken.push_back({begin, stop});
      continue;
    }
    if (std::ranges::count(word, ':') < 2) continue;
    const auto address = encoding::parse_ipv6(word);
    if (!address) continue;
    // Judged as it is stored, however many zeros it was written with.
    std::string canonical;
    if (!intel::canonical_value(SelectorType::ipv6_addr, word, canonical)) continue;
    if (canonical.size() < 4 || std::ranges::none_of(canonical, is_digit)) continue;
    Hold hold = Hold::none;
    if (((*address)[0] & 0xE0) != 0x20) {  // RFC 4291: 2000::/3 is what the internet routes
      const bool local = (*address)[0] >= 0xFC || canonical.starts_with("::");
      if (!local) continue;  // 12::30 and the like
      hold = Hold::not_public;
    }
    if (hold == Hold::none && stop < plain.size() && plain[stop] == '/') {
      const std::string_view bits = digits_at(plain, stop + 1);
      if (!bits.empty() && bits.size() <= 3 && bits != "128") hold = Hold::range;
    }
    if (emit(token, {begin, stop}, SelectorType::ipv6_addr, word, hold)) taken.push_back({begin, stop});
  }
}

}  // namespace parley::report
