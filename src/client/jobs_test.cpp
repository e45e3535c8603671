#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>

#include "client/pull_job.hpp"
#include "client/push_job.hpp"
#include "exchange/node_fixture.hpp"
#include "exchange/taxii_book.hpp"
#include "intel/warninglist.hpp"
#include "net/http_server.hpp"
#include "net/system.hpp"
#include "state/store.hpp"

namespace parley::client {
namespace {

const std::string green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const std::string amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";

std::string object(int number, const std::string& marking = green) {
  return R"({"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-)" +
         std::to_string(100'000'000'000 + number) +
         R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",)"
         R"("pattern":"[domain-name:value = 'h)" +
         std::to_string(number) +
         R"(.example.org']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z",)"
         R"("object_marking_refs":[")" +
         marking + R"("]})";
}

/// A node, and somebody else's TAXII server on loopback with one collection: two objects at first, what was
/// posted behind them.
struct World {
  World() : node("CERT Alpha", "version = 1\n") {
    const net::HttpsCertificate certificate =
        net::make_https_certificate({}, net::SystemClock().now()).value();
    trust.ca_pem = certificate.certificate_pem;
    net::HttpService service;
    service.answer = [this](net::Request& request) { return answer(request); };
    net::HttpServerLimits limits;
    limits.message.body_bytes = std::size_t{1} << 20;
    server = net::HttpServer::listen(server_loop, net::Address{"127.0.0.1", 0}, certificate,
                                     std::move(service), {}, limits)
                 .value();
    base = "https://localhost:" + std::to_string(server->address().port);
  }
  ~World() { server->shutdown(std::chrono::milliseconds(500)); }

  net::Response answer(net::Request& request) {
    net::Response out;
    out.content_type = "application/taxii+json;version=2.1";
    const std::lock_guard lock(mutex);
    asked.push_back(request.method + " " + request.path + "?" + request.query);
    if (request.path == "/taxii2/") {
      out.body = R"({"title":"t","default":"/api1/","api_roots":["/api1/"]})";
    } else if (request.path == "/api1/") {
      out.body =
          R"({"title":"r","versions":["application/taxii+json;version=2.1"],"max_content_length":100000})";
    } else if (request.path == "/api1/collections/") {
      out.body = R"({"collections":[{"id":"c1","title":"First","can_read":true,"can_write":true}]})";
    } else if (request.path == "/api1/collections/c1/objects/" && request.method == "POST") {
      posted.push_back(request.body);
      out.status = 202;
      out.body =
          R"({"id":"00000000-0000-4000-8000-000000000001","status":"complete","total_count":1,"success_count":1,)"
          R"("failure_count":0,"pending_count":0})";
    } else if (request.path == "/api1/collections/c1/objects/") {
      const bool later = request.query.find("added_after=2026-02-01") != std::string::npos;
      out.body = later ? "{}" : "{\"objects\":[" + object(1) + "," + object(2) + "]}";
      if (!later)
        for (const char* which : {"X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"})
          out.fields.emplace_back(which, "2026-02-01T00:00:00.000000Z");
    } else {
      out.status = 404;
      out.body = R"({"title":"nothing here"})";
    }
    return out;
  }

  /// Runs a job to its end; what `done` was told, once.
  template <class Job, class Outcome>
  Outcome run(const std::shared_ptr<Job>& job, std::function<void()> on_progress = {}) {
    std::promise<Outcome> told;
    std::future<Outcome> future = told.get_future();
    bool inside = true;
    EXPECT_TRUE(loop.run([&]() -> Result<void> {
      job->run(
          [on_progress](const auto&) {
            if (on_progress) on_progress();
          },
          [&, this](const Outcome& result) {
            EXPECT_FALSE(inside) << "never from within";
            EXPECT_TRUE(loop.on_node_thread());
            told.set_value(result);  // throws when it is called twice
          });
      inside = false;
      return {};
    }));
    return future.get();
  }
  PullSetup pull_setup() {
    PullSetup out;
    out.question.url = Url::parse(base + "/taxii2/").value();
    out.trust = trust;
    return out;
  }
  PullResult pull() {
    return run<PullJob, PullResult>(PullJob::make(loop, *node.node, lists, pull_setup()).value());
  }
  PushResult push() {
    PushSetup setup;
    setup.url = Url::parse(base + "/taxii2/").value();
    setup.trust = trust;
    setup.question.collection = "Outgoing";
    return run<PushJob, PushResult>(PushJob::make(loop, *node.node, std::move(setup)).value());
  }

  exchange::MemoryNode node;
  intel::WarninglistSet lists;
  net::HttpsTrust trust;
  std::mutex mutex;
  std::vector<std::string> asked, posted;
  net::NodeLoop loop, server_loop;
  std::unique_ptr<net::HttpServer> server;
  std::string base;
};

