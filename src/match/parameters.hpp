#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace parley::match {

/// The protocols that exist; more are added behind the same `Party`.
enum class Protocol : std::uint8_t {
  dh,  ///< Diffie-Hellman PSI over ristretto255, semi-honest (docs/spec/matching.md)
};
/// "dh-ristretto255/1": the name in offers and records.
std::string_view protocol_name(Protocol protocol);
Result<Protocol> parse_protocol(std::string_view name);
/// "semi-honest": what the protocol that ran really gives.
std::string_view protocol_security(Protocol protocol);

/// What the receiver learns. The sender learns the padded size of the receiver's set and nothing else.
enum class Output : std::uint8_t {
  items,  ///< which of its own items the sender holds too
  size,   ///< only how many
};
std::string_view output_name(Output output);
Result<Output> parse_output(std::string_view name);

/// The receiver starts and learns the output; the sender answers.
enum class Role : std::uint8_t { receiver, sender };

/// Elements in one message. 1,024 scalar multiplications and hashes take about 70 ms on one core.
inline constexpr std::uint32_t default_chunk = 1024;
inline constexpr std::uint32_t max_chunk = 4096;

/// What both sides agreed on in the signed offer. Everything here is public.
struct Parameters {
  Protocol protocol = Protocol::dh;
  Output output = Output::items;
  std::uint32_t receiver_padded = 1;  ///< power of two, at most `max_padded_size`
  std::uint32_t sender_padded = 1;
  std::uint32_t chunk = default_chunk;
  crypto::Hash256 offer_hash{};  ///< SHA-256 of the offer that both role keys signed; binds every message
};

/// Bad input unless every number is within its bounds.
Result<void> check_parameters(const Parameters& parameters);

/// Bytes of one tag: ceil((40 + log2(N·M)) / 8) on the padded sizes. Two different items then get the same
/// tag anywhere in the session with probability at most 2^-40.
std::size_t tag_bytes(const Parameters& parameters);

}  // namespace parley::match
