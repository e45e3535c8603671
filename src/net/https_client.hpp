#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "net/address.hpp"
#include "net/https_client_answer.hpp"
#include "net/https_proxy.hpp"
#include "net/node_loop.hpp"

namespace parley::net {

/// How the server is known and what we show it. Of `ca_pem` and `pin` at most one; with neither the system's
/// certificate authorities decide.
struct HttpsTrust {
  std::string ca_pem;  ///< certificates that alone are trusted, PEM
  /// SHA-256 in hex of the server's certificate (DER) or of its public key (SubjectPublicKeyInfo). The server
  /// is then this key, whatever name, dates and issuer its certificate has.
  std::string pin;
  std::string certificate_pem;  ///< our own certificate and its chain, for servers that want one
  std::string key_pem;          ///< its private key, PKCS#8 without a password

  /// Usage errors for what could never work: both CA and pin, a pin that is none, PEM that does not parse, a
  /// key that does not belong to its certificate.
  Result<void> check() const;
};

/// Every wait of an exchange has a bound here.
struct HttpsClientLimits {
  AnswerLimits answer;
  std::chrono::milliseconds connect{10'000};    ///< looking up the name and connecting, the proxy's answer
  std::chrono::milliseconds handshake{10'000};  ///< TLS
  std::chrono::milliseconds write{60'000};      ///< our request
  std::chrono::milliseconds first{120'000};     ///< from the request to the first byte of the answer
  std::chrono::milliseconds idle{30'000};       ///< between two pieces of an answer
  std::chrono::milliseconds whole{600'000};     ///< the whole exchange: a server that drips ends here
};

/// Speaks HTTP/1.1 over TLS 1.2 or 1.3 to one server, one request at a time, over one connection that is kept
/// as long as the server keeps it, straight or through a proxy's tunnel. The name is verified and sent (SNI)
/// unless the host is an IP literal, which is verified as an address. Redirects are answers like others;
/// following them is for whoever asks.
///
/// A GET that fails on a kept connection before any byte of an answer came is sent once more on a fresh one:
/// the server may have closed it meanwhile.
class HttpsClient {
 public:
  /// `server.host` is a name or a literal. Usage errors as `HttpsTrust::check`.
  static Result<std::unique_ptr<HttpsClient>> make(NodeLoop& loop, Address server, const HttpsTrust& trust,
                                                   const HttpsClientLimits& limits, HttpsProxy proxy = {});
  /// Cuts what is under way; its `done` is not called any more. On the node thread, or when the loop has
  /// stopped.
  ~HttpsClient();
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  /// `done` is called on the node thread. Not before the last `done` was. Errors name the server and what was
  /// done: `peer` for the network and TLS, `bad_input` for answers that are none or too large.
  void send(HttpsRequest request, std::function<void(Result<HttpsAnswer>)> done);

  struct State;

 private:
  explicit HttpsClient(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace parley::net
