#pragma once

#include <memory>

#include "client/misp_pull_job.hpp"
#include "exchange/unfinished_events.hpp"
#include "net/later.hpp"
#include "schedules.hpp"

namespace parley::app {

/// Pulls from MISP feeds and instances.
inline constexpr ScheduleKind misp_pulls{"misp_pulls", "misp", "pulls", "`parley misp pulls` lists them"};

/// What one pull needs, from the arguments of a command.
Result<client::MispPullSetup> misp_pull_setup(Service& service, const Args& args, bool is_feed);

/// Adds a schedule, or replaces the one of the same URL.
Result<Schedule> add_misp_schedule(Service& service, const Args& args, bool is_feed);

/// Stores what a crash has left out of events, then repeats what is scheduled. On the node thread.
class MispTimer {
 public:
  explicit MispTimer(Service& service);
  void start();
  void stop();

 private:
  void finish_events();

  Service& service_;
  net::Later timer_;
  std::unique_ptr<exchange::UnfinishedEvents> unfinished_;
  ScheduleTimer pulls_;
  bool stopped_ = false;
};

}  // namespace parley::app
