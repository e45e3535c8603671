#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::net {

/// Where to listen or connect: a host name or literal, and a port (0 lets the system choose one).
struct Address {
  std::string host;
  std::uint16_t port = 0;
  /// "host:port", with brackets round an IPv6 literal.
  std::string text() const;
  bool operator==(const Address&) const = default;
};

/// "192.0.2.1:8443", "node.example.org:8443", "[2001:db8::1]:8443". The host is 1 to 253 characters of
/// letters, digits, `-`, `.`, and `:` inside brackets; the port is decimal without leading zeros.
Result<Address> parse_address(std::string_view text);

}  // namespace parley::net
