#include "client/pull_job.hpp"

#include "client/cursor_store.hpp"
#include "client/import_counts.hpp"

namespace parley::client {

namespace {

using encoding::Json;

constexpr std::size_t import_bytes = std::size_t{1} << 20;  // a turn

}  // namespace

Json PullResult::to_json() const {
  Json json = counts.to_json();
  json.erase("files");
  const CollectionResource& about = report.place.about;
  if (!about.id.empty()) {
    Json collection =
        Json::object({{"url", report.place.collection.text()}, {"id", about.id}, {"title", about.title}});
    if (!about.alias.empty()) collection.set("alias", about.alias);
    json.set("collection", std::move(collection));
  }
  json.set("pages", report.pages);
  json.set("requests", report.requests);
  json.set("retries", report.failures);
  json.set("from", report.from.after);
  json.set("to", report.to.after);
  json.set("complete", report.complete);
  if (report.manifest)
    json.set("manifest", Json::object({{"listed", report.manifest->listed},
                                       {"missing", report.manifest->missing},
                                       {"fetched", report.manifest->fetched}}));
  Json warnings = Json::array();
  for (const std::string& warning : report.warnings) warnings.push_back(warning);
  json.set("warnings", std::move(warnings));
  return json;
}

Result<std::shared_ptr<PullJob>> PullJob::make(net::NodeLoop& loop, exchange::Node& node,
                                               const intel::WarninglistSet& lists, PullSetup setup) {
  setup.import.format = intel::InputFormat::stix;
  setup.import.source_kind = "taxii";
  PARLEY_TRY(auto client, net::HttpsClient::make(loop, {setup.question.url.host, setup.question.url.port},
                                                 setup.trust, setup.https, setup.proxy));
  return std::make_shared<PullJob>(Key(), loop, node, lists, std::move(setup), std::move(client));
}

PullJob::PullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists,
                 PullSetup setup, std::unique_ptr<net::HttpsClient> client)
    : MachineJob(loop, std::move(client),
                 Pull(std::move(setup.question), std::move(setup.credentials), setup.limits, node.clock(),
                      node.entropy())),
      node_(node),
      lists_(lists),
      options_(std::move(setup.import)) {}

void PullJob::act(Pull::Effect effect) {
  if (const auto* load = std::get_if<Pull::LoadCursor>(&effect)) {
    auto cursor = load_cursor(node_, load->place.collection);
    if (!cursor) return finish(std::unexpected<Error>(cursor.error()));
    perform(machine_.resume(std::move(*cursor)));
  } else if (auto* page = std::get_if<Pull::StorePage>(&effect)) {
    import_page(std::move(*page));
  } else {
    finish(std::move(std::get<Pull::Ended>(effect).outcome));
  }
}

void PullJob::import_page(Pull::StorePage page) {
  page_ = std::move(page);
  fed_ = 0;
  in_turns([this] { return import_part(); }, [this] { perform(machine_.stored()); });
}

// Whether the page and its cursor are durable.
Result<bool> PullJob::import_part() {
  const Place& place = machine_.report().place;
  if (!page_.body.empty()) {
    if (!import_) {
      import_ = std::make_unique<exchange::Import>(node_, options_, lists_, nullptr);
      PARLEY_CHECK(import_->begin_file("taxii:" + place.api_root.text() + "#" + place.about.id,
                                       place.collection.text()));
    }
    const std::string_view part = std::string_view(page_.body).substr(fed_, import_bytes);
    PARLEY_CHECK(import_->feed(as_bytes(part)));
    fed_ += part.size();
    if (fed_ < page_.body.size()) return false;
    PARLEY_CHECK(import_->end_file());
    PARLEY_TRY(exchange::ImportReport report, import_->finish());
    import_.reset();
    add_counts(counts_, std::move(report));
    page_.body = {};
  }
  PARLEY_CHECK(save_cursor(node_, place.collection, page_.cursor));
  return true;
}

PullResult PullJob::conclude(Result<void> outcome) {
  return {std::move(outcome), machine_.report(), std::move(counts_)};
}

}  // namespace parley::client
