#include "client/push_job.hpp"
#include "net/later.hpp"
#include "service.hpp"
#include "taxii_access.hpp"
#include "taxii_pulls.hpp"

namespace parley::app {

namespace {

constexpr std::chrono::milliseconds cancel_check{250};

/// Ends a job when whoever asked for it has gone. Lives as long as the job's `done`.
template <class Job>
struct Leash {
  Leash(net::NodeLoop& loop, std::shared_ptr<Job> held, Service::Reply asked)
      : timer(loop), job(std::move(held)), reply(std::move(asked)) {}
  net::Later timer;
  std::shared_ptr<Job> job;
  Service::Reply reply;

  void drop() {
    timer.forget();
    job.reset();
  }

  static void watch(const std::shared_ptr<Leash>& leash) {
    leash->timer.set(cancel_check, [weak = std::weak_ptr(leash)] {
      const auto alive = weak.lock();
      if (!alive || !alive->job) return;
      if (alive->reply->cancelled()) return alive->job->cancel("the command was given up");
      watch(alive);
    });
  }
};

/// What is not there, there or here, is named wrongly. To the command line `not_found` means that no node
/// listens, so that it would run the command once more by itself.
Error named_wrongly(Error error) {
  if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::usage;
  return error;
}

int exit_of(const client::PullResult& result) {
  if (!result.outcome) return exit_code(result.outcome.error().kind);
  return result.counts.found > 0 && result.counts.nothing_readable() ? 3 : 0;
}

Result<std::shared_ptr<client::PullJob>> make_pull(Service& service, const Args& args) {
  PARLEY_TRY(client::PullSetup setup, pull_setup(args));
  PARLEY_TRY(TaxiiAccess access, TaxiiAccess::from_args(args));
  setup.credentials = std::move(access.credentials);
  setup.trust = std::move(access.trust);
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  return client::PullJob::make(service.loop(), service.node(), *lists, std::move(setup));
}

void taxii_pull(Service& service, const Args& args, const Service::Reply& reply) {
  if (args.has("every")) {
    auto pull = schedule_pull(service, args);
    if (!pull) return reply->error(pull.error());
    return reply->result(answer_json({pull->to_json()}));
  }
  auto job = make_pull(service, args);
  if (!job) return reply->error(job.error());
  const auto leash = std::make_shared<Leash<client::PullJob>>(service.loop(), *job, reply);
  Leash<client::PullJob>::watch(leash);
  const Timestamp started = service.home().clock().now();
  (*job)->run([reply](const client::PullReport& report) { reply->progress("objects", report.objects, 0); },
              [&service, leash, reply, started](const client::PullResult& result) {
                leash->drop();
                if (!result.outcome && result.report.pages == 0)
                  return reply->error(named_wrongly(result.outcome.error()));
                Json output = result.to_json();
                const auto spent = service.home().clock().now() - started;
                output.set("seconds", static_cast<double>(spent.count()) / 1e6);
                if (!result.outcome) output.set("broke_off", result.outcome.error().text());
                reply->result(answer_json({std::move(output), exit_of(result)}));
              });
}

Result<Answer> taxii_pulls(Service& service, const Args&) {
  PARLEY_TRY(const std::vector<ScheduledPull> pulls, scheduled_pulls(service.node()));
  Json list = Json::array();
  for (const ScheduledPull& pull : pulls) list.push_back(pull.to_json());
  return Answer{Json::object({{"pulls", std::move(list)}})};
}

Result<Answer> taxii_unschedule(Service& service, const Args& args) {
  PARLEY_TRY(const std::string id, args.text("id"));
  PARLEY_CHECK(forget_pull(service, id));
  return Answer{Json::object({{"id", id}, {"forgotten", true}})};
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

Result<std::shared_ptr<client::PushJob>> make_push(Service& service, const Args& args) {
  client::PushSetup setup;
  PARLEY_TRY(const std::string url, args.text("url"));
  PARLEY_TRY(setup.url, client::Url::parse(url));
  PARLEY_TRY(setup.question, push_question(args));
  setup.remote_collection = args.text_or("collection", "");
  setup.api_root = args.text_or("api_root", "");
  PARLEY_TRY(TaxiiAccess access, TaxiiAccess::from_args(args));
  setup.credentials = std::move(access.credentials);
  setup.trust = std::move(access.trust);
  return client::PushJob::make(service.loop(), service.node(), std::move(setup));
}

void taxii_push(Service& service, const Args& args, const Service::Reply& reply) {
  auto job = make_push(service, args);
  if (!job) return reply->error(job.error());
  const auto leash = std::make_shared<Leash<client::PushJob>>(service.loop(), *job, reply);
  Leash<client::PushJob>::watch(leash);
  (*job)->run([reply](const client::PushReport& report) { reply->progress("objects", report.sent, 0); },
              [leash, reply](const client::PushResult& result) {
                leash->drop();
                if (!result.outcome && result.ledger.empty())
                  return reply->error(named_wrongly(result.outcome.error()));
                Json output = result.to_json();
                int exit = result.report.failed > 0 ? exit_code(ErrorKind::peer) : 0;
                if (!result.outcome) {
                  output.set("broke_off", result.outcome.error().text());
                  exit = exit_code(result.outcome.error().kind);
                }
                reply->result(answer_json({std::move(output), exit}));
              });
}

}  // namespace

void add_taxii_client_commands(Service::Commands& commands) {
  commands["taxii pull"] = taxii_pull;
  commands["taxii push"] = taxii_push;
  commands["taxii pulls"] = immediate(taxii_pulls);
  commands["taxii unschedule"] = immediate(taxii_unschedule);
}

}  // namespace parley::app
