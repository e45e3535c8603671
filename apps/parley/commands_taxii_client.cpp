#include <array>

#include "leash.hpp"
#include "service.hpp"
#include "taxii_schedules.hpp"

namespace parley::app {

namespace {

int exit_of(const client::PullResult& result) {
  if (!result.outcome) return exit_code(result.outcome.error().kind);
  return result.counts.found > 0 && result.counts.nothing_readable() ? 3 : 0;
}

Result<std::shared_ptr<client::PullJob>> make_pull(Service& service, const Args& args) {
  PARLEY_TRY(client::PullSetup setup, pull_setup(service, args));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  return client::PullJob::make(service.loop(), service.node(), *lists, std::move(setup));
}

void answer(const Result<Schedule>& made, const Service::Reply& reply) {
  if (!made) return reply->error(made.error());
  reply->result(answer_json({made->to_json()}));
}

void taxii_pull(Service& service, const Args& args, const Service::Reply& reply) {
  if (args.has("every")) return answer(add_taxii_pull(service, args), reply);
  auto job = make_pull(service, args);
  if (!job) return reply->error(job.error());
  const auto leash = Leash<client::PullJob>::put(service.loop(), *job, reply);
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

Result<std::shared_ptr<client::PushJob>> make_push(Service& service, const Args& args) {
  PARLEY_TRY(client::PushSetup setup, push_setup(service, args));
  return client::PushJob::make(service.loop(), service.node(), std::move(setup));
}

void taxii_push(Service& service, const Args& args, const Service::Reply& reply) {
  if (args.has("every")) return answer(add_taxii_push(service, args), reply);
  auto job = make_push(service, args);
  if (!job) return reply->error(job.error());
  const auto leash = Leash<client::PushJob>::put(service.loop(), *job, reply);
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
  commands["taxii pulls"] =
      immediate([](Service& service, const Args&) { return answer_schedules(service, taxii_pulls); });
  commands["taxii pushes"] =
      immediate([](Service& service, const Args&) { return answer_schedules(service, taxii_pushes); });
  commands["taxii unschedule"] = immediate([](Service& service, const Args& args) {
    constexpr std::array<const ScheduleKind*, 2> kinds{&taxii_pulls, &taxii_pushes};
    return forget_schedule(service, kinds, args);
  });
}

}  // namespace parley::app
