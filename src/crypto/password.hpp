#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/entropy.hpp"

namespace parley::crypto {

/// Argon2id version 1.3 (RFC 9106) with libsodium's "interactive" cost: 2 passes over 64 MiB, one lane; about
/// 50 ms. The PHC string form, salt and parameters included. `internal` when there is no memory.
Result<std::string> hash_password(std::string_view password, Entropy& entropy);

/// Whether `password` gives `hash`; as long for a wrong one as for the right one. A text that is no hash is
/// nobody's.
bool verify_password(std::string_view hash, std::string_view password);

}  // namespace parley::crypto
