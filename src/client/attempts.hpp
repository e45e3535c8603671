#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "base/entropy.hpp"
#include "base/time.hpp"
#include "client/url.hpp"
#include "net/https_client_answer.hpp"

namespace parley::client {

/// Bounds of trying again.
struct RetryLimits {
  std::uint32_t attempts = 6;                 ///< of one request
  std::chrono::milliseconds first{1'000};     ///< after the first failure; doubled after each further one
  std::chrono::milliseconds longest{60'000};  ///< of the waits that we choose
  std::chrono::milliseconds retry_after{900'000};  ///< of those that the server chooses
  std::uint32_t redirects = 5;                     ///< of one request, and only on one origin
};

/// What a machine wants next.
struct SendRequest {
  Url url;
  net::HttpsRequest request;
};
struct WaitFor {
  std::chrono::milliseconds time;
  std::string why;
};

/// One request until it has an answer that stands: follows redirects of a GET on the same origin, and tries
/// again after what may pass (the network, 408, 425, 429, 500, 502, 503, 504, damaged answers), waiting as
/// long as `Retry-After` says, or for a time that doubles, half of it drawn at random, so that many clients
/// do not come back together.
class Attempts {
 public:
  /// What is left when nothing more is tried: an answer of any other status, or the last failure.
  using Final = Result<net::HttpsAnswer>;
  using Step = std::variant<SendRequest, WaitFor, Final>;

  /// Borrowed things must outlive it.
  Attempts(const RetryLimits& limits, Clock& clock, Entropy& entropy)
      : limits_(limits), clock_(&clock), entropy_(&entropy) {}

  SendRequest begin(Url url, net::HttpsRequest request);
  Step answered(Result<net::HttpsAnswer> answer);
  /// The answer that stood turned out to be damaged: try again, or end with `error`.
  Step damaged(Error error);
  /// After a wait.
  SendRequest again();

  const Url& url() const { return url_; }
  std::uint64_t requests() const { return requests_; }
  std::uint64_t failures() const { return failures_; }

 private:
  Step failed(Error error, std::chrono::milliseconds at_least);
  Step redirect(const net::HttpsAnswer& answer);

  RetryLimits limits_;
  Clock* clock_;
  Entropy* entropy_;
  Url url_;
  net::HttpsRequest request_;
  std::uint32_t tried_ = 0;
  std::uint32_t redirected_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace parley::client
