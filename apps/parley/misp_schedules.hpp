#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/misp_pull_job.hpp"
#include "exchange/unfinished_events.hpp"
#include "net/later.hpp"
#include "service.hpp"
#include "taxii_access.hpp"

namespace parley::app {

/// A pull from a MISP feed or instance that `serve` repeats. Its secrets lie in HOME/misp/ID.json (mode
/// 0600), everything else in the store.
struct MispSchedule {
  std::string id;
  std::string url, tlp;
  bool is_feed = false;
  bool fewer = false;
  std::uint64_t page_size = 0;  ///< 0: the default
  std::uint64_t every = 3'600;  ///< seconds from the end of one to the start of the next
  Timestamp due;
  Json last;  ///< what the last one came to: {"at", "outcome", …}; null before the first

  Json to_json() const;
  static Result<MispSchedule> from_json(const Json& json);
};

/// The shortest `every`: other people's servers are not ours to tire.
inline constexpr std::uint64_t min_misp_pull_seconds = 60;
inline constexpr std::uint64_t max_misp_pull_seconds = 31 * 86'400;
inline constexpr std::size_t max_misp_schedules = 256;

/// What one pull needs, from the arguments of a command.
Result<client::MispPullSetup> misp_pull_setup(Service& service, const Args& args, bool is_feed);

/// Adds a schedule, or replaces the one of the same URL, with its secrets. It is due at once.
Result<MispSchedule> add_misp_schedule(Service& service, const Args& args, bool is_feed);
Result<std::vector<MispSchedule>> list_misp_schedules(exchange::Node& node);
/// Forgets it and its secrets; `usage` when there is none of that id.
Result<void> forget_misp_schedule(Service& service, const std::string& id);

/// Stores what a crash has left out of events, then runs what is due, one after the other, for as long as
/// `serve` does. On the node thread.
class MispTimer {
 public:
  explicit MispTimer(Service& service) : service_(service), timer_(service.loop()) {}
  void start();
  /// Ends the one that runs and begins no other.
  void stop();

 private:
  void finish_events();
  void look();
  Result<void> run_due();
  Result<void> begin(const MispSchedule& schedule);
  void note(const MispSchedule& schedule, const Result<void>& outcome, Json details);

  Service& service_;
  net::Later timer_;
  std::unique_ptr<exchange::UnfinishedEvents> unfinished_;
  std::shared_ptr<client::MispPullJob> running_;
  bool stopped_ = false;
};

}  // namespace parley::app
