#include "taxii_schedules.hpp"

#include <algorithm>
#include <utility>

#include "outgoing.hpp"

namespace parley::app {

namespace {

/// How what comes from a TAXII server is taken in.
Result<exchange::ImportOptions> pulled(const std::string& tlp) {
  exchange::ImportOptions out;
  PARLEY_TRY(out.tlp, tlp_of(tlp));
  out.convert_stix20 = true;
  return out;
}

/// Who we are there, and which way it goes.
template <class Setup>
Result<void> put_access(Service& service, Setup& setup, const client::Url& url, RemoteAccess access) {
  PARLEY_TRY(setup.proxy, proxy_to(service.home().config(), access.proxy, {url.host, url.port}));
  setup.credentials = std::move(access.credentials);
  setup.trust = std::move(access.trust);
  return {};
}

Result<exchange::PushQuestion> push_question(const Args& args) {
  exchange::PushQuestion out;
  out.collection = args.text_or("from", "");
  out.ids = args.list("ids");
  out.again = args.flag("again");
  out.agreement = args.text_or("agreement", "");
  out.purpose = args.text_or("purpose", "");
  out.release = args.text_or("release", "");
  if (out.collection.empty() == out.release.empty())
    return fail(ErrorKind::usage,
                "what shall go: --from COLLECTION of this node, or --release ID of an approved release");
  if (!out.release.empty() &&
      (!out.ids.empty() || out.again || !out.agreement.empty() || !out.purpose.empty()))
    return fail(
        ErrorKind::usage,
        "a release says itself what it holds, under which agreement and for what: --release ID alone");
  if (out.agreement.empty() != out.purpose.empty())
    return fail(ErrorKind::usage, "--agreement and --purpose go together");
  return out;
}

Result<ScheduleTimer::Cancel> run_pull(Service& service, const Schedule& schedule, RemoteAccess access,
                                       ScheduleTimer::Done done) {
  client::PullSetup setup;
  PARLEY_TRY(setup.question.url, client::Url::parse(schedule.url));
  PARLEY_TRY(setup.question.collection, schedule.settings.string_member("collection"));
  PARLEY_TRY(setup.question.api_root, schedule.settings.string_member("api_root"));
  PARLEY_TRY(setup.question.check_manifest, schedule.settings.bool_member("check_manifest"));
  PARLEY_TRY(const std::uint64_t page_size, schedule.settings.uint_member("page_size"));
  if (page_size > 0) setup.limits.page_size = page_size;
  PARLEY_TRY(const std::string tlp, schedule.settings.string_member("tlp"));
  PARLEY_TRY(setup.import, pulled(tlp));
  PARLEY_CHECK(put_access(service, setup, setup.question.url, std::move(access)));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  PARLEY_TRY(auto job, client::PullJob::make(service.loop(), service.node(), *lists, std::move(setup)));
  return run_scheduled(std::move(job), [done = std::move(done)](const Result<void>& outcome, Json details) {
    details.erase("rejects");
    done(outcome, std::move(details));
  });
}

Result<ScheduleTimer::Cancel> run_push(Service& service, const Schedule& schedule, RemoteAccess access,
                                       ScheduleTimer::Done done) {
  client::PushSetup setup;
  PARLEY_TRY(setup.url, client::Url::parse(schedule.url));
  PARLEY_TRY(setup.remote_collection, schedule.settings.string_member("collection"));
  PARLEY_TRY(setup.api_root, schedule.settings.string_member("api_root"));
  PARLEY_TRY(setup.question.collection, schedule.settings.string_member("from"));
  PARLEY_TRY(setup.question.agreement, schedule.settings.string_member("agreement"));
  PARLEY_TRY(setup.question.purpose, schedule.settings.string_member("purpose"));
  PARLEY_CHECK(put_access(service, setup, setup.url, std::move(access)));
  PARLEY_TRY(auto job, client::PushJob::make(service.loop(), service.node(), std::move(setup)));
  return run_scheduled(std::move(job), std::move(done));
}

}  // namespace

Result<client::PullSetup> pull_setup(Service& service, const Args& args) {
  client::PullSetup out;
  PARLEY_TRY(const std::string url, args.text("url"));
  PARLEY_TRY(out.question.url, client::Url::parse(url));
  out.question.collection = args.text_or("collection", "");
  out.question.api_root = args.text_or("api_root", "");
  out.question.check_manifest = !args.flag("no_manifest");
  if (args.has("since")) {
    auto since = parse_time(args.text_or("since", ""));
    if (!since) return fail(ErrorKind::usage, "--since: an RFC 3339 time, such as 2026-01-01T00:00:00Z");
    out.question.since = *since;
  }
  if (const auto limit = args.number("limit"); limit && *limit > 0)
    out.limits.page_size = std::min<std::uint64_t>(*limit, 10'000);
  PARLEY_TRY(out.import, pulled(args.text_or("tlp", "")));
  PARLEY_TRY(RemoteAccess access, taxii_access(args));
  PARLEY_CHECK(put_access(service, out, out.question.url, std::move(access)));
  return out;
}

Result<client::PushSetup> push_setup(Service& service, const Args& args) {
  client::PushSetup out;
  PARLEY_TRY(const std::string url, args.text("url"));
  PARLEY_TRY(out.url, client::Url::parse(url));
  PARLEY_TRY(out.question, push_question(args));
  out.remote_collection = args.text_or("collection", "");
  out.api_root = args.text_or("api_root", "");
  PARLEY_TRY(RemoteAccess access, taxii_access(args));
  PARLEY_CHECK(put_access(service, out, out.url, std::move(access)));
  return out;
}

Result<Schedule> add_taxii_pull(Service& service, const Args& args) {
  PARLEY_TRY(const client::PullSetup setup, pull_setup(service, args));
  const client::PullQuestion& question = setup.question;
  if (question.since) return fail(ErrorKind::usage, "--since is for a single pull; a schedule goes on");
  Schedule out;
  out.url = question.url.origin() + question.url.target();
  out.settings = Json::object({{"collection", question.collection},
                               {"api_root", question.api_root},
                               {"tlp", args.text_or("tlp", "")},
                               {"page_size", args.has("limit") ? setup.limits.page_size : 0},
                               {"check_manifest", question.check_manifest}});
  PARLEY_TRY(const RemoteAccess access, taxii_access(args));
  const std::string name = out.url + "\n" + question.collection + "\n" + question.api_root;
  return add_schedule(service, taxii_pulls, args, name, std::move(out), access);
}

Result<Schedule> add_taxii_push(Service& service, const Args& args) {
  PARLEY_TRY(const client::PushSetup setup, push_setup(service, args));
  const exchange::PushQuestion& question = setup.question;
  if (!question.release.empty() || !question.ids.empty() || question.again)
    return fail(ErrorKind::usage,
                "a schedule sends what is new of a collection: --from, without --release, --id and --again");
  Schedule out;
  out.url = setup.url.origin() + setup.url.target();
  out.settings = Json::object({{"collection", setup.remote_collection},
                               {"api_root", setup.api_root},
                               {"from", question.collection},
                               {"agreement", question.agreement},
                               {"purpose", question.purpose}});
  PARLEY_TRY(const RemoteAccess access, taxii_access(args));
  const std::string name = "push\n" + out.url + "\n" + setup.remote_collection + "\n" + setup.api_root +
                           "\n" + question.collection;
  return add_schedule(service, taxii_pushes, args, name, std::move(out), access);
}

ScheduleTimer::Begin taxii_pull_runner(Service& service) {
  return [&service](const Schedule& schedule, RemoteAccess access, ScheduleTimer::Done done) {
    return run_pull(service, schedule, std::move(access), std::move(done));
  };
}

ScheduleTimer::Begin taxii_push_runner(Service& service) {
  return [&service](const Schedule& schedule, RemoteAccess access, ScheduleTimer::Done done) {
    return run_push(service, schedule, std::move(access), std::move(done));
  };
}

}  // namespace parley::app
