#include "leash.hpp"
#include "service.hpp"
#include "taxii_schedules.hpp"

namespace parley::app {

namespace {

using Kind = TaxiiSchedule::Kind;

int exit_of(const client::PullResult& result) {
  if (!result.outcome) return exit_code(result.outcome.error().kind);
  return result.counts.found > 0 && result.counts.nothing_readable() ? 3 : 0;
}

Result<std::shared_ptr<client::PullJob>> make_pull(Service& service, const Args& args) {
  PARLEY_TRY(client::PullSetup setup, pull_setup(service, args));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  return client::PullJob::make(service.loop(), service.node(), *lists, std::move(setup));
}

void schedule(Service& service, Kind kind, const Args& args, const Service::Reply& reply) {
  auto made = add_schedule(service, kind, args);
  if (!made) return reply->error(made.error());
  reply->result(answer_json({made->to_json()}));
}

void taxii_pull(Service& service, const Args& args, const Service::Reply& reply) {
  if (args.has("every")) return schedule(service, Kind::pull, args, reply);
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

Result<Answer> schedules(Service& service, Kind kind, std::string_view name) {
  PARLEY_TRY(const std::vector<TaxiiSchedule> found, list_schedules(service.node(), kind));
  Json list = Json::array();
  for (const TaxiiSchedule& one : found) list.push_back(one.to_json());
  return Answer{Json::object({{std::string(name), std::move(list)}})};
}

Result<Answer> taxii_unschedule(Service& service, const Args& args) {
  PARLEY_TRY(const std::string id, args.text("id"));
  PARLEY_CHECK(forget_schedule(service, id));
  return Answer{Json::object({{"id", id}, {"forgotten", true}})};
}

Result<std::shared_ptr<client::PushJob>> make_push(Service& service, const Args& args) {
  PARLEY_TRY(client::PushSetup setup, push_setup(service, args));
  return client::PushJob::make(service.loop(), service.node(), std::move(setup));
}

void taxii_push(Service& service, const Args& args, const Service::Reply& reply) {
  if (args.has("every")) return schedule(service, Kind::push, args, reply);
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
      immediate([](Service& service, const Args&) { return schedules(service, Kind::pull, "pulls"); });
  commands["taxii pushes"] =
      immediate([](Service& service, const Args&) { return schedules(service, Kind::push, "pushes"); });
  commands["taxii unschedule"] = immediate(taxii_unschedule);
}

}  // namespace parley::app
