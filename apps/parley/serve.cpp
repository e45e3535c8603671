#include "serve.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>

#include "api/endpoints.hpp"
#include "files.hpp"
#include "housekeeping.hpp"
#include "misp_schedules.hpp"
#include "net/http_server.hpp"
#include "render.hpp"
#include "service.hpp"
#include "state/search.hpp"
#include "state/store.hpp"
#include "taxii_http.hpp"
#include "taxii_schedules.hpp"
#include "upkeep_timer.hpp"

namespace parley::app {

namespace {

constexpr std::chrono::seconds shutdown_grace{10};

/// One line an event on standard error. Only the typed fields of the event: no intel can get in.
void log_event(net::SystemClock& clock, const net::Event& event) {
  const char* severity = event.severity == net::Severity::info      ? "info"
                         : event.severity == net::Severity::warning ? "warning"
                                                                    : "error";
  std::string line = fmt::format("{} {} {}", format_time(clock.now()), severity, event.name);
  if (!event.address.empty()) line += " address=" + event.address;
  if (!event.peer.empty()) line += " peer=" + event.peer;
  if (!event.why.empty()) line += " why=\"" + event.why + "\"";
  std::fprintf(stderr, "%s\n", line.c_str());
}

Result<net::HttpsCertificate> https_certificate(Home& home) {
  const std::string key_path = home.path() + "/keys/https.key";
  const std::string certificate_path = home.path() + "/keys/https.crt";
  net::HttpsCertificate certificate;
  if (file_exists(key_path) && file_exists(certificate_path)) {
    PARLEY_TRY(certificate.key_pem, read_file(key_path));
    PARLEY_TRY(certificate.certificate_pem, read_file(certificate_path));
    return certificate;
  }
  PARLEY_TRY(certificate, net::make_https_certificate({}, home.clock().now()));
  PARLEY_CHECK(write_file(key_path, certificate.key_pem, 0600));
  PARLEY_CHECK(write_file(certificate_path, certificate.certificate_pem));
  return certificate;
}

std::string metrics_text(Service& service) {
  exchange::Node& node = service.node();
  std::string text = "# TYPE parley_ledger_entries gauge\n" +
                     fmt::format("parley_ledger_entries {}\n", node.ledger().size().value());
  text += fmt::format("# TYPE parley_policy_closed gauge\nparley_policy_closed {}\n",
                      node.policy().is_closed() ? 1 : 0);
  if (auto peers = exchange::list_peers(node); peers)
    text += fmt::format("# TYPE parley_peers gauge\nparley_peers {}\n", peers->size());
  if (auto reader = node.store().snapshot(); reader)
    if (auto status = (*reader)->searching().index_status(); status)
      text += fmt::format("# TYPE parley_index_waiting gauge\nparley_index_waiting {}\n",
                          status->contents + status->batches);
  return text;
}

api::Router make_router(Service& service) {
  api::NodeEndpoints endpoints;
  endpoints.ready = [&service]() -> Result<void> {
    if (service.node().policy().is_closed()) return fail(ErrorKind::conflict, "the policy does not load");
    return {};
  };
  endpoints.metrics = [&service] { return metrics_text(service); };
  endpoints.checkpoint = [&service]() -> Result<std::string> { return service.node().ledger().checkpoint(); };
  endpoints.tile = [&service](std::string_view path) { return service.node().ledger().resource(path); };
  return api::make_node_router(std::move(endpoints));
}

/// Everything that listens; stopped in the order in which work comes in.
struct Listeners {
  std::unique_ptr<net::PeerServer> peers;
  std::unique_ptr<net::HttpServer> https;
  std::unique_ptr<net::ControlServer> control;

