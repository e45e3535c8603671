#include "intel/base58.hpp"

#include <algorithm>

#include "crypto/hash.hpp"

namespace parley::intel {

std::optional<ByteArray<21>> decode_base58check(std::string_view text) {
  constexpr std::size_t all_bytes = 25;
  constexpr std::size_t payload_bytes = 21;
  ByteArray<all_bytes> number{};
  for (const char c : text) {
    unsigned carry = base58_digit(c);
    if (carry == no_base58_digit) return std::nullopt;
    for (std::size_t i = all_bytes; i-- > 0;) {
      carry += number.at(i) * 58U;
      number.at(i) = static_cast<std::uint8_t>(carry & 0xFFU);
      carry >>= 8U;
    }
    if (carry != 0) return std::nullopt;
  }
  // Each leading zero byte is written as one "1", no more and no fewer: else one address had many spellings.
  std::size_t zeros = 0;
  while (zeros < all_bytes && number.at(zeros) == 0) ++zeros;
  std::size_t ones = 0;
  while (ones < text.size() && text[ones] == '1') ++ones;
  if (zeros != ones) return std::nullopt;
  const BytesView all(number);
  const crypto::Hash256 twice = crypto::sha256(crypto::sha256(all.first(payload_bytes)));
  for (std::size_t i = 0; i < all_bytes - payload_bytes; ++i)
    if (twice.at(i) != all[payload_bytes + i]) return std::nullopt;
  ByteArray<payload_bytes> out{};
  std::copy_n(number.begin(), payload_bytes, out.begin());
  return out;
}

}  // namespace parley::intel
