#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/pull_job.hpp"
#include "client/push_job.hpp"
#include "net/later.hpp"
#include "service.hpp"

namespace parley::app {

/// A pull or a push that `serve` repeats. Its secrets lie in HOME/taxii/ID.json (mode 0600), everything else
/// in the store.
struct TaxiiSchedule {
  enum class Kind { pull, push };
  Kind kind = Kind::pull;
  std::string id;
  std::string url, collection, api_root;  ///< there
  std::uint64_t every = 3'600;            ///< seconds from the end of one to the start of the next
  Timestamp due;
  Json last;  ///< what the last one came to: {"at", "outcome", …}; null before the first

  // Of a pull.
  std::string tlp;
  std::uint64_t page_size = 0;  ///< 0: the default
  bool check_manifest = true;
  // Of a push.
  std::string from;  ///< collection of this node
  std::string agreement, purpose;

  Json to_json() const;
  static Result<TaxiiSchedule> from_json(Kind kind, const Json& json);
};

/// The shortest `every`: other people's servers are not ours to tire.
inline constexpr std::uint64_t min_schedule_seconds = 60;
inline constexpr std::uint64_t max_schedule_seconds = 31 * 86'400;
inline constexpr std::size_t max_schedules = 256;  ///< of a kind

/// What one pull or push needs, from the arguments of a command, with its secrets.
Result<client::PullSetup> pull_setup(Service& service, const Args& args);
Result<client::PushSetup> push_setup(Service& service, const Args& args);

/// Adds a schedule, or replaces the one of the same URL and collections, with its secrets. It is due at once.
Result<TaxiiSchedule> add_schedule(Service& service, TaxiiSchedule::Kind kind, const Args& args);
Result<std::vector<TaxiiSchedule>> list_schedules(exchange::Node& node, TaxiiSchedule::Kind kind);
/// Forgets it and its secrets; `usage` when there is none of that id.
Result<void> forget_schedule(Service& service, const std::string& id);

/// Runs what is due of one kind, one after the other, for as long as `serve` does. A push asks the gate
/// anew each time, object by object. On the node thread.
class ScheduleTimer {
 public:
  ScheduleTimer(Service& service, TaxiiSchedule::Kind kind)
      : service_(service), kind_(kind), timer_(service.loop()) {}
  void start() { look(); }
  /// Ends the one that runs and begins no other.
  void stop();

 private:
  void look();
  Result<void> run_due();
  Result<void> begin(const TaxiiSchedule& schedule);
  template <class Job>
  void watch(std::shared_ptr<Job> job, const TaxiiSchedule& schedule);
  void note(const TaxiiSchedule& schedule, const Result<void>& outcome, Json details);

  Service& service_;
  const TaxiiSchedule::Kind kind_;
  net::Later timer_;
  std::function<void(std::string)> cancel_;  // the one that runs
  bool stopped_ = false;
};

}  // namespace parley::app
