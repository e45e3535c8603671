#include "intel/selector.hpp"

#include <fmt/core.h>

#include <array>

#include "base/ascii.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel {
namespace {

struct TypeInfo {
  SelectorType type;
  std::string_view name;
  bool supported;
};

constexpr std::array types = std::to_array<TypeInfo>({
    {SelectorType::ipv4_addr, "ipv4-addr", true},
    {SelectorType::ipv6_addr, "ipv6-addr", true},
    {SelectorType::domain_name, "domain-name", true},
    {SelectorType::url, "url", true},
    {SelectorType::email_addr, "email-addr", true},
    {SelectorType::file_md5, "file:md5", true},
    {SelectorType::file_sha1, "file:sha1", true},
    {SelectorType::file_sha256, "file:sha256", true},
    {SelectorType::file_sha512, "file:sha512", true},
    {SelectorType::x509_sha256, "x509:sha256", true},
    {SelectorType::autonomous_system, "autonomous-system", true},
    {SelectorType::mac_addr, "mac-addr", true},
    {SelectorType::mutex, "mutex", false},
    {SelectorType::user_account, "user-account", false},
    {SelectorType::phone, "phone", false},
    {SelectorType::iban, "iban", true},
    {SelectorType::bank_account, "bank-account", false},
    {SelectorType::card_bin, "card-bin", false},
    {SelectorType::btc, "btc", true},
    {SelectorType::eth, "eth", true},
    {SelectorType::xmr, "xmr", true},
    {SelectorType::dash, "dash", true},
    {SelectorType::cve, "cve", true},
});

constexpr bool numbered_in_order() {
  for (std::size_t i = 0; i < types.size(); ++i)
    if (static_cast<std::size_t>(types[i].type) != i + 1) return false;
  return true;
}
static_assert(numbered_in_order());

constexpr auto type_list = [] {
  std::array<SelectorType, types.size()> list{};
  for (std::size_t i = 0; i < types.size(); ++i) list[i] = types[i].type;
  return list;
}();

const TypeInfo* info(SelectorType type) {
  const std::size_t index = static_cast<std::size_t>(type) - 1;
  return index < types.size() ? &types[index] : nullptr;
}

Result<void> apply(SelectorType type, std::string_view raw, std::string& out) {
  switch (type) {
    case SelectorType::ipv4_addr:
      return rules::ipv4_addr(raw, out);
    case SelectorType::ipv6_addr:
      return rules::ipv6_addr(raw, out);
    case SelectorType::domain_name:
      return rules::domain_name(raw, out);
    case SelectorType::url:
      return rules::url(raw, out);
    case SelectorType::email_addr:
      return rules::email_addr(raw, out);
    case SelectorType::file_md5:
      return rules::digest(raw, 32, out);
    case SelectorType::file_sha1:
      return rules::digest(raw, 40, out);
    case SelectorType::file_sha256:
      return rules::digest(raw, 64, out);
    case SelectorType::file_sha512:
      return rules::digest(raw, 128, out);
    case SelectorType::x509_sha256:
      return rules::certificate_digest(raw, out);
    case SelectorType::autonomous_system:
      return rules::autonomous_system(raw, out);
    case SelectorType::mac_addr:
      return rules::mac_addr(raw, out);
    case SelectorType::iban:
      return rules::iban(raw, out);
    case SelectorType::btc:
      return rules::btc(raw, out);
    case SelectorType::eth:
      return rules::eth(raw, out);
    case SelectorType::xmr:
      return rules::xmr(raw, out);
    case SelectorType::dash:
      return rules::dash(raw, out);
    case SelectorType::cve:
      return rules::cve(raw, out);
    case SelectorType::mutex:
    case SelectorType::user_account:
    case SelectorType::phone:
    case SelectorType::bank_account:
    case SelectorType::card_bin:
      break;
  }
  return fail(ErrorKind::bad_input, fmt::format("the type {} is not in selector/1 yet", type_name(type)));
}

}  // namespace

std::span<const SelectorType> all_selector_types() {
  return type_list;
}

std::string_view type_name(SelectorType type) {
  const TypeInfo* known = info(type);
  return known != nullptr ? known->name : "unknown";
}

std::optional<SelectorType> parse_selector_type(std::string_view name) {
  for (const TypeInfo& known : types)
    if (known.name == name) return known.type;
  return std::nullopt;
}

bool is_supported(SelectorType type) {
  const TypeInfo* known = info(type);
  return known != nullptr && known->supported;
}

Result<void> canonical_value(SelectorType type, std::string_view raw, std::string& out) {
  out.clear();
  raw = trim(raw);
  if (raw.empty()) return fail(ErrorKind::bad_input, "the value is empty");
  if (raw.size() > max_selector_bytes)
    return fail(ErrorKind::bad_input, fmt::format("the value is longer than {} bytes", max_selector_bytes));
  if (raw.find('\0') != std::string_view::npos) return fail(ErrorKind::bad_input, "the value holds a NUL");
  PARLEY_CHECK(apply(type, raw, out));
  if (out.size() > max_selector_bytes)  // percent-encoding triples
    return fail(ErrorKind::bad_input,
                fmt::format("the canonical value is longer than {} bytes", max_selector_bytes));
  return {};
}

Result<Selector> canonical_selector(SelectorType type, std::string_view raw) {
  Selector selector;
  selector.type = type;
  PARLEY_CHECK(canonical_value(type, raw, selector.value));
  return selector;
}

void append_selector_bytes(Bytes& out, const Selector& selector) {
  append(out, type_name(selector.type));
  out.push_back(0);
  append(out, selector.value);
}

Bytes selector_bytes(const Selector& selector) {
  Bytes out;
  out.reserve(type_name(selector.type).size() + 1 + selector.value.size());
  append_selector_bytes(out, selector);
  return out;
}

Result<Selector> selector_from_bytes(BytesView bytes) {
  const std::string_view text = as_text(bytes);
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos)
    return fail(ErrorKind::bad_input, "a selector is written as type, a zero byte, value");
  const auto type = parse_selector_type(text.substr(0, zero));
  if (!type) return fail(ErrorKind::bad_input, "no selector type of selector/1 has this name");
  PARLEY_TRY(Selector selector, canonical_selector(*type, text.substr(zero + 1)));
  if (selector.value != text.substr(zero + 1))
    return fail(ErrorKind::bad_input, "the value of the selector is not in its canonical form");
  return selector;
}

}  // namespace parley::intel
