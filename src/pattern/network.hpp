#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace parley::pattern {

/// An address or a network of either family ("192.0.2.1", "192.0.2.0/24", "2001:db8::/32"). Bits behind the
/// prefix do not matter, an address alone is its own network.
struct Network {
  ByteArray<16> address{};  ///< network order; IPv4 in the first four bytes
  std::uint8_t length = 0;  ///< of the prefix, in bits
  bool is_ipv6 = false;

  /// Whether every address of `inner` is one of this.
  bool contains(const Network& inner) const;
};

std::optional<Network> parse_network(std::string_view text);

}  // namespace parley::pattern
