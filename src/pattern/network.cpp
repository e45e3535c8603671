#include "pattern/network.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"
#include "encoding/ip_address.hpp"

namespace parley::pattern {

bool Network::contains(const Network& inner) const {
  if (is_ipv6 != inner.is_ipv6 || inner.length < length) return false;
  const std::size_t whole = length / 8U;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  inner.address.begin()))
    return false;
  const unsigned rest = length % 8U;
  return rest == 0 || (address[whole] >> (8U - rest)) == (inner.address[whole] >> (8U - rest));
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  Network out;
  if (const auto v4 = encoding::parse_ipv4(text.substr(0, slash))) {
    for (unsigned i = 0; i < 4; ++i) out.address[i] = static_cast<std::uint8_t>(*v4 >> (24U - 8U * i));
  } else if (const auto v6 = encoding::parse_ipv6(text.substr(0, slash))) {
    out.address = *v6;
    out.is_ipv6 = true;
  } else {
    return std::nullopt;
  }
  const int width = out.is_ipv6 ? 128 : 32;
  out.length = static_cast<std::uint8_t>(width);
  if (slash == std::string_view::npos) return out;
  const std::string_view digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3 || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  int length = 0;
  for (const char c : digits) length = length * 10 + (c - '0');
  if (length > width) return std::nullopt;
  out.length = static_cast<std::uint8_t>(length);
  return out;
}

}  // namespace parley::pattern
