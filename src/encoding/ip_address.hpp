#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace parley::encoding {

/// Four decimal octets without leading zeros, nothing else: `010.0.0.1`, `1.2.3` and `0x7f.1` are refused,
/// since programs disagree on what they mean. Host order.
std::optional<std::uint32_t> parse_ipv4(std::string_view text);
void append_ipv4(std::string& out, std::uint32_t address);

/// RFC 4291 section 2.2, all three forms; no zone id, no brackets, no prefix length. Network order.
std::optional<ByteArray<16>> parse_ipv6(std::string_view text);

enum class MappedForm : std::uint8_t {
  dotted,       ///< ::ffff:192.0.2.1, as RFC 5952 section 5 recommends for that prefix
  hexadecimal,  ///< ::ffff:c000:201, as the WHATWG URL Standard writes it
};
/// RFC 5952: lower case, no leading zeros, `::` for the first longest run of two or more zero groups.
void append_ipv6(std::string& out, const ByteArray<16>& address, MappedForm form);

}  // namespace parley::encoding
