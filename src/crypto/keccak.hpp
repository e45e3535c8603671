#pragma once

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

namespace parley::crypto {

/// Keccak-256 as Ethereum and Monero use it: the sponge that became SHA3-256 (FIPS 202, section 3) with the
/// padding of its first submission, 0x01 in place of 0x06. OpenSSL 3.0 and libsodium have the standard's
/// padding alone. For checksums of addresses; nothing secret goes through it. Linear.
Hash256 keccak256(BytesView data);

}  // namespace parley::crypto
