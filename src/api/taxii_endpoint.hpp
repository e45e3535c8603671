#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/answer_cache.hpp"
#include "api/credentials.hpp"
#include "api/login.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http_message.hpp"
#include "taxii/answer.hpp"

namespace parley::api {

/// The node's TAXII service, as HTTP needs it. All called on the node thread.
struct TaxiiNode {
  /// The caller's name; `not_found` when nothing fits.
  std::function<Result<std::string>(const Credentials&)> authenticate;
  /// Answers a request that is no POST.
  std::function<taxii::Answer(const taxii::Request&)> answer;
  /// A POST in steps of about 100 ms, each giving the answer or nothing yet; empty, and `refusal` set, when
  /// it is refused at once. With an empty body it tells whether a body would be read at all.
  using Steps = std::function<Result<std::optional<taxii::Answer>>()>;
  std::function<Steps(const taxii::Request&, std::string body, taxii::Answer& refusal)> begin_posting;
  /// Changes whenever an answer could be another; 0: not known.
  std::function<std::uint64_t()> epoch;
  /// A kept answer was sent so many times more.
  std::function<void(std::uint64_t ticket, std::uint64_t times)> note_served;
};

/// TAXII 2.1 over HTTP: everything at `/taxii2/` and below. Media types, credentials, headers and status
/// lines are here; what is in the answers is the node's.
class TaxiiEndpoint {
 public:
  struct Limits {
    std::size_t cached_bytes = std::size_t{64} << 20;  ///< of answers that the IO thread may give out
    std::size_t compress_from = 1'024;                 ///< bytes of an answer that is worth compressing
    /// A larger one is compressed on a thread of its own; this much takes 0.2 ms.
    std::size_t compress_at_once = std::size_t{32} << 10;
    LoginThrottle::Limits logins;
  };
  /// `clock` is read on both threads and must allow that; `entropy` here alone.
  TaxiiEndpoint(TaxiiNode node, Clock& clock, Entropy& entropy, Limits limits);
  TaxiiEndpoint(TaxiiNode node, Clock& clock, Entropy& entropy)
      : TaxiiEndpoint(std::move(node), clock, entropy, Limits()) {}

  static bool owns(std::string_view path);

  /// Node thread.
  net::Response answer(net::Request& request);
  /// Node thread: whether a POST is refused before its body is read.
  std::optional<net::Response> before_body(const net::Request& request);
  /// Node thread, after every task: what was changed by it makes kept answers stale.
  void publish();
  /// Node thread, every few seconds: the node learns how often kept answers were sent.
  void report_served();

  /// Any thread: an answer that is ready.
  std::optional<net::Response> ready(const net::Request& request);
  /// Any thread: what a request is told that breaks HTTP or a bound.
  static net::Response refuse(const net::HttpRefusal& refusal);

 private:
  struct Caller {
    std::string name;
    std::optional<net::Response> refused;
  };
  Caller identify(const net::Request& request);
  std::optional<net::Response> check_head(const net::Request& request) const;
  std::string cache_key(const net::Request& request) const;
  net::Response finish(const net::Request& request, taxii::Answer answer);
  /// Any thread.
  void compress(net::Response& response, net::Coding coding);
  Freshness now() const;

  TaxiiNode node_;
  Clock& clock_;
  Limits limits_;
  ByteArray<32> key_;
  Login login_;
  AnswerCache cache_;
  std::atomic<std::uint64_t> epoch_{0};
};

}  // namespace parley::api
