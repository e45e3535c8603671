#include "intel/network.hpp"

#include <algorithm>
#include <charconv>

#include "encoding/ip_address.hpp"

namespace parley::intel {

std::optional<Network> parse_network(std::string_view text) {
  Network out;
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  if (const auto v4 = encoding::parse_ipv4(address)) {
    for (std::size_t i = 0; i < 4; ++i) out.address[i] = static_cast<std::uint8_t>(*v4 >> (24 - 8 * i));
  } else if (const auto v6 = encoding::parse_ipv6(address)) {
    out.v6 = true;
    out.address = *v6;
  } else {
    return std::nullopt;
  }
  out.length = out.bits();
  if (slash == std::string_view::npos) return out;
  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (length.empty() || length.size() > 3 || error != std::errc() || end != length.data() + length.size() ||
      bits > out.bits())
    return std::nullopt;
  return shortened(out, static_cast<std::uint8_t>(bits));
}

Network shortened(const Network& network, std::uint8_t length) {
  Network out = network;
  out.length = std::min(length, network.length);
  for (std::size_t i = 0; i < out.address.size(); ++i) {
    const int kept = std::clamp(static_cast<int>(out.length) - static_cast<int>(8 * i), 0, 8);
    out.address[i] = static_cast<std::uint8_t>(out.address[i] & (0xFF00U >> kept));
  }
  return out;
}

ByteArray<16> last_address(const Network& network) {
  ByteArray<16> out = network.address;
  const std::size_t bytes = network.bits() / 8U;
  for (std::size_t i = 0; i < bytes; ++i) {
    const int kept = std::clamp(static_cast<int>(network.length) - static_cast<int>(8 * i), 0, 8);
    out[i] = static_cast<std::uint8_t>(out[i] | (0xFFU >> kept));
  }
  return out;
}

std::string network_text(const Network& network) {
  std::string out;
  if (network.v6) {
    encoding::append_ipv6(out, network.address, encoding::MappedForm::dotted);
  } else {
    std::uint32_t address = 0;
    for (std::size_t i = 0; i < 4; ++i) address = address << 8 | network.address[i];
    encoding::append_ipv4(out, address);
  }
  if (network.length != network.bits()) out += "/" + std::to_string(network.length);
  return out;
}

}  // namespace parley::intel
