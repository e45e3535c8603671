#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "intel/marking.hpp"
#include "net/later.hpp"
#include "remote_access.hpp"
#include "service.hpp"

namespace parley::app {

/// What one sort of schedules is called in the store, in the home and on the command line.
struct ScheduleKind {
  std::string_view documents;
  std::string_view folder;    ///< HOME/FOLDER/ID.json has the secrets (mode 0600)
  std::string_view listed;    ///< the member of the list's answer
  std::string_view commands;  ///< "`parley misp pulls` lists them"
};

/// A pull or a push that `serve` repeats. Its secrets lie in a file of their own, everything else in the
/// store.
struct Schedule {
  std::string id;
  std::string url;
  std::uint64_t every = 3'600;     ///< seconds from the end of one to the start of the next
  Json settings = Json::object();  ///< what only its kind has
  Timestamp due;
  Json last;  ///< what the last one came to: {"at", "outcome", …}; null before the first

  Json to_json() const;
  static Result<Schedule> from_json(const Json& json);
};

/// The shortest `every`: other people's servers are not ours to tire.
inline constexpr std::uint64_t min_schedule_seconds = 60;
inline constexpr std::uint64_t max_schedule_seconds = 31 * 86'400;
inline constexpr std::size_t max_schedules = 256;  ///< of a kind

/// The level that `--tlp` names; nothing when it is empty.
Result<std::optional<intel::TlpLevel>> tlp_of(const std::string& text);

/// Adds a schedule with URL and settings, every so many seconds as the arguments say, or replaces the one of
/// the same name, with its secrets. It is due at once.
Result<Schedule> add_schedule(Service& service, const ScheduleKind& kind, const Args& args,
                              std::string_view name, Schedule schedule, const RemoteAccess& access);
Result<std::vector<Schedule>> list_schedules(exchange::Node& node, const ScheduleKind& kind);

/// The commands that list and forget.
Result<Answer> answer_schedules(Service& service, const ScheduleKind& kind);
/// Forgets it, of whichever of the kinds it is, and its secrets; `usage` when there is none of that id.
Result<Answer> forget_schedule(Service& service, std::span<const ScheduleKind* const> kinds,
                               const Args& args);

/// Runs what is due of one kind, one after the other, for as long as `serve` does. On the node thread.
class ScheduleTimer {
 public:
  using Cancel = std::function<void(std::string why)>;
  using Done = std::function<void(const Result<void>& outcome, Json details)>;
  /// Begins one, and says how to end it early. `Done` is called at the end, never before this returns.
  using Begin = std::function<Result<Cancel>(const Schedule&, RemoteAccess, Done)>;

  ScheduleTimer(Service& service, const ScheduleKind& kind, Begin begin)
      : service_(service), kind_(kind), begin_(std::move(begin)), timer_(service.loop()) {}
  void start() { look(); }
  /// Ends the one that runs and begins no other.
  void stop();

 private:
  void look();
  Result<void> run_due();
  Result<void> begin(const Schedule& schedule);
  void note(const Schedule& schedule, const Result<void>& outcome, Json details);

  Service& service_;
  const ScheduleKind& kind_;
  const Begin begin_;
  net::Later timer_;
  Cancel cancel_;  // the one that runs
  bool stopped_ = false;
};

/// Runs a job of the client on behalf of a schedule.
template <class Job>
ScheduleTimer::Cancel run_scheduled(std::shared_ptr<Job> job, ScheduleTimer::Done done) {
  job->run({}, [done = std::move(done)](const auto& result) { done(result.outcome, result.to_json()); });
  return [job](std::string why) { job->cancel(std::move(why)); };
}

}  // namespace parley::app
