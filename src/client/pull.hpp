#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/attempts.hpp"
#include "client/finder.hpp"
#include "client/page.hpp"
#include "client/seen_set.hpp"

namespace parley::client {

/// What every request carries to prove who asks. The values are secrets.
struct Credentials {
  std::vector<std::pair<std::string, std::string>> fields;  ///< "authorization" → "Basic …"
};

/// Bounds of one pull.
struct PullLimits {
  RetryLimits retry;
  PageLimits page;
  std::uint64_t page_size = 1'000;     ///< `limit` of our requests
  std::uint64_t pages = 100'000;       ///< of objects, in one run; the next run goes on
  std::uint64_t manifest_pages = 200;  ///< longer ones are not compared
  /// Pages in a row that bring nothing new, though the server says "more"; one that gives the same `next`
  /// again counts as four.
  std::uint32_t stale_pages = 8;
  std::size_t remembered = 2'000'000;   ///< objects of one run that are known again
  std::uint64_t fetched_by_id = 1'000;  ///< objects that the manifest names and no page brought
  std::size_t warnings = 100;           ///< of different ones
  std::chrono::microseconds future = std::chrono::hours(24);  ///< how far ahead the server's clock may be
};

/// How far a collection has been read. Kept by whoever runs the machine, under the collection's URL, each
/// time after the page that it stands behind is durable.
struct PullCursor {
  std::string after;   ///< `added_after` of the sweep, as it is sent; empty: from the beginning
  std::string next;    ///< the server's token in the middle of a sweep; empty: none
  std::string newest;  ///< latest `date_added` that this sweep has seen, as it would be sent
  bool operator==(const PullCursor&) const = default;

  encoding::Json to_json() const;
  static Result<PullCursor> from_json(const encoding::Json& json);
};

struct PullQuestion {
  Url url;
  std::string collection;          ///< id, title or alias; may be empty
  std::string api_root;            ///< see `Finder`
  std::optional<Timestamp> since;  ///< instead of where the last pull ended
  bool check_manifest = true;
};

/// What the manifest of a collection says beside what came: its entries, those that no page brought, and
/// those of them that were then had by their id.
struct PullManifest {
  std::uint64_t listed = 0, missing = 0, fetched = 0;
};

struct PullReport {
  Place place;
  std::uint64_t pages = 0;
  std::uint64_t objects = 0;  ///< elements of pages, repeats included
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;  ///< requests that were tried again
  PullCursor from, to;
  bool complete = false;                 ///< everything that the server offers was read
  std::optional<PullManifest> manifest;  ///< nothing when it was not compared
  std::vector<std::string> warnings;
};

/// TAXII 2.1 pull of one collection as a machine: no socket, no clock, no store of its own. Whoever runs it
/// does what it wants and tells it what came of it, until it has ended.
///
///   find the collection → (cursor) → pages, each stored and then its cursor → a last look behind the end
///     → the manifest, compared → what it names and no page brought → done
///
/// Ends after a bounded number of requests whatever the server does: a page must bring something new, or it
/// is one of a few that may not, and all pages of a run are bounded.
class Pull {
 public:
  /// The collection is known: answer with `resume`, and the cursor that is kept for it, if any.
  struct LoadCursor {
    Place place;
  };
  /// Keep these bytes (a whole page), then the cursor, both durable: answer with `stored`.
  struct StorePage {
    std::string body;  ///< empty: only the cursor
    PullCursor cursor;
  };
  struct Ended {
    Result<void> outcome;  ///< an error when it broke off; what was stored before stays
  };
  using Effect = std::variant<SendRequest, WaitFor, LoadCursor, StorePage, Ended>;

  /// Borrowed things must outlive it.
  Pull(PullQuestion question, Credentials credentials, PullLimits limits, Clock& clock, Entropy& entropy);

  Effect start();
  Effect answered(Result<net::HttpsAnswer> answer);
  Effect waited();
  Effect resume(std::optional<PullCursor> cursor);
  Effect stored();

  /// Of what was done so far.
  const PullReport& report() const { return report_; }

 private:
  enum class Stage { finding, loading, page, storing, manifest, by_id, ended };
  enum class Then { page, end_of_sweep, by_id, end };  // once a page is stored
  Effect request(Url url);
  Effect step(Attempts::Step step);
  Effect take(net::HttpsAnswer answer);
  Effect take_page(net::HttpsAnswer answer);
  Effect take_manifest(const net::HttpsAnswer& answer);
  Effect take_by_id(net::HttpsAnswer answer);
  Effect ask_page();
  Effect end_of_sweep();
  Effect ask_by_id();
  Effect finish();
  Effect store(std::string body, Then then);
  Effect end(Result<void> outcome);
  Then after(const Page& page, bool is_new);
  Url objects_url(bool manifest) const;
  void note_dates(const net::HttpsAnswer& answer);
  void note_newest(const WrittenTime& time);
  bool note_entries(const Page& page);
  Result<void> check_body(const net::HttpsAnswer& answer);
  void warn(std::string text);

  PullQuestion question_;
  Credentials credentials_;
  PullLimits limits_;
  Clock* clock_;
  Finder finder_;
  Attempts attempts_;
  Stage stage_ = Stage::finding;
  Then then_ = Then::end;
  PullReport report_;
  PullCursor cursor_;

  // The sweep: all pages from one `added_after` to the end.
  std::uint64_t page_size_;
  bool resumed_inside_ = false;  // an earlier run has read the beginning
  bool token_is_old_ = false;    // `next` comes from an earlier run
  bool looking_ = false;         // behind what the server calls the end
  bool broken_off_ = false;      // the server gives no way on
  std::uint32_t stale_ = 0;
  std::optional<Timestamp> newest_;
  std::optional<Timestamp> after_;  // of the last request
  SeenSet ids_, versions_;

  // The manifest.
  std::string manifest_next_;
  std::uint64_t manifest_pages_ = 0;
  std::optional<Timestamp> manifest_newest_;
  SeenSet listed_;
  std::vector<std::string> missing_;
};

}  // namespace parley::client
