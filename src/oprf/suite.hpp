#pragma once

#include <cstdint>
#include <string>

namespace parley::oprf {

/// The modes of RFC 9497 section 3 that are implemented; the number is the byte of the context string.
enum class Mode : std::uint8_t {
  oprf = 0x00,   ///< the client cannot tell which key answered
  voprf = 0x01,  ///< a proof shows that the key behind a public key answered
};

/// CreateContextString of RFC 9497 section 3.1 for ristretto255-SHA512: it separates the two modes from each
/// other and from every other suite.
std::string context_string(Mode mode);

/// The domain separation tag of HashToGroup (section 4.1).
std::string hash_to_group_tag(Mode mode);

/// Most bytes of an input: its length is hashed in two bytes (section 3.3.1).
inline constexpr std::size_t max_input_bytes = 65535;

}  // namespace parley::oprf
