#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "client/attempts.hpp"
#include "client/pull.hpp"
#include "client/seen_set.hpp"
#include "misp/event.hpp"
#include "misp_sync/listing.hpp"

namespace parley::client {

/// Bounds of one pull from MISP.
struct MispPullLimits {
  RetryLimits retry{.attempts = 4, .first = std::chrono::milliseconds(500)};
  misp_sync::ListingLimits listing;
  misp::EventLimits event;
  std::uint64_t page_size = 10'000;    ///< entries of a page of the index
  std::uint64_t pages = 10'000;        ///< of the index, in one run
  std::size_t remembered = 4'000'000;  ///< events of one run that are known again
  std::size_t events_a_request =
      100;                         ///< asked for at once, of an instance; halved where answers are too large
  std::size_t batch_events = 100;  ///< stored at once
  std::size_t batch_bytes = std::size_t{8} << 20;
  std::uint32_t failures_in_a_row =
      3;                      ///< events that cannot be had at all, before the server counts as gone
  std::size_t named = 1'000;  ///< refused events and warnings that are told one by one
};

struct MispPullQuestion {
  Url url;
  bool is_feed = false;
  bool again = false;  ///< fetch what is held too, and tell which of it changed under the same timestamp
  bool fewer = false;  ///< take events with fewer attributes than they say to have, with a warning
  std::string etag;    ///< of the manifest at the last complete pull
};

/// An event that was not stored, and why.
struct MispRefused {
  std::string uuid;
  std::string why;
};

struct MispPullReport {
  std::optional<misp_sync::Version> version;  ///< of the instance
  std::uint64_t listed = 0;                   ///< events that the server says to have
  std::uint64_t wanted = 0;                   ///< of them: new, changed, or asked for again
  std::uint64_t fetched = 0;                  ///< came and passed every check
  std::uint64_t stored = 0;                   ///< new here, or a later version
  std::uint64_t unchanged = 0;                ///< fetched again and the same
  std::uint64_t refused = 0;
  std::uint64_t pages = 0, requests = 0, failures = 0;
  bool complete = false;              ///< everything that is listed was looked at
  bool not_modified = false;          ///< the feed is what it was at the last pull
  std::string etag;                   ///< of the manifest that this pull went through
  std::vector<MispRefused> refusals;  ///< the first `named`
  std::vector<std::string> warnings;
};

/// What became of an event that was to be stored.
struct MispFate {
  std::string uuid;
  misp::EventOrder order = misp::EventOrder::newer;  ///< how it stands to what was held
  bool was_held = false;
  std::string error;  ///< it could not be stored; empty otherwise
};

/// Reads a MISP feed, or the events of a MISP instance that it may see, as a machine: no socket, no clock, no
/// store of its own. Whoever runs it does what it wants and tells it what came of it, until it has ended.
///
///   feed:      manifest → (hashes) → compare with what is held → each file, checked → store, batch by batch
///   instance:  version → a page of the index → compare → batches of events, checked → store → the next page
///
/// Every event is checked whole before it is stored: it is the one that was asked for, not older than the
/// list says, has as many attributes as it says (and as hashes.csv says), and is the file that the manifest
/// has the hash of. What does not pass is named and not stored, and the pull goes on with the others. A list
/// that repeats itself ends the pull. The run is resumable by itself: what is held is not fetched again.
class MispPull {
 public:
  /// Which of these are not held, or held with an earlier timestamp (all, when `again`): answer `compared`.
  struct Compare {
    std::vector<misp_sync::Listed> events;
    bool again = false;
  };
  /// Store these, durably: answer `stored`, in the same order.
  struct StoreEvents {
    std::vector<misp::Event> events;
  };
  struct Ended {
    Result<void> outcome;  ///< an error when it broke off; what was stored before stays
  };
  using Effect = std::variant<SendRequest, WaitFor, Compare, StoreEvents, Ended>;

  /// Borrowed things must outlive it.
  MispPull(MispPullQuestion question, Credentials credentials, MispPullLimits limits, Clock& clock,
           Entropy& entropy);

  Effect start();
  Effect answered(Result<net::HttpsAnswer> answer);
  Effect waited();
  Effect compared(std::vector<misp_sync::Listed> wanted);
  Effect stored(const std::vector<MispFate>& fates);

  const MispPullReport& report() const { return report_; }

 private:
  enum class Stage { version, manifest, hashes, index, comparing, events, storing, ended };
  Effect get(std::string_view path);
  Effect post(std::string_view path, std::string body);
  Effect request(net::HttpsRequest request, Url url);
  Effect step(Attempts::Step step);
  Effect take(const net::HttpsAnswer& answer);
  Effect take_version(const net::HttpsAnswer& answer);
  Effect take_manifest(const net::HttpsAnswer& answer);
  Effect take_hashes(const net::HttpsAnswer& answer);
  Effect take_index(const net::HttpsAnswer& answer);
  Effect take_events(const net::HttpsAnswer& answer);
  Effect take_single(const net::HttpsAnswer& answer);
  Effect failed(Error error);
  Effect compare(misp_sync::Listing listing);
  Effect ask_index();
  Effect ask_events();
  Effect after_events();
  Effect end(Result<void> outcome);
  void check(misp::Value json, std::string_view file);
  void refuse(std::string uuid, std::string why);
  void warn(std::string text);
  Url at(std::string_view path) const;

  MispPullQuestion question_;
  Credentials credentials_;
  MispPullLimits limits_;
  Attempts attempts_;
  Stage stage_;
  MispPullReport report_;

  SeenSet seen_;
  std::uint64_t page_ = 0;
  bool last_page_ = false;
  std::unordered_map<std::string, std::uint64_t> hashes_;  // values of each event, where a feed says it
  misp_sync::Listing waiting_;                             // until hashes.csv has come

  std::deque<misp_sync::Listed> wanted_;
  std::unordered_map<std::string, misp_sync::Listed> asked_;
  std::deque<misp_sync::Listed> alone_;  // to be asked for one by one
  bool is_single_ = false;
  std::size_t at_once_;
  std::uint32_t failures_ = 0;  // in a row
  std::vector<misp::Event> batch_;
  std::size_t batch_bytes_ = 0;
};

}  // namespace parley::client