  void shutdown(net::PeerCalls& calls) {
    if (peers) peers->shutdown(shutdown_grace);
    if (https) https->shutdown(std::chrono::seconds(2));
    calls.shutdown(shutdown_grace);
    if (control) control->shutdown(shutdown_grace);
  }
};

/// A connection is a descriptor, and the usual soft limit of 1,024 is far below what the listeners allow.
void raise_descriptor_limit() {
  constexpr rlim_t wanted = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<void> listen(Listeners& listeners, Service& service, TaxiiHttp& taxii, const Request& request,
                    const net::EventSink& events) {
  const Args args(request.args);
  const Config& config = service.home().config();
  std::string peer_listen = args.text_or("peer_listen", config.peer_listen);
  if (peer_listen.empty()) peer_listen = config.peer_address;
  if (!peer_listen.empty()) {
    PARLEY_TRY(net::Address address, net::parse_address(peer_listen));
    PARLEY_TRY(listeners.peers, net::PeerServer::listen(service.loop(), address, service.channel_settings(),
                                                        service.pinned()));
  }
  const std::string listen_at = args.text_or("listen", config.listen);
  if (!listen_at.empty()) {
    PARLEY_TRY(net::Address address, net::parse_address(listen_at));
    PARLEY_TRY(net::HttpsCertificate certificate, https_certificate(service.home()));
    taxii.start();
    PARLEY_TRY(listeners.https, net::HttpServer::listen(service.loop(), address, certificate, taxii.http(),
                                                        events, taxii.limits(), true));
  }
  // The control socket comes last: whoever can call it finds everything else running.
  PARLEY_TRY(listeners.control,
             net::ControlServer::listen(service.loop(), service.home().path() + "/node.sock",
                                        taxii.told_after_publishing(service.handler()), events));
  return {};
}

}  // namespace

int serve(const Request& request) {
  auto home = Home::open(request.home);
  if (!home) return report_error(home.error(), request.json);
  net::SystemClock clock;
  const net::EventSink events = [&clock](const net::Event& event) { log_event(clock, event); };
  net::NodeLoop loop;
  Service service(loop, **home, events);
  const api::Router router = make_router(service);
  TaxiiHttp taxii(service, router, events);
  raise_descriptor_limit();
  Listeners listeners;
  auto started = service.refresh_pinned();
  if (started) started = listen(listeners, service, taxii, request, events);
  if (!started) {
    listeners.shutdown(service.calls());
    loop.stop();
    return report_error(started.error(), request.json);
  }
  ScheduleTimer pulls(service, taxii_pulls, taxii_pull_runner(service));
  ScheduleTimer pushes(service, taxii_pushes, taxii_push_runner(service));
  MispTimer misp(service);
  Housekeeping housekeeping(service);
  UpkeepTimer upkeep(service);
  loop.post([&] {
    pulls.start();
    pushes.start();
    misp.start();
    housekeeping.begin();
    upkeep.begin();
  });
  const auto announce = [&] {
    Json ready = Json::object({{"ready", true},
                               {"node", (*home)->node().identity().origin},
                               {"pid", static_cast<std::int64_t>(::getpid())}});
    if (listeners.peers) ready.set("peer_listen", listeners.peers->address().text());
    if (listeners.https) ready.set("listen", listeners.https->address().text());
    if (request.json) {
      std::printf("%s\n", encoding::write_json(ready).c_str());
    } else {
      std::printf("%s is running%s%s. Ctrl-C ends it.\n", (*home)->node().identity().name.c_str(),
                  listeners.peers ? (", peers at " + listeners.peers->address().text()).c_str() : "",
                  listeners.https ? (", https://" + listeners.https->address().text()).c_str() : "");
    }
    std::fflush(stdout);
  };
  net::wait_for_shutdown_signal(loop, announce);
  static_cast<void>(loop.run([&]() -> Result<void> {
    pulls.stop();
    pushes.stop();
    misp.stop();
    housekeeping.end();
    upkeep.end();
    return {};
  }));
  // Commands wait for their calls, so the calls end before the control socket does.
  listeners.shutdown(service.calls());
  const auto recorded = taxii.close();
  loop.stop();
  return recorded ? 0 : report_error(recorded.error(), request.json);
}

}  // namespace parley::app