TEST(PullJob, stores_what_comes_under_a_source_of_the_kind_taxii) {
  World world;
  const PullResult result = world.pull();
  ASSERT_TRUE(result.outcome) << result.outcome.error().text();
  EXPECT_EQ(result.counts.imported, 2U);
  EXPECT_TRUE(result.report.complete);
  const auto reader = world.node.store->snapshot().value();
  const auto sources = reader->list_sources().value();
  ASSERT_EQ(sources.size(), 1U);
  EXPECT_EQ(sources[0].latest.kind, "taxii");
  EXPECT_EQ(sources[0].latest.name, "taxii:" + world.base + "/api1/#c1");
  EXPECT_EQ(sources[0].latest.path, world.base + "/api1/collections/c1/");
  const auto held = reader->find_object("indicator--00000000-0000-4000-8000-100000000001").value();
  ASSERT_TRUE(held);
  EXPECT_EQ(held->raw, object(1)) << "byte for byte";
}

TEST(PullJob, goes_on_where_the_one_before_ended) {
  World world;
  ASSERT_TRUE(world.pull().outcome);
  world.asked.clear();
  const PullResult again = world.pull();
  EXPECT_EQ(again.counts.found, 0U);
  EXPECT_EQ(again.report.from.after, again.report.to.after);
  EXPECT_TRUE(std::ranges::any_of(world.asked, [](const std::string& one) {
    return one.find("added_after=2026-02-01T00%3A00%3A00.000000Z") != std::string::npos;
  }));
}

TEST(PullJob, is_cancelled_from_anywhere_and_tells_so_once) {
  World world;
  auto job = PullJob::make(world.loop, *world.node.node, world.lists, world.pull_setup()).value();
  int steps = 0;
  const PullResult result = world.run<PullJob, PullResult>(job, [&] {
    if (++steps == 3) {
      job->cancel("enough");
      job->cancel("more than enough");
    }
  });
  ASSERT_FALSE(result.outcome);
  EXPECT_NE(result.outcome.error().message.find("enough"), std::string::npos);
  EXPECT_EQ(steps, 3) << "nothing goes on behind it";
}

TEST(PullJob, lets_go_of_itself_at_the_end) {
  World world;
  auto job = PullJob::make(world.loop, *world.node.node, world.lists, world.pull_setup()).value();
  const std::weak_ptr<PullJob> seen = job;
  ASSERT_TRUE((world.run<PullJob, PullResult>(job).outcome));
  ASSERT_TRUE(world.loop.run([&]() -> Result<void> {
    job.reset();  // behind the turn that called `done`
    return {};
  }));
  EXPECT_TRUE(seen.expired());
}

TEST(PullJob, that_cannot_connect_says_where) {
  World world;
  PullSetup setup = world.pull_setup();
  setup.trust.ca_pem = net::make_https_certificate({}, net::SystemClock().now()).value().certificate_pem;
  setup.limits.retry.attempts = 1;
  const auto result = world.run<PullJob, PullResult>(
      PullJob::make(world.loop, *world.node.node, world.lists, std::move(setup)).value());
  ASSERT_FALSE(result.outcome);
  EXPECT_EQ(result.outcome.error().kind, ErrorKind::peer);
  EXPECT_NE(result.outcome.error().text().find("localhost"), std::string::npos);
  EXPECT_EQ(result.counts.found, 0U);
}

TEST(PushJob, sends_what_the_gate_lets_pass_and_asks_it_anew_each_time) {
  World world;
  exchange::Node& node = *world.node.node;
  exchange::Import import(node, {}, world.lists, nullptr);
  ASSERT_TRUE(import.begin_file("own.json", ""));
  const std::string own =
      R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[)" + object(7) +
      "," + object(8, amber) + "]}";
  ASSERT_TRUE(import.feed(as_bytes(own)));
  ASSERT_TRUE(import.end_file());
  ASSERT_TRUE(import.finish());
  exchange::TaxiiCollection collection;
  collection.title = "Outgoing";
  ASSERT_TRUE(exchange::add_collection(node, collection));
  auto fill = exchange::CollectionFill::begin(node, "Outgoing", {.all = true}).value();
  while (!fill.step().value()) continue;

  PushResult result = world.push();
  ASSERT_FALSE(result.outcome) << "nobody is named";
  EXPECT_EQ(result.outcome.error().kind, ErrorKind::refused);
  EXPECT_TRUE(world.posted.empty());

  std::vector<std::unique_ptr<policy::Policy>> kept;
  const auto rules = [&](const std::string& text) {
    kept.push_back(std::make_unique<policy::Policy>(policy::Policy::load(text).value()));
    node.set_policy(*kept.back());
  };
  rules("version = 1\n[[taxii]]\ncaller = \"" + world.base +
        "/api1/collections/c1/\"\ntlp = \"green\"\nstanding = true\n");
  result = world.push();
  ASSERT_TRUE(result.outcome) << result.outcome.error().text();
  EXPECT_EQ(result.report.sent, 1U);
  EXPECT_EQ(result.report.accepted, 1U);
  EXPECT_EQ(result.ledger.size(), 1U);
  ASSERT_EQ(world.posted.size(), 1U);
  EXPECT_EQ(world.posted[0], "{\"objects\":[" + object(7) + "]}");

  result = world.push();
  ASSERT_TRUE(result.outcome);
  EXPECT_EQ(result.report.sent, 0U) << "nothing is new";
  EXPECT_TRUE(result.ledger.empty()) << "and nothing is told";
  rules("version = 1\n");
  EXPECT_FALSE(world.push().outcome);
  EXPECT_EQ(world.posted.size(), 1U);
}

}  // namespace
}  // namespace parley::client
