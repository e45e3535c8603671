#include "client/misp_pull_job.hpp"
#include "files.hpp"
#include "leash.hpp"
#include "outgoing.hpp"
#include "service.hpp"

namespace parley::app {

namespace {

constexpr std::size_t max_key_bytes = 16 * 1024;
constexpr std::size_t max_pem_bytes = 1U << 20;
constexpr std::uint64_t max_page_size = 100'000;

/// What lists and events may weigh as they come: manifests of large feeds are long.
constexpr std::size_t max_answer_bytes = std::size_t{512} << 20;

/// A key stands in a file, so that it is in no list of processes; its line end is not part of it.
Result<void> read_key(const Args& args, client::Credentials& out) {
  if (!args.has("key")) return {};
  PARLEY_TRY(std::string key, read_file(args.text_or("key", ""), max_key_bytes));
  while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
  if (key.empty() || key.find_first_of("\r\n") != std::string::npos)
    return fail(ErrorKind::usage, "expected one line with a key", args.text_or("key", ""));
  out.fields.emplace_back("Authorization", std::move(key));
  return {};
}

Result<client::MispPullSetup> read_setup(Service& service, const Args& args, bool is_feed) {
  client::MispPullSetup out;
  PARLEY_TRY(const std::string url, args.text("url"));
  PARLEY_TRY(out.question.url, client::Url::parse(url));
  out.question.is_feed = is_feed;
  out.question.again = args.flag("again");
  out.question.fewer = args.flag("fewer");
  if (const auto limit = args.number("limit"); limit && *limit > 0)
    out.limits.page_size = std::min(*limit, max_page_size);
  PARLEY_CHECK(read_key(args, out.credentials));
  if (!is_feed && out.credentials.fields.empty())
    return fail(ErrorKind::usage, "--key: the file with the key of our user there");
  if (args.has("ca")) {
    PARLEY_TRY(out.trust.ca_pem, read_file(args.text_or("ca", ""), max_pem_bytes));
  }
  out.trust.pin = args.text_or("pin", "");
  if (args.has("cert")) {
    PARLEY_TRY(out.trust.certificate_pem, read_file(args.text_or("cert", ""), max_pem_bytes));
  }
  if (args.has("cert_key")) {
    PARLEY_TRY(out.trust.key_pem, read_file(args.text_or("cert_key", ""), max_pem_bytes));
  }
  PARLEY_CHECK(out.trust.check());
  PARLEY_TRY(const auto proxy, proxy_of_args(args));
  PARLEY_TRY(out.proxy,
             proxy_to(service.home().config(), proxy, {out.question.url.host, out.question.url.port}));
  if (args.has("tlp")) {
    out.import.tlp = intel::parse_tlp(args.text_or("tlp", ""));
    if (!out.import.tlp) return fail(ErrorKind::usage, "--tlp: clear, green, amber, amber+strict or red");
  }
  out.https.answer.body_bytes = max_answer_bytes;
  if (is_feed) {
    PARLEY_TRY(out.question.etag, client::load_misp_mark(service.node(), out.question.url));
  }
  return out;
}

int exit_of(const client::MispPullResult& result) {
  if (!result.outcome) return exit_code(result.outcome.error().kind);
  // Somebody told us what is not so.
  return result.report.refused > 0 ? exit_code(ErrorKind::peer) : 0;
}

void pull(Service& service, const Args& args, const Service::Reply& reply, bool is_feed) {
  const auto make = [&]() -> Result<std::shared_ptr<client::MispPullJob>> {
    PARLEY_TRY(client::MispPullSetup setup, read_setup(service, args, is_feed));
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

}  // namespace

void add_misp_commands(Service::Commands& commands) {
  commands["misp pull"] = [](Service& service, const Args& args, const Service::Reply& reply) {
    pull(service, args, reply, false);
  };
  commands["misp feed pull"] = [](Service& service, const Args& args, const Service::Reply& reply) {
    pull(service, args, reply, true);
  };
}

}  // namespace parley::app
