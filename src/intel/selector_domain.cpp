#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"
#include "intel/idna.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {
namespace {

// RFC 1035 section 2.3.4, in the text form without the final dot.
constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;

bool is_top_level(std::string_view label) {
  // RFC 3696 section 2: never all digits; at least two characters, letter first, and never an underscore.
  if (label.size() < 2 || !is_alpha(label.front()) || !is_alnum(label.back())) return false;
  return label.find('_') == std::string_view::npos;
}

Result<void> check(std::string_view name) {
  if (name.size() > max_name) return fail(ErrorKind::bad_input, "the name is longer than 253 characters");
  std::size_t labels = 0;
  std::string_view last;
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    last = rest.substr(0, dot);
    ++labels;
    if (last.empty())
      return fail(ErrorKind::bad_input, "the name has an empty label (two dots, or none in front)");
    if (last.size() > max_label) return fail(ErrorKind::bad_input, "a label is longer than 63 characters");
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  for (const char c : name)
    if (!is_alnum(c) && c != '-' && c != '_' && c != '.')
      return fail(ErrorKind::bad_input,
                  "a domain name holds letters, digits, hyphens, underscores and dots only");
  if (labels < 2) return fail(ErrorKind::bad_input, "a domain name has at least two labels");
  if (encoding::parse_ipv4(name))
    return fail(ErrorKind::bad_input, "this is an IPv4 address, not a domain name");
  if (!is_top_level(last))
    return fail(
        ErrorKind::bad_input,
        "the last label is no top-level domain: it begins with a letter and has two characters or more");
  return {};
}

/// What a byte of a name becomes; 0 for one that a plain name does not have.
constexpr std::array<char, 256> plain_bytes = [] {
  std::array<char, 256> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char c = static_cast<char>(i);
    if (is_alnum(c) || c == '-' || c == '_' || c == '.') out[i] = to_lower(c);
  }
  return out;
}();

/// The same in one pass, for names that nothing is wrong with and nothing is to be mapped in. What it does
/// not take, and then `out` is as it was, is looked at again, and the reason given.
bool append_plain_name(std::string& out, std::string_view name) {
  if (name.size() > max_name) return false;
  std::array<char, max_name>
      lower;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  std::size_t label = 0;
  char last = '.';
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = plain_bytes[static_cast<unsigned char>(name[i])];
    lower[i] = c;
    if (c == '.') {
      if (i == label || i - label > max_label) return false;
      label = i + 1;
    }
    if (c == '\0' || (c == '-' && last == '-')) return false;
    last = c;
  }
  const std::size_t size = name.size();
  if (label == 0 || size - label > max_label || !is_top_level({lower.data() + label, size - label}))
    return false;
  out.append(lower.data(), size);
  return true;
}

}  // namespace

Result<void> domain_name(std::string_view raw, std::string& out) {
  // One dot in front ("and all below", as block lists and cookies write it) and one behind (the root).
  if (raw.starts_with('.')) raw.remove_prefix(1);
  if (raw.ends_with('.')) raw.remove_suffix(1);
  if (append_plain_name(out, raw)) return {};
  if (!append_ascii_domain(out, raw))
    return fail(ErrorKind::bad_input, "a label is no valid internationalised name (UTS #46)");
  return check(out);
}

}  // namespace parley::intel::rules
