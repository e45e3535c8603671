#include "client/push_job.hpp"

#include "encoding/json_splitter.hpp"

namespace parley::client {

namespace {

using encoding::Json;

/// Objects of a list, as they are.
class Elements final : public encoding::SplitSink {
 public:
  Result<void> item(const encoding::SplitPiece& piece) override {
    objects.emplace_back(piece.raw);
    return {};
  }
  Result<void> member(const encoding::SplitPiece&) override { return {}; }
  Result<void> enter(std::string_view) override { return {}; }
  Result<void> leave(std::string_view) override { return {}; }
  Result<void> defect(const encoding::SplitDefect& defect) override {
    return fail(ErrorKind::internal, "a page that was cleared is no list: " + defect.why, defect.pointer);
  }
  std::vector<std::string> objects;
};

/// The objects of a page, byte for byte as the gate let them pass.
Result<std::vector<std::string>> objects_of(exchange::PushPage page) {
  if (auto* const feed = std::get_if<exchange::Cleared<exchange::FeedPage>>(&page.what)) {
    std::vector<std::string> out;
    const exchange::FeedPage cleared = std::move(*feed).release();
    for (const std::string_view element : cleared.elements) out.emplace_back(element);
    return out;
  }
  const Bytes package = std::get<exchange::Cleared<Bytes>>(std::move(page.what)).release();
  Elements sink;
  encoding::JsonSplitter splitter({"/objects/*"}, {}, sink);
  PARLEY_CHECK(splitter.feed(package));
  PARLEY_CHECK(splitter.finish());
  return std::move(sink.objects);
}

}  // namespace

Json PushResult::to_json() const {
  Json json = Json::object({{"sent", report.sent},
                            {"accepted", report.accepted},
                            {"failed", report.failed},
                            {"pending", report.pending},
                            {"pages", report.pages},
                            {"envelopes", report.envelopes},
                            {"requests", report.requests},
                            {"retries", report.retries}});
  if (!report.place.about.id.empty()) json.set("destination", report.place.collection.text());
  Json failures = Json::array();
  for (const StatusResource::Failure& one : report.failures)
    failures.push_back(Json::object({{"id", one.id}, {"why", one.message}}));
  json.set("failures", std::move(failures));
  Json indexes = Json::array();
  for (const std::uint64_t index : ledger) indexes.push_back(index);
  json.set("ledger", std::move(indexes));
  Json warnings = Json::array();
  for (const std::string& warning : report.warnings) warnings.push_back(warning);
  json.set("warnings", std::move(warnings));
  return json;
}

Result<std::shared_ptr<PushJob>> PushJob::make(net::NodeLoop& loop, exchange::Node& node, PushSetup setup) {
  PARLEY_TRY(auto client, net::HttpsClient::make(loop, {setup.url.host, setup.url.port}, setup.trust,
                                                 setup.https, setup.proxy));
  return std::make_shared<PushJob>(Key(), loop, node, std::move(setup), std::move(client));
}

PushJob::PushJob(Key, net::NodeLoop& loop, exchange::Node& node, PushSetup setup,
                 std::unique_ptr<net::HttpsClient> client)
    : MachineJob(loop, std::move(client),
                 Push(std::move(setup.url), std::move(setup.remote_collection), std::move(setup.api_root),
                      std::move(setup.credentials), setup.limits, node.clock(), node.entropy())),
      node_(node),
      question_(std::move(setup.question)) {}

void PushJob::act(Push::Effect effect) {
  if (const auto* next = std::get_if<Push::NextPage>(&effect)) {
    auto page = next_page(next->place);
    if (!page) return finish(std::unexpected<Error>(page.error()));
    perform(machine_.page(std::move(*page)));
  } else {
    finish(std::move(std::get<Push::Ended>(effect).outcome));
  }
}

// Through the gate and into the ledger; empty at the end.
Result<std::vector<std::string>> PushJob::next_page(const Place& place) {
  if (!feed_) {
    question_.destination = place.collection.text();
    PARLEY_TRY(feed_, exchange::PushFeed::begin(node_, question_));
  } else {
    PARLEY_CHECK(feed_->delivered());
  }
  PARLEY_TRY(std::optional<exchange::PushPage> page, feed_->next());
  if (!page) {
    PARLEY_CHECK(feed_->delivered());  // what was kept back need not be looked at again
    return std::vector<std::string>();
  }
  ledger_.push_back(page->ledger_index);
  return objects_of(std::move(*page));
}

PushResult PushJob::conclude(Result<void> outcome) {
  return {std::move(outcome), machine_.report(), ledger_};
}

}  // namespace parley::client
