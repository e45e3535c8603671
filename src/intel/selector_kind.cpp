#include "intel/selector_kind.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.hpp"
#include "intel/refang.hpp"
#include "intel/selector.hpp"

namespace parley::intel {
namespace {

enum class Part : std::uint8_t { whole, first, second };

/// A word of other people's formats, its types in the order in which they are tried, and which part of a
/// composite value (`a|b`) is meant.
struct Kind {
  std::string_view word;
  std::array<std::optional<SelectorType>, 4> types;
  Part part = Part::whole;
};

using enum SelectorType;
constexpr std::array<std::optional<SelectorType>, 4> any_ip = {ipv4_addr, ipv6_addr};
constexpr std::array<std::optional<SelectorType>, 4> any_hash = {file_md5, file_sha1, file_sha256,
                                                                 file_sha512};
constexpr std::array<std::optional<SelectorType>, 4> one(SelectorType type) {
  return {type};
}

/// Sorted by word. MISP attribute types by their own names; the rest are words met in CSV headers and cells.
constexpr std::array kinds = std::to_array<Kind>({
    {"as", one(autonomous_system)},
    {"asn", one(autonomous_system)},
    {"bank-account-nr", one(bank_account)},
    {"bic", one(bank_account)},
    {"bin", one(card_bin)},
    {"bitcoin", one(btc)},
    {"cc-number", one(card_bin)},
    {"domain", one(domain_name)},
    {"domain|ip", one(domain_name), Part::first},
    {"email", one(email_addr)},
    {"email-dst", one(email_addr)},
    {"email-reply-to", one(email_addr)},
    {"email-src", one(email_addr)},
    {"ethereum", one(eth)},
    {"file-hash", any_hash},
    {"filehash-md5", one(file_md5)},
    {"filehash-sha1", one(file_sha1)},
    {"filehash-sha256", one(file_sha256)},
    {"filename|md5", one(file_md5), Part::second},
    {"filename|sha1", one(file_sha1), Part::second},
    {"filename|sha256", one(file_sha256), Part::second},
    {"filename|sha512", one(file_sha512), Part::second},
    {"fqdn", one(domain_name)},
    {"hash", any_hash},
    {"host", one(domain_name)},
    {"hostname", one(domain_name)},
    {"hostname|port", one(domain_name), Part::first},
    {"ip", any_ip},
    {"ip-addr", any_ip},
    {"ip-address", any_ip},
    {"ip-dst", any_ip},
    {"ip-dst|port", any_ip, Part::first},
    {"ip-src", any_ip},
    {"ip-src|port", any_ip, Part::first},
    {"ipv4", one(ipv4_addr)},
    {"ipv6", one(ipv6_addr)},
    {"mac-address", one(mac_addr)},
    {"mail", one(email_addr)},
    {"malware-sample", one(file_md5), Part::second},
    {"md5", one(file_md5)},
    {"monero", one(xmr)},
    {"phone-number", one(phone)},
    {"sha-1", one(file_sha1)},
    {"sha-256", one(file_sha256)},
    {"sha-512", one(file_sha512)},
    {"sha1", one(file_sha1)},
    {"sha256", one(file_sha256)},
    {"sha512", one(file_sha512)},
    {"target-email", one(email_addr)},
    {"uri", one(url)},
    {"vulnerability", one(cve)},
    {"whois-registrant-email", one(email_addr)},
    {"x509-fingerprint-sha256", one(x509_sha256)},
});
static_assert(std::ranges::is_sorted(kinds, {}, &Kind::word));

std::string normal_word(std::string_view word) {
  std::string out;
  for (const char c : trim(word)) out.push_back(c == ' ' || c == '_' ? '-' : to_lower(c));
  return out;
}

std::string_view part_of(std::string_view value, Part part) {
  const std::size_t bar = value.find('|');
  if (part == Part::whole || bar == std::string_view::npos) return value;
  return trim(part == Part::first ? value.substr(0, bar) : value.substr(bar + 1));
}

const Kind* find_kind(std::string_view word) {
  const auto known = std::ranges::lower_bound(kinds, word, {}, &Kind::word);
  return known != kinds.end() && known->word == word ? &*known : nullptr;
}

}  // namespace

std::vector<SelectorType> types_of_kind(std::string_view kind) {
  const std::string normal = normal_word(kind);
  std::vector<SelectorType> found;
  for (std::string_view rest = normal;;) {
    const std::size_t bar = rest.find('|');
    const std::string_view word = rest.substr(0, bar);
    if (const auto type = parse_selector_type(word)) {
      found.push_back(*type);
    } else if (const Kind* known = find_kind(word)) {
      for (const auto& member : known->types)
        if (member) found.push_back(*member);
    }
    if (bar == std::string_view::npos) return found;
    rest.remove_prefix(bar + 1);
  }
}

Result<Selector> selector_of_kind(std::string_view kind, std::string_view raw) {
  const std::string word = normal_word(kind);
  if (const auto type = parse_selector_type(word)) return canonical_selector(*type, refang(raw));
  const Kind* known = find_kind(word);
  if (known == nullptr)
    return fail(ErrorKind::bad_input, "no selector type is known by the word \"" + word.substr(0, 64) + "\"");
  const std::string value = refang(part_of(trim(raw), known->part));
  Result<Selector> result = fail(ErrorKind::internal, "a kind without types");
  bool first = true;
  for (const auto& type : known->types) {
    if (!type) break;
    auto selector = canonical_selector(*type, value);
    if (selector) return selector;
    if (first) result = std::move(selector);  // the first family explains best
    first = false;
  }
  return result;
}

}  // namespace parley::intel
