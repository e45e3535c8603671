#include <fmt/core.h>

#include "base/ascii.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {

Result<void> digest(std::string_view raw, std::size_t digits, std::string& out) {
  if (raw.size() != digits)
    return fail(ErrorKind::bad_input, fmt::format("this hash has {} characters, not {}", raw.size(), digits));
  for (const char c : raw)
    if (hex_digit(c) < 0) return fail(ErrorKind::bad_input, "a hash holds hexadecimal digits only");
  append_lower(out, raw);
  return {};
}

Result<void> certificate_digest(std::string_view raw, std::string& out) {
  constexpr std::size_t bytes = 32;
  if (raw.size() != 3 * bytes - 1) return digest(raw, 2 * bytes, out);
  std::string plain;  // AA:BB:…, as most programs print fingerprints
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (i % 3 != 2) {
      plain.push_back(raw[i]);
    } else if (raw[i] != ':') {
      return fail(ErrorKind::bad_input,
                  "a fingerprint is 64 hexadecimal digits, or 32 pairs joined by colons");
    }
  }
  return digest(plain, 2 * bytes, out);
}

}  // namespace parley::intel::rules
