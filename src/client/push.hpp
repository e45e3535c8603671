#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/attempts.hpp"
#include "client/finder.hpp"
#include "client/pull.hpp"

namespace parley::client {

/// Bounds of one push.
struct PushLimits {
  RetryLimits retry;
  std::uint64_t envelope_bytes = std::uint64_t{4} << 20;  ///< or less, where the server says so
  std::size_t envelope_objects = 1'000;
  std::uint32_t status_polls = 60;            ///< of one envelope
  std::chrono::milliseconds first_poll{500};  ///< doubled after each further one
  std::chrono::milliseconds longest_poll{30'000};
  std::size_t failures = 1'000;  ///< that are named; all are counted
};

struct PushReport {
  Place place;
  std::uint64_t pages = 0, envelopes = 0, requests = 0, retries = 0;
  std::uint64_t sent = 0;  ///< objects, each once
  std::uint64_t accepted = 0;
  std::uint64_t failed = 0;   ///< the server said so, or did not take them
  std::uint64_t pending = 0;  ///< the server had not finished with them when we stopped asking
  std::vector<StatusResource::Failure> failures;
  std::vector<std::string> warnings;
};

/// TAXII 2.1 push as a machine, like `Pull`: objects that were cleared, page by page, into envelopes no
/// larger than the server takes, each followed until the server is done with it.
///
/// The same object twice is no error in TAXII, so whatever broke off is simply sent again. An envelope that
/// the server refuses (400, 413, 422) is halved until the object that it means stands alone.
class Push {
 public:
  /// Give the next page by `page`, once it may leave and that is recorded; the last one is done with.
  struct NextPage {
    Place place;
  };
  struct Ended {
    Result<void> outcome;
  };
  using Effect = std::variant<SendRequest, WaitFor, NextPage, Ended>;

  Push(Url url, std::string collection, std::string api_root, Credentials credentials, PushLimits limits,
       Clock& clock, Entropy& entropy);

  Effect start();
  Effect answered(Result<net::HttpsAnswer> answer);
  Effect waited();
  /// Objects as JSON, byte for byte as they shall leave; empty: there is no further page.
  Effect page(std::vector<std::string> objects);

  const PushReport& report() const { return report_; }

 private:
  enum class Stage { finding, waiting_for_page, posting, polling, ended };
  struct Envelope {
    std::vector<std::string> objects;
  };
  Effect step(Attempts::Step step);
  Effect take(const net::HttpsAnswer& answer);
  Effect take_posted(const net::HttpsAnswer& answer);
  Effect take_status(const net::HttpsAnswer& answer);
  Effect next_envelope();
  Effect poll();
  Effect done_with_envelope();
  Effect refused(const net::HttpsAnswer& answer);
  Effect end(Result<void> outcome);
  net::HttpsRequest request(std::string method) const;
  void fail_object(const std::string& object, std::string why);
  void note(const StatusResource& status);
  void warn(std::string text);

  Credentials credentials_;
  PushLimits limits_;
  Finder finder_;
  Attempts attempts_;
  Stage stage_ = Stage::finding;
  PushReport report_;
  std::deque<Envelope> waiting_;
  StatusResource status_;
  std::uint32_t polls_ = 0;
  bool sleeping_ = false;  // between two looks at a status
};

/// The id of an object, for messages; "?" when there is none.
std::string id_of_object(const std::string& object);

}  // namespace parley::client
