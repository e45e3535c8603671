#include "misp_schedules.hpp"

#include <algorithm>
#include <utility>

#include "outgoing.hpp"

namespace parley::app {

namespace {

constexpr std::chrono::milliseconds next_step{1};
constexpr std::uint64_t max_page_size = 100'000;

/// What lists and events may weigh as they come: manifests of large feeds are long.
constexpr std::size_t max_answer_bytes = std::size_t{512} << 20;

/// Of what was refused a schedule shows the first ones, so that the list stays readable.
constexpr std::size_t shown_refusals = 20;

/// What of a pull stands in the arguments besides the access.
Result<Schedule> schedule_of(const Args& args, bool is_feed) {
  Schedule out;
  PARLEY_TRY(out.url, args.text("url"));
  const std::uint64_t limit = args.number("limit").value_or(0);
  out.settings = Json::object({{"feed", is_feed},
                               {"tlp", args.text_or("tlp", "")},
                               {"fewer", args.flag("fewer")},
                               {"page_size", std::min(limit, max_page_size)}});
  return out;
}

Result<client::MispPullSetup> setup_of(Service& service, const Schedule& schedule, RemoteAccess access) {
  client::MispPullSetup out;
  PARLEY_TRY(out.question.url, client::Url::parse(schedule.url));
  PARLEY_TRY(out.question.is_feed, schedule.settings.bool_member("feed"));
  PARLEY_TRY(out.question.fewer, schedule.settings.bool_member("fewer"));
  PARLEY_TRY(const std::uint64_t page_size, schedule.settings.uint_member("page_size"));
  if (page_size > 0) out.limits.page_size = page_size;
  out.credentials = std::move(access.credentials);
  out.trust = std::move(access.trust);
  PARLEY_TRY(out.proxy,
             proxy_to(service.home().config(), access.proxy, {out.question.url.host, out.question.url.port}));
  PARLEY_TRY(const std::string tlp, schedule.settings.string_member("tlp"));
  PARLEY_TRY(out.import.tlp, tlp_of(tlp));
  out.https.answer.body_bytes = max_answer_bytes;
  if (out.question.is_feed) {
    PARLEY_TRY(out.question.etag, client::load_misp_mark(service.node(), out.question.url));
  }
  return out;
}

Result<ScheduleTimer::Cancel> run(Service& service, const Schedule& schedule, RemoteAccess access,
                                  ScheduleTimer::Done done) {
  PARLEY_TRY(client::MispPullSetup setup, setup_of(service, schedule, std::move(access)));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  PARLEY_TRY(auto job, client::MispPullJob::make(service.loop(), service.node(), *lists, std::move(setup)));
  return run_scheduled(std::move(job), [done = std::move(done)](const Result<void>& outcome, Json details) {
    if (Json* refusals = details.find("refusals"); refusals != nullptr && refusals->if_array() != nullptr)
      if (refusals->size() > shown_refusals) refusals->if_array()->resize(shown_refusals);
    if (Json* attributes = details.find("attributes"); attributes != nullptr) attributes->erase("rejects");
    done(outcome, std::move(details));
  });
}

}  // namespace

Result<client::MispPullSetup> misp_pull_setup(Service& service, const Args& args, bool is_feed) {
  PARLEY_TRY(const Schedule once, schedule_of(args, is_feed));
  PARLEY_TRY(RemoteAccess access, misp_access(args, is_feed));
  PARLEY_TRY(client::MispPullSetup out, setup_of(service, once, std::move(access)));
  out.question.again = args.flag("again");
  return out;
}

Result<Schedule> add_misp_schedule(Service& service, const Args& args, bool is_feed) {
  PARLEY_TRY(Schedule out, schedule_of(args, is_feed));
  PARLEY_TRY(const RemoteAccess access, misp_access(args, is_feed));
  if (args.flag("again"))
    return fail(ErrorKind::usage, "--again is for a single pull; a schedule fetches what is new");
  // What cannot work is said now.
  PARLEY_TRY(const client::MispPullSetup setup, setup_of(service, out, access));
  out.url = setup.question.url.text();
  const std::string name = std::string(is_feed ? "feed" : "instance") + "\n" + out.url;
  return add_schedule(service, misp_pulls, args, name, std::move(out), access);
}

MispTimer::MispTimer(Service& service)
    : service_(service),
      timer_(service.loop()),
      pulls_(service, misp_pulls,
             [&service](const Schedule& schedule, RemoteAccess access, ScheduleTimer::Done done) {
               return run(service, schedule, std::move(access), std::move(done));
             }) {}

void MispTimer::start() {
  const auto waits = exchange::UnfinishedEvents::any(service_.node());
  const auto lists = service_.home().warninglists();
  if (waits && *waits && lists)
    unfinished_ = std::make_unique<exchange::UnfinishedEvents>(service_.node(), **lists);
  finish_events();
}

void MispTimer::finish_events() {
  if (stopped_) return;
  if (!unfinished_) return pulls_.start();
  // What fails now is tried again at the next start.
  const Result<bool> is_done = unfinished_->step();
  if (!is_done || *is_done) unfinished_.reset();
  timer_.set(next_step, [this] { finish_events(); });
}

void MispTimer::stop() {
  stopped_ = true;
  timer_.forget();
  unfinished_.reset();
  pulls_.stop();
}

}  // namespace parley::app
