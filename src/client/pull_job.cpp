#include "client/pull_job.hpp"

#include <algorithm>

#include "client/cursor_store.hpp"

namespace parley::client {

namespace {

using encoding::Json;

constexpr std::size_t import_bytes = std::size_t{1} << 20;  // a turn

void add(exchange::ImportReport& sum, exchange::ImportReport&& one) {
  sum.found += one.found;
  sum.imported += one.imported;
  sum.unchanged += one.unchanged;
  sum.held_back_warninglist += one.held_back_warninglist;
  sum.held_back_off_limits += one.held_back_off_limits;
  sum.rejected += one.rejected;
  sum.patterns_not_atomic += one.patterns_not_atomic;
  sum.without_marking += one.without_marking;
  for (auto& [type, count] : one.selectors) sum.selectors[type] += count;
  for (exchange::ImportReject& reject : one.rejects)
    if (sum.rejects.size() < exchange::ImportReport::inline_rejects) sum.rejects.push_back(std::move(reject));
}

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
  PARLEY_TRY(auto client, net::HttpsClient::make(loop, {setup.question.url.host, setup.question.url.port},
                                                 setup.trust, setup.https));
  return std::make_shared<PullJob>(Key(), loop, node, lists, std::move(setup), std::move(client));
}

PullJob::PullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists,
                 PullSetup setup, std::unique_ptr<net::HttpsClient> client)
    : loop_(loop),
      node_(node),
      lists_(lists),
      setup_(std::move(setup)),
      pull_(setup_.question, setup_.credentials, setup_.limits, node.clock(), node.entropy()),
      client_(std::move(client)),
      timer_(loop) {}

PullJob::~PullJob() = default;

void PullJob::later(std::move_only_function<void()> task) {
  // Refused only when the loop is flooded or stops; the timer asks again.
  if (!loop_.post([self = weak_from_this(), task = std::move(task)]() mutable {
        if (const auto alive = self.lock()) task();
      }))
    finish(fail(ErrorKind::conflict, "the node is too busy or shutting down"));
}

void PullJob::run(std::function<void(const PullReport&)> progress, Done done) {
  progress_ = std::move(progress);
  done_ = std::move(done);
  itself_ = shared_from_this();
  later([this] { perform(pull_.start()); });
}

void PullJob::cancel(std::string why) {
  if (!itself_) return;
  client_.reset();
  timer_.forget();
  later([this, why = std::move(why)]() mutable { finish(fail(ErrorKind::peer, std::move(why))); });
}

void PullJob::perform(Pull::Effect effect) {
  if (!itself_ || !client_) return;  // cancelled
  if (progress_) progress_(pull_.report());
  if (auto* send = std::get_if<SendRequest>(&effect)) {
    client_->send(std::move(send->request), [self = weak_from_this()](Result<net::HttpsAnswer> answer) {
      if (const auto alive = self.lock()) alive->perform(alive->pull_.answered(std::move(answer)));
    });
  } else if (const auto* wait = std::get_if<WaitFor>(&effect)) {
    timer_.set(wait->time, [self = weak_from_this()] {
      if (const auto alive = self.lock()) alive->perform(alive->pull_.waited());
    });
  } else if (const auto* load = std::get_if<Pull::LoadCursor>(&effect)) {
    auto cursor = load_cursor(node_, load->place.collection);
    if (!cursor) return finish(std::unexpected<Error>(cursor.error()));
    perform(pull_.resume(std::move(*cursor)));
  } else if (auto* page = std::get_if<Pull::StorePage>(&effect)) {
    import_page(std::move(*page));
  } else {
    finish(std::move(std::get<Pull::Ended>(effect).outcome));
  }
}

void PullJob::import_page(Pull::StorePage page) {
  page_ = std::move(page);
  fed_ = 0;
  import_step();
}

void PullJob::import_step() {
  if (!itself_ || !client_) return;
  const Result<bool> done = import_part();
  if (!done) return finish(std::unexpected<Error>(done.error()));
  if (!*done) return later([this] { import_step(); });
  perform(pull_.stored());
}

// Whether the page and its cursor are durable.
Result<bool> PullJob::import_part() {
  if (!page_.body.empty()) {
    if (!import_) {
      import_ = std::make_unique<exchange::Import>(node_, setup_.import, lists_, nullptr);
      const Place& place = pull_.report().place;
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
    add(counts_, std::move(report));
    page_.body = {};
  }
  PARLEY_CHECK(save_cursor(node_, pull_.report().place.collection, page_.cursor));
  return true;
}

void PullJob::finish(Result<void> outcome) {
  const std::shared_ptr<PullJob> alive = std::move(itself_);
  itself_ = nullptr;
  if (!alive) return;
  client_.reset();
  timer_.forget();
  const Done done = std::move(done_);
  done_ = nullptr;
  if (done) done({std::move(outcome), pull_.report(), std::move(counts_)});
}

}  // namespace parley::client
