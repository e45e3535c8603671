#include <array>

#include "client/misp_pull_job.hpp"
#include "exchange/misp_organisation.hpp"
#include "exchange/peers.hpp"
#include "leash.hpp"
#include "misp_schedules.hpp"
#include "service.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

int exit_of(const client::MispPullResult& result) {
  if (!result.outcome) return exit_code(result.outcome.error().kind);
  // Somebody told us what is not so.
  return result.report.refused > 0 ? exit_code(ErrorKind::peer) : 0;
}

void pull(Service& service, const Args& args, const Service::Reply& reply, bool is_feed) {
  if (args.has("every")) {
    auto schedule = add_misp_schedule(service, args, is_feed);
    if (!schedule) return reply->error(schedule.error());
    return reply->result(answer_json({schedule->to_json()}));
  }
  const auto make = [&]() -> Result<std::shared_ptr<client::MispPullJob>> {
    PARLEY_TRY(client::MispPullSetup setup, misp_pull_setup(service, args, is_feed));
    PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
    return client::MispPullJob::make(service.loop(), service.node(), *lists, std::move(setup));
  };
  auto job = make();
  if (!job) return reply->error(job.error());
  const auto leash = Leash<client::MispPullJob>::put(service.loop(), *job, reply);
  const Timestamp started = service.home().clock().now();
  (*job)->run(
      [reply](const client::MispPullReport& report) {
        reply->progress("events", report.fetched, report.wanted);
      },
      [&service, leash, reply, started](const client::MispPullResult& result) {
        leash->drop();
        const client::MispPullReport& report = result.report;
        if (!result.outcome && report.listed == 0 && report.stored == 0)
          return reply->error(named_wrongly(result.outcome.error()));
        Json output = result.to_json();
        const auto spent = service.home().clock().now() - started;
        output.set("seconds", static_cast<double>(spent.count()) / 1e6);
        if (!result.outcome) output.set("broke_off", result.outcome.error().text());
        reply->result(answer_json({std::move(output), exit_of(result)}));
      });
}

/// By it an export knows in which sharing groups a peer is.
Result<Answer> organisation(Service& service, const Args& args) {
  PARLEY_TRY(const std::string name, args.text("peer"));
  PARLEY_TRY(const exchange::PeerRecord peer, exchange::find_peer(service.node(), name));
  if (args.has("uuid") || args.flag("none"))
    PARLEY_CHECK(exchange::set_misp_organisation(service.node(), peer.origin,
                                                 args.flag("none") ? "" : args.text_or("uuid", "")));
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(const std::string uuid, exchange::misp_organisation(*reader, peer.origin));
  return Answer{Json::object({{"peer", peer.name}, {"organisation", uuid}})};
}

}  // namespace

void add_misp_commands(Service::Commands& commands) {
  commands["misp pull"] = [](Service& service, const Args& args, const Service::Reply& reply) {
    pull(service, args, reply, false);
  };
  commands["misp feed pull"] = [](Service& service, const Args& args, const Service::Reply& reply) {
    pull(service, args, reply, true);
  };
  commands["misp pulls"] =
      immediate([](Service& service, const Args&) { return answer_schedules(service, misp_pulls); });
  commands["misp unschedule"] = immediate([](Service& service, const Args& args) {
    constexpr std::array<const ScheduleKind*, 1> kinds{&misp_pulls};
    return forget_schedule(service, kinds, args);
  });
  commands["misp organisation"] = immediate(organisation);
}

}  // namespace parley::app
