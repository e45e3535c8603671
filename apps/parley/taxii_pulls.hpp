#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/pull_job.hpp"
#include "net/later.hpp"
#include "service.hpp"

namespace parley::app {

/// A pull that `serve` repeats. Its secrets lie in HOME/taxii/ID.json (mode 0600), everything else in the
/// store.
struct ScheduledPull {
  std::string id;
  std::string url, collection, api_root, tlp;
  std::uint64_t every = 3'600;  ///< seconds from the end of one to the start of the next
  std::uint64_t page_size = 0;  ///< 0: the default
  bool check_manifest = true;
  Timestamp due;
  Json last;  ///< what the last one came to: {"at", "outcome", …}; null before the first

  Json to_json() const;
  static Result<ScheduledPull> from_json(const Json& json);
};

/// The shortest `every`: other people's servers are not ours to tire.
inline constexpr std::uint64_t min_pull_seconds = 60;
inline constexpr std::uint64_t max_pull_seconds = 31 * 86'400;
inline constexpr std::size_t max_scheduled_pulls = 256;

/// What one pull needs, from the arguments of a command or from a schedule.
Result<client::PullSetup> pull_setup(const Args& args);

/// Adds a schedule, or replaces the one of the same URL and collection, with its secrets.
Result<ScheduledPull> schedule_pull(Service& service, const Args& args);
Result<std::vector<ScheduledPull>> scheduled_pulls(exchange::Node& node);
/// Forgets it and its secrets; `usage` when there is none of that id.
Result<void> forget_pull(Service& service, const std::string& id);

/// Runs what is due, one after the other, for as long as `serve` does. On the node thread.
class PullTimer {
 public:
  explicit PullTimer(Service& service) : service_(service), timer_(service.loop()) {}
  void start() { look(); }
  /// Ends the one that runs and begins no other.
  void stop();

 private:
  void look();
  Result<void> run_due();
  void run(ScheduledPull pull);
  void note(const ScheduledPull& pull, const Result<void>& outcome, Json details);

  Service& service_;
  net::Later timer_;
  std::shared_ptr<client::PullJob> running_;
  bool stopped_ = false;
};

}  // namespace parley::app
