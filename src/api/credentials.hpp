#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "net/http_message.hpp"

namespace parley::api {

/// What a request shows of who sends it; empty members were not there.
struct Credentials {
  std::string user;
  std::string password;
  std::string token;
  std::optional<ByteArray<32>> certificate;

  bool none() const { return user.empty() && password.empty() && token.empty() && !certificate; }
};

/// Longest Authorization value that is looked at.
inline constexpr std::size_t max_authorization_bytes = 4'096;

/// Reads `Authorization` (Basic of RFC 7617; Bearer of RFC 6750, which some clients call Token), `X-API-Key`,
/// and the certificate. `bad_input` for an Authorization that is repeated, too long, of another scheme, or
/// not what its scheme wants: whoever shows something wrong is not treated as somebody who shows nothing.
Result<Credentials> read_credentials(const net::Request& request);

/// One value for one set of credentials, under a key of this process; cheap, and of no use to anybody else.
crypto::Hash256 credential_digest(BytesView key, const net::Request& request);

}  // namespace parley::api
