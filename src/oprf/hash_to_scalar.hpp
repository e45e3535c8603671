#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace parley::oprf {

/// HashToScalar of RFC 9497 section 4.1: 64 bytes of expand_message_xmd with SHA-512, little endian, modulo
/// l. May be zero (with probability 2^-252), so no `crypto::Scalar`.
crypto::Secret<32> hash_to_scalar(BytesView message, std::string_view tag);

}  // namespace parley::oprf
