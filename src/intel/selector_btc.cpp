#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ascii.hpp"
#include "intel/base58.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {
namespace {

constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_table(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}
constexpr auto bech32_value = make_table("qpzry9x8gf2tvdw0s3jn54khce6mua7l");

Result<void> legacy(std::string_view raw, std::string& out) {
  const auto decoded = decode_base58check(raw);
  if (!decoded)
    return fail(ErrorKind::bad_input,
                "not a Bitcoin main-net address (1…, 3… in Base58Check, or bc1…), or its checksum is wrong");
  if (decoded->front() != 0x00 && decoded->front() != 0x05)  // P2PKH and P2SH
    return fail(ErrorKind::bad_input, "this is an address of another chain or of a test network");
  out.append(raw);
  return {};
}

// Segregated witness: BIP 173 (bech32, version 0) and BIP 350 (bech32m, versions 1 to 16).

constexpr std::uint32_t bech32_constant = 1;
constexpr std::uint32_t bech32m_constant = 0x2BC830A3;

std::uint32_t polymod_step(std::uint32_t checksum, std::uint32_t value) {
  static constexpr std::array<std::uint32_t, 5> generator = {0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD,
                                                             0x2A1462B3};
  const std::uint32_t top = checksum >> 25;
  checksum = (checksum & 0x1FFFFFF) << 5 ^ value;
  for (std::size_t i = 0; i < generator.size(); ++i)
    if ((top >> i & 1) != 0) checksum ^= generator[i];
  return checksum;
}

/// BIP 173: the program's 5-bit groups make whole bytes; what is left over is under 5 bits and zero.
std::optional<std::size_t> program_length(const std::vector<std::uint8_t>& groups) {
  const std::size_t bits = groups.size() * 5;
  const std::size_t left = bits % 8;
  if (left > 4) return std::nullopt;
  if (left > 0 && (groups.back() & ((1U << left) - 1)) != 0) return std::nullopt;
  return bits / 8;
}

Result<void> witness(std::string_view raw, std::string& out) {
  constexpr std::size_t prefix = 3;    // "bc1"
  constexpr std::size_t checksum = 6;  // groups
  bool lower = false;
  bool upper = false;
  for (const char c : raw) {
    lower = lower || (is_alpha(c) && !is_upper(c));
    upper = upper || is_upper(c);
  }
  if (lower && upper) return fail(ErrorKind::bad_input, "a bc1 address is all lower case or all upper case");
  if (raw.size() > 90 || raw.size() < prefix + 1 + checksum)
    return fail(ErrorKind::bad_input, "a bc1 address has 14 to 90 characters");
  std::vector<std::uint8_t> groups;
  groups.reserve(raw.size() - prefix);
  std::uint32_t sum = 1;
  for (const std::uint32_t value : {3U, 3U, 0U, 2U, 3U}) sum = polymod_step(sum, value);  // "bc" expanded
  for (const char c : raw.substr(prefix)) {
    const std::uint8_t value = bech32_value[static_cast<unsigned char>(to_lower(c))];
    if (value == no_digit)
      return fail(ErrorKind::bad_input, "a bc1 address holds a character that bech32 does not have");
    groups.push_back(value);
    sum = polymod_step(sum, value);
  }
  const unsigned version = groups.front();
  if (sum != (version == 0 ? bech32_constant : bech32m_constant))
    return fail(ErrorKind::bad_input, "the checksum of the Bitcoin address is wrong; was it mistyped?");
  groups.resize(groups.size() - checksum);
  groups.erase(groups.begin());
  const auto length = program_length(groups);
  // BIP 141: 2 to 40 bytes; version 0 has 20 (a key hash) or 32 (a script hash).
  if (version > 16 || !length || *length < 2 || *length > 40 ||
      (version == 0 && *length != 20 && *length != 32))
    return fail(ErrorKind::bad_input, "the bc1 address names no witness program (BIP 141)");
  append_lower(out, raw);
  return {};
}

}  // namespace

Result<void> btc(std::string_view raw, std::string& out) {
  if (starts_with_ignoring_case(raw, "bc1")) return witness(raw, out);
  return legacy(raw, out);
}

}  // namespace parley::intel::rules
