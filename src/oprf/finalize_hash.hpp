#pragma once

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "crypto/ristretto.hpp"

namespace parley::oprf {

/// The last step of Finalize and Evaluate (RFC 9497 section 3.3.1): SHA-512 over input and unblinded element,
/// each with its length, and "Finalize".
crypto::Hash512 finalize_hash(BytesView input, const crypto::EncodedPoint& element);

}  // namespace parley::oprf
