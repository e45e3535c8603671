#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace parley::intel {

/// A network of addresses; an address is one of all its bits.
struct Network {
  bool v6 = false;
  std::uint8_t length = 0;  ///< of the prefix, in bits
  ByteArray<16> address{};  ///< network order, IPv4 in the first four; zero behind the prefix

  std::uint8_t bits() const { return v6 ? 128 : 32; }
  bool operator==(const Network&) const = default;
};

/// "192.0.2.0/24", "2001:db8::/32", or an address alone; bits behind the prefix are cleared. Strict about
/// everything else.
std::optional<Network> parse_network(std::string_view text);
/// The prefix of that many bits.
Network shortened(const Network& network, std::uint8_t length);
/// The last address, as bytes like `address`.
ByteArray<16> last_address(const Network& network);
/// As `parse_network` reads it; addresses without a length.
std::string network_text(const Network& network);

}  // namespace parley::intel
