#include <array>
#include <cstdint>
#include <optional>

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "crypto/keccak.hpp"
#include "intel/base58.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {
namespace {

/// EIP-55: a letter is a capital where the hash of the address in lower case has a high digit.
bool has_eip55_case(std::string_view digits, std::string_view lower) {
  const crypto::Hash256 hash = crypto::keccak256(as_bytes(lower));
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const unsigned digit = i % 2 == 0 ? hash.at(i / 2) >> 4U : hash.at(i / 2) & 0xFU;
    if (is_alpha(digits[i]) && is_upper(digits[i]) != (digit >= 8)) return false;
  }
  return true;
}

// CryptoNote's base 58: blocks of 8 bytes are 11 digits each, a last shorter block as many as it needs.
constexpr std::size_t block_bytes = 8;
constexpr std::size_t block_digits = 11;
constexpr std::size_t standard_bytes = 69;    // prefix, two keys, checksum
constexpr std::size_t integrated_bytes = 77;  // with a payment id of 8 bytes
constexpr std::size_t standard_digits = 95;
constexpr std::size_t integrated_digits = 106;
constexpr std::size_t checksum_bytes = 4;

bool append_block(Bytes& out, std::string_view digits, std::size_t bytes) {
  std::uint64_t number = 0;
  for (const char c : digits) {
    const std::uint8_t digit = base58_digit(c);
    if (digit == no_base58_digit) return false;
    std::uint64_t next = 0;
    if (__builtin_mul_overflow(number, std::uint64_t{58}, &next) ||
        __builtin_add_overflow(next, std::uint64_t{digit}, &number))
      return false;
  }
  if (bytes < block_bytes && number >> (8 * bytes) != 0) return false;
  for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
  return true;
}

std::optional<Bytes> decode_monero(std::string_view raw) {
  const std::size_t bytes = raw.size() == standard_digits     ? standard_bytes
                            : raw.size() == integrated_digits ? integrated_bytes
                                                              : 0;
  if (bytes == 0) return std::nullopt;
  Bytes out;
  out.reserve(bytes);
  for (std::size_t at = 0; at < raw.size(); at += block_digits)
    if (!append_block(out, raw.substr(at, block_digits), std::min(block_bytes, bytes - out.size())))
      return std::nullopt;
  return out;
}

}  // namespace

Result<void> eth(std::string_view raw, std::string& out) {
  if (!raw.starts_with("0x") || raw.size() != 42)
    return fail(ErrorKind::bad_input, "an Ethereum address is 0x and 40 hexadecimal digits");
  const std::string_view digits = raw.substr(2);
  bool lower = false;
  bool upper = false;
  for (const char c : digits) {
    if (hex_digit(c) < 0)
      return fail(ErrorKind::bad_input, "an Ethereum address is 0x and 40 hexadecimal digits");
    lower = lower || (is_alpha(c) && !is_upper(c));
    upper = upper || is_upper(c);
  }
  std::string plain;
  append_lower(plain, digits);
  if (lower && upper && !has_eip55_case(digits, plain))
    return fail(ErrorKind::bad_input,
                "the capitals of the Ethereum address are no checksum of it (EIP-55); was it mistyped?");
  out += "0x";
  out += plain;
  return {};
}

Result<void> dash(std::string_view raw, std::string& out) {
  const auto decoded = decode_base58check(raw);
  if (!decoded)
    return fail(ErrorKind::bad_input,
                "not a Dash main-net address (X… or 7… in Base58Check), or its checksum is wrong");
  if (decoded->front() != 0x4C && decoded->front() != 0x10)  // P2PKH and P2SH
    return fail(ErrorKind::bad_input, "this is an address of another chain or of a test network");
  out.append(raw);
  return {};
}

Result<void> xmr(std::string_view raw, std::string& out) {
  const std::optional<Bytes> decoded = decode_monero(raw);
  if (!decoded)
    return fail(ErrorKind::bad_input,
                "not a Monero address: 95 digits of base 58, 106 with a payment id, in blocks of eleven");
  const BytesView all(*decoded);
  const BytesView payload = all.first(all.size() - checksum_bytes);
  const crypto::Hash256 hash = crypto::keccak256(payload);
  for (std::size_t i = 0; i < checksum_bytes; ++i)
    if (hash.at(i) != all[payload.size() + i])
      return fail(ErrorKind::bad_input, "the checksum of the Monero address is wrong; was it mistyped?");
  // Main net: 18 for an account, 42 for a subaddress, 19 for an account with a payment id.
  const bool integrated = all.size() == integrated_bytes;
  if (integrated ? all[0] != 19 : all[0] != 18 && all[0] != 42)
    return fail(ErrorKind::bad_input, "this is an address of another chain or of a test network");
  out.append(raw);
  return {};
}

}  // namespace parley::intel::rules
