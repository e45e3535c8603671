#pragma once

#include "client/pull_job.hpp"
#include "client/push_job.hpp"
#include "schedules.hpp"

namespace parley::app {

/// Pulls from TAXII servers, and pushes to them.
inline constexpr ScheduleKind taxii_pulls{"taxii_pulls", "taxii", "pulls",
                                          "`parley taxii pulls` and `parley taxii pushes` list them"};
inline constexpr ScheduleKind taxii_pushes{"taxii_pushes", "taxii", "pushes", taxii_pulls.commands};

/// What one pull or push needs, from the arguments of a command, with its secrets.
Result<client::PullSetup> pull_setup(Service& service, const Args& args);
Result<client::PushSetup> push_setup(Service& service, const Args& args);

/// Adds a schedule, or replaces the one of the same URL and collections.
Result<Schedule> add_taxii_pull(Service& service, const Args& args);
Result<Schedule> add_taxii_push(Service& service, const Args& args);

// What the timers of the two kinds run. A push asks the gate anew each time, object by object.
ScheduleTimer::Begin taxii_pull_runner(Service& service);
ScheduleTimer::Begin taxii_push_runner(Service& service);

}  // namespace parley::app
