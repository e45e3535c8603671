#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace parley::match {

/// The protocols that exist; more are added behind the same `Party`.
enum class Protocol : std::uint8_t {
  dh,          ///< Diffie-Hellman PSI over ristretto255, semi-honest (docs/spec/matching.md)
  vole,        ///< PSI from vector OLE, malicious (Raghuraman and Rindal 2022; docs/spec/matching-vole.md)
  vole_21x24,  ///< the same over the code ExConv21x24, which has the larger margin and is slower
};
inline constexpr Protocol all_protocols[] = {Protocol::dh, Protocol::vole, Protocol::vole_21x24};
/// Whether it is one of those from vector OLE.
constexpr bool is_vole(Protocol protocol) {
  return protocol == Protocol::vole || protocol == Protocol::vole_21x24;
}
/// "dh-ristretto255/1", "vole-rr22/1", "vole-rr22-21x24/1": the name in offers and records.
std::string_view protocol_name(Protocol protocol);
Result<Protocol> parse_protocol(std::string_view name);
/// "semi-honest" or "malicious": what the protocol that ran really gives.
std::string_view protocol_security(Protocol protocol);

/// What the receiver learns. The sender learns the padded size of the receiver's set and nothing else, unless
/// `Learner` says otherwise.
enum class Output : std::uint8_t {
  items,  ///< which of its own items the sender holds too
  size,   ///< only how many; Protocol::dh alone can do that
};
std::string_view output_name(Output output);
Result<Output> parse_output(std::string_view name);

/// Who learns the output. `both` needs one of the VOLE protocols: the receiver learns first, in the same run,
/// and can withhold what the sender would learn, but cannot forge it.
enum class Learner : std::uint8_t { receiver, both };
std::string_view learner_name(Learner learner);
Result<Learner> parse_learner(std::string_view name);

/// Which store the VOLE protocols use: the same security, other bytes and time.
enum class Prefer : std::uint8_t {
  time,   ///< a wider key-value store that is solved faster
  bytes,  ///< a denser one: 6 to 7 % fewer bytes from the receiver
};
std::string_view prefer_name(Prefer prefer);
Result<Prefer> parse_prefer(std::string_view name);

/// The receiver starts and learns the output; the sender answers.
enum class Role : std::uint8_t { receiver, sender };

/// Elements in one message of Protocol::dh. 1,024 scalar multiplications and hashes take about 70 ms on one
/// core.
inline constexpr std::uint32_t default_chunk = 1024;
inline constexpr std::uint32_t max_chunk = 4096;
/// The same for the VOLE protocols, whose elements are 16 bytes: half a MiB, and what a frame of the peer
/// channel can hold (1 MiB with type and header).
inline constexpr std::uint32_t default_vole_chunk = 1U << 15;
inline constexpr std::uint32_t max_vole_chunk = (1U << 16) - 1;
constexpr std::uint32_t default_chunk_of(Protocol protocol) {
  return is_vole(protocol) ? default_vole_chunk : default_chunk;
}
constexpr std::uint32_t max_chunk_of(Protocol protocol) {
  return is_vole(protocol) ? max_vole_chunk : max_chunk;
}

/// What both sides agreed on in the signed offer. Everything here is public.
struct Parameters {
  Protocol protocol = Protocol::dh;
  Output output = Output::items;
  Learner learner = Learner::receiver;
  Prefer prefer = Prefer::time;       ///< VOLE protocols only
  std::uint32_t receiver_padded = 1;  ///< 1 to `max_padded_size`; for Protocol::dh a power of two
  std::uint32_t sender_padded = 1;
  std::uint32_t chunk = default_chunk;
  crypto::Hash256 offer_hash{};  ///< SHA-256 of the offer that both role keys signed; binds every message
};

/// Bad input unless every number is within its bounds and the protocol can give this output to this learner.
Result<void> check_parameters(const Parameters& parameters);

/// Bytes of one tag: ceil((40 + log2(N·M)) / 8) on the padded sizes. Two different items then get the same
/// tag anywhere in the session with probability at most 2^-40.
std::size_t tag_bytes(const Parameters& parameters);

}  // namespace parley::match
