#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/credentials.hpp"
#include "api/login.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "misp_sync/answer.hpp"
#include "net/http_message.hpp"

namespace parley::api {

/// The node's MISP service, as HTTP needs it. All called on the node thread.
struct MispNode {
  Login::Authenticate authenticate;
  /// An answer in steps of about 100 ms, each giving it or nothing yet.
  using Steps = std::function<Result<std::optional<misp_sync::Answer>>()>;
  std::function<Steps(const misp_sync::Request&, std::string body)> begin;
  /// Whether a POST is refused before its body is read.
  std::function<std::optional<misp_sync::Answer>(const misp_sync::Request&)> refuse_unread;
};

/// What a MISP request shows of who sends it: `Authorization: KEY` or `X-MISP-AUTH: KEY`, as MISP has it, or
/// what `read_credentials` reads, for readers of a feed. `bad_input` like there.
Result<Credentials> read_misp_credentials(const net::Request& request);

/// MISP over HTTP: its feed and what instances and clients ask each other. Credentials, headers and codings
/// are here; what is in the answers is the node's.
class MispEndpoint {
 public:
  struct Limits {
    /// Bytes of an answer that is worth compressing, and of the largest that does not hold up the node: a
    /// larger one is compressed aside.
    std::size_t compress_from = 1'024;
    std::size_t compress_at_once = std::size_t{32} << 10;
    LoginThrottle::Limits logins;
  };
  MispEndpoint(MispNode node, Clock& clock, Entropy& entropy, Limits limits);
  MispEndpoint(MispNode node, Clock& clock, Entropy& entropy)
      : MispEndpoint(std::move(node), clock, entropy, Limits()) {}

  static bool owns(std::string_view path);

  /// Node thread.
  net::Response answer(net::Request& request);
  /// Node thread: whether a POST is refused before its body is read.
  std::optional<net::Response> before_body(const net::Request& request);
  /// Any thread: what a request is told that breaks HTTP or a bound.
  static net::Response refuse(const net::HttpRefusal& refusal);

 private:
  struct Caller {
    std::string name;
    std::optional<net::Response> refused;
  };
  Caller identify(const net::Request& request);
  static std::optional<net::Response> check_method(const net::Request& request);

  MispNode node_;
  Limits limits_;
  Login login_;
};

}  // namespace parley::api
