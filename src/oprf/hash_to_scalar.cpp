#include "oprf/hash_to_scalar.hpp"

#include <sodium.h>

#include "crypto/ristretto.hpp"
#include "crypto/sodium.hpp"

namespace parley::oprf {

crypto::Secret<32> hash_to_scalar(BytesView message, std::string_view tag) {
  crypto::ensure_sodium();
  Bytes wide = crypto::expand_message_xmd(message, tag, 64);
  crypto::Secret<32> out;
  crypto_core_ristretto255_scalar_reduce(out.mutable_view().data(), wide.data());
  crypto::wipe(wide);
  return out;
}

}  // namespace parley::oprf
