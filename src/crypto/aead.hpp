#pragma once

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "crypto/secret.hpp"

namespace parley::crypto {

/// What `seal` adds to the length of the plain text: a 24-byte nonce in front, a 16-byte tag at the end.
inline constexpr std::size_t seal_overhead = 24 + 16;

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): nonce ‖ ciphertext ‖ tag, the nonce drawn from `entropy`.
/// `aad` is authenticated and not stored; the same bytes must be given to `open`.
Bytes seal(const Secret<32>& key, BytesView aad, BytesView plain, Entropy& entropy);

/// The plain text, or bad input when key, `aad` or any byte is not what was sealed. Nothing of the plain text
/// is given out before the tag was checked.
Result<Bytes> open(const Secret<32>& key, BytesView aad, BytesView sealed);

}  // namespace parley::crypto
