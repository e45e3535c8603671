#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::intel {

/// The version of the canonical rules, named in every offer. Two nodes match only under the same version.
inline constexpr std::string_view selector_version = "selector/1";

/// Longest raw value that is looked at and longest canonical value that is given out, in bytes.
inline constexpr std::size_t max_selector_bytes = 8192;

/// What kind of observable a selector names. The numbers are stable (storage may keep them); the names of
/// `type_name` are what goes over the wire and into commitments.
enum class SelectorType : std::uint8_t {
  ipv4_addr = 1,
  ipv6_addr = 2,
  domain_name = 3,
  url = 4,
  email_addr = 5,
  file_md5 = 6,
  file_sha1 = 7,
  file_sha256 = 8,
  file_sha512 = 9,
  x509_sha256 = 10,
  autonomous_system = 11,
  mac_addr = 12,
  mutex = 13,
  user_account = 14,
  phone = 15,
  iban = 16,
  bank_account = 17,
  card_bin = 18,
  btc = 19,
  eth = 20,
  xmr = 21,
  dash = 22,
  cve = 23,
};

/// The canonical (type, value) of an atomic observable: the unit of matching. Made by `canonical_selector`;
/// two observables are the same exactly when their selectors are equal byte by byte.
struct Selector {
  SelectorType type = SelectorType::ipv4_addr;
  std::string value;

  auto operator<=>(const Selector&) const = default;
  bool operator==(const Selector&) const = default;
};

/// Every type, in the order of its number.
std::span<const SelectorType> all_selector_types();

/// The name of a type: "ipv4-addr", "file:sha256", …; lives as long as the program.
std::string_view type_name(SelectorType type);

/// The type of exactly that name, or nothing.
std::optional<SelectorType> parse_selector_type(std::string_view name);

/// Whether selector/1 has canonical rules for the type; the others are names kept for later versions.
bool is_supported(SelectorType type);

/// Brings a raw value into its canonical form by the rules of docs/spec/selector.md, or says why it is no
/// value of that type (`bad_input`). Idempotent: the canonical form of a canonical value is itself.
/// Defanged values are refused here, see `refang`. Linear in the length of `raw`.
Result<Selector> canonical_selector(SelectorType type, std::string_view raw);

/// The same into a string that the caller reuses, for bulk work without an allocation an item. On failure
/// the contents of `out` are unspecified.
Result<void> canonical_value(SelectorType type, std::string_view raw, std::string& out);

/// type name ‖ 0x00 ‖ value: the bytes that set roots commit to and that protocols match.
Bytes selector_bytes(const Selector& selector);
void append_selector_bytes(Bytes& out, const Selector& selector);

/// The reverse, for bytes from outside: refuses an unknown type and a value that is not canonical.
Result<Selector> selector_from_bytes(BytesView bytes);

/// One line of a plain list. Nothing for a blank line or a comment (`#`, `;`, `//` in front); otherwise the
/// selector after refanging, its type decided in the fixed order of docs/spec/selector.md; an error for
/// what is none. A port behind an address or a name is dropped.
Result<std::optional<Selector>> guess_selector(std::string_view line);

/// A value whose source names its kind in its own words: the names above, MISP attribute types
/// ("ip-dst", "hostname", "filename|sha256"), plain words ("ip", "domain", "hash"). Refangs. An unknown
/// word is an error that names it.
Result<Selector> selector_of_kind(std::string_view kind, std::string_view raw);

}  // namespace parley::intel

template <>
struct std::hash<parley::intel::Selector> {
  std::size_t operator()(const parley::intel::Selector& selector) const {
    return std::hash<std::string>{}(selector.value) * 31 + static_cast<std::size_t>(selector.type);
  }
};
