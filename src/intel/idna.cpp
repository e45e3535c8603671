#include "intel/idna.hpp"

#include <idn2.h>

#include <memory>

#include "base/ascii.hpp"

namespace parley::intel {
namespace {

constexpr std::size_t max_label_bytes = 1024;  // before mapping; a mapped label has at most 63

/// Whether an A-label that libidn2 refuses still decodes to something: libidn2 asks for IDNA2008, which has
/// no symbols, but names with them (`xn--i-want--k36d`, a cup of coffee) are registered and used.
bool decodes(const std::string& label) {
  char* decoded = nullptr;
  const int code = idn2_to_unicode_8z8z(label.c_str(), &decoded, 0);
  const std::unique_ptr<char, decltype(&idn2_free)> owner(decoded, &idn2_free);
  return code == IDN2_OK && decoded != nullptr && !all_ascii(decoded);
}

bool append_mapped_label(std::string& out, std::string_view label) {
  if (label.size() > max_label_bytes) return false;
  const std::string text(label);  // libidn2 wants a terminator
  std::uint8_t* mapped = nullptr;
  const int code = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(text.c_str()), &mapped,
                                  IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<std::uint8_t, decltype(&idn2_free)> owner(mapped, &idn2_free);
  if (code == IDN2_DISALLOWED && all_ascii(label) && decodes(text)) {
    append_lower(out, label);
    return true;
  }
  if (code != IDN2_OK || mapped == nullptr) return false;
  append_lower(out, reinterpret_cast<const char*>(mapped));
  return true;
}

bool append_label(std::string& out, std::string_view label) {
  if (all_ascii(label) && !starts_with_ignoring_case(label, "xn--")) {
    append_lower(out, label);
    return true;
  }
  return append_mapped_label(out, label);
}

/// The three ideographic full stops that UTS #46 maps to ".": U+3002, U+FF0E, U+FF61, as UTF-8.
std::string with_plain_dots(std::string_view domain) {
  std::string out;
  out.reserve(domain.size());
  for (std::size_t i = 0; i < domain.size(); ++i) {
    const std::string_view three = domain.substr(i, 3);
    if (three == "\xE3\x80\x82" || three == "\xEF\xBC\x8E" || three == "\xEF\xBD\xA1") {
      out.push_back('.');
      i += 2;
    } else {
      out.push_back(domain[i]);
    }
  }
  return out;
}

}  // namespace

bool append_ascii_domain(std::string& out, std::string_view domain) {
  std::string dotted;
  unsigned any = 0;
  bool hyphens = false;
  char last = '.';
  for (const char c : domain) {
    any |= static_cast<unsigned char>(c);
    hyphens |= c == '-' && last == '-';
    last = c;
  }
  const bool plain = any < 0x80;
  if (plain && !hyphens) {  // no label in Punycode: nothing to map
    append_lower(out, domain);
    return true;
  }
  if (!plain) {
    dotted = with_plain_dots(domain);
    domain = dotted;
  }
  for (;;) {
    const std::size_t dot = domain.find('.');
    if (!append_label(out, domain.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    out.push_back('.');
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace parley::intel
