#include "encoding/ip_address.hpp"

#include <array>
#include <cstddef>

#include "base/ascii.hpp"

namespace parley::encoding {

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  std::uint32_t address = 0;
  std::size_t at = 0;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0) {
      if (at >= text.size() || text[at] != '.') return std::nullopt;
      ++at;
    }
    const std::size_t begin = at;
    unsigned value = 0;
    while (at < text.size() && at - begin < 4 && is_digit(text[at]))
      value = value * 10 + static_cast<unsigned>(text[at++] - '0');
    const std::size_t length = at - begin;
    if (length == 0 || value > 255 || (length > 1 && text[begin] == '0')) return std::nullopt;
    address = address << 8 | value;
  }
  if (at != text.size()) return std::nullopt;
  return address;
}

void append_ipv4(std::string& out, std::uint32_t address) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    const unsigned octet = address >> shift & 0xFF;
    if (octet >= 100) out.push_back(static_cast<char>('0' + octet / 100));
    if (octet >= 10) out.push_back(static_cast<char>('0' + octet / 10 % 10));
    out.push_back(static_cast<char>('0' + octet % 10));
    if (shift > 0) out.push_back('.');
  }
}

std::optional<ByteArray<16>> parse_ipv6(std::string_view text) {
  std::array<std::uint16_t, 8> groups{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;  // how many groups stand before "::"
  std::size_t at = 0;
  if (text.starts_with("::")) {
    gap = 0;
    at = 2;
  } else if (text.starts_with(':')) {
    return std::nullopt;
  }
  while (at < text.size()) {
    if (count == 8) return std::nullopt;
    const std::size_t begin = at;
    unsigned value = 0;
    while (at < text.size() && at - begin < 4 && hex_digit(text[at]) >= 0)
      value = value * 16 + static_cast<unsigned>(hex_digit(text[at++]));
    if (at < text.size() && text[at] == '.') {  // the last 32 bits in dotted form
      if (count > 6) return std::nullopt;
      const auto low = parse_ipv4(text.substr(begin));
      if (!low) return std::nullopt;
      groups[count++] = static_cast<std::uint16_t>(*low >> 16);
      groups[count++] = static_cast<std::uint16_t>(*low & 0xFFFF);
      break;
    }
    if (at == begin) return std::nullopt;
    groups[count++] = static_cast<std::uint16_t>(value);
    if (at == text.size()) break;
    if (text[at] != ':') return std::nullopt;
    ++at;
    if (at == text.size()) return std::nullopt;  // a single colon at the end
    if (text[at] == ':') {
      if (gap) return std::nullopt;
      gap = count;
      ++at;
    }
  }
  // RFC 4291: "::" stands for one or more groups of zeros.
  if (gap ? count > 7 : count != 8) return std::nullopt;
  ByteArray<16> address{};
  const auto put = [&](std::size_t index, std::uint16_t group) {
    address[2 * index] = static_cast<std::uint8_t>(group >> 8);
    address[2 * index + 1] = static_cast<std::uint8_t>(group & 0xFF);
  };
  const std::size_t head = gap.value_or(count);
  for (std::size_t i = 0; i < head; ++i) put(i, groups[i]);
  for (std::size_t i = head; i < count; ++i) put(8 - (count - i), groups[i]);
  return address;
}

void append_ipv6(std::string& out, const ByteArray<16>& address, MappedForm form) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<unsigned>(address[2 * i] << 8 | address[2 * i + 1]);
  const bool mapped = groups[0] == 0 && groups[1] == 0 && groups[2] == 0 && groups[3] == 0 &&
                      groups[4] == 0 && groups[5] == 0xFFFF;
  if (mapped && form == MappedForm::dotted) {
    out += "::ffff:";
    append_ipv4(out, groups[6] << 16 | groups[7]);
    return;
  }
  std::size_t run_begin = 8;
  std::size_t run_length = 1;  // a single zero group is not shortened: RFC 5952 section 4.2.2
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > run_length) {
      run_begin = i;
      run_length = end - i;
    }
    i = end + 1;
  }
  static constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == run_begin) {
      out += "::";
      i += run_length - 1;
      continue;
    }
    if (i > 0 && out.back() != ':') out.push_back(':');
    bool leading = true;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const unsigned digit = groups[i] >> shift & 0xF;
      if (leading && digit == 0 && shift > 0) continue;
      leading = false;
      out.push_back(digits[digit]);
    }
  }
}

}  // namespace parley::encoding
