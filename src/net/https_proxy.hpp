#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/address.hpp"

namespace parley::net {

/// An HTTP proxy that opens tunnels (CONNECT, RFC 9110 section 9.3.6). It learns the server's name and port,
/// how much is said and when, and nothing else: TLS goes through it from end to end.
struct HttpsProxy {
  Address server;             ///< an empty host: none, connect directly
  std::string authorization;  ///< value of Proxy-Authorization; empty: none

  bool is_set() const { return !server.host.empty(); }
  /// "http://proxy.example.org:3128", also "http://USER:PASSWORD@…" with what must be escaped escaped; the
  /// port is 80 when it is not said. Usage errors, which never repeat the text, for anything else.
  static Result<HttpsProxy> parse(std::string_view text);
};

/// Whether `server` is to be reached directly by a list as NO_PROXY holds it: names with everything below
/// them, with or without a dot before them; addresses; networks ("192.0.2.0/24"); each with ":port" or
/// without; "*". The machine itself (localhost, loopback addresses) always is.
bool is_direct(const Address& server, std::string_view no_proxy);

/// What HTTPS_PROXY and NO_PROXY say, in capitals or not, the small ones first. `variable` looks one up.
Result<HttpsProxy> environment_proxy(const std::function<const char*(const char*)>& variable,
                                     const Address& server);

}  // namespace parley::net
