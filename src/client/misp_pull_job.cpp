#include "client/misp_pull_job.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "state/store.hpp"

namespace parley::client {

namespace {

using encoding::Json;

constexpr std::size_t import_bytes = std::size_t{1} << 20;  // a turn
constexpr std::size_t compared_a_turn = 2'000;
constexpr std::string_view marks = "misp_pull_marks";

void add(exchange::ImportReport& sum, exchange::ImportReport&& one) {
  sum.found += one.found;
  sum.imported += one.imported;
  sum.unchanged += one.unchanged;
  sum.held_back_warninglist += one.held_back_warninglist;
  sum.held_back_off_limits += one.held_back_off_limits;
  sum.rejected += one.rejected;
  sum.patterns_not_atomic += one.patterns_not_atomic;
  sum.without_marking += one.without_marking;
  sum.unpublished += one.unpublished;
  for (auto& [type, count] : one.selectors) sum.selectors[type] += count;
  for (exchange::ImportReject& reject : one.rejects)
    if (sum.rejects.size() < exchange::ImportReport::inline_rejects) sum.rejects.push_back(std::move(reject));
}

std::string key_of(const Url& url) {
  return to_hex(crypto::sha256(as_bytes(url.text())));
}

}  // namespace

Result<std::string> load_misp_mark(exchange::Node& node, const Url& feed) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto document, reader->get_document({marks, key_of(feed)}));
  if (!document) return std::string();
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(document->body)));
  return json.string_member("etag");
}

Result<void> save_misp_mark(exchange::Node& node, const Url& feed, const std::string& etag) {
  const Json json = Json::object({{"url", feed.text()}, {"etag", etag}});
  const std::string key = key_of(feed);
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const auto before, t.get_document({marks, key}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(t.put_document({marks, key}, to_bytes(encoding::write_json(json)), version));
    return {};
  });
}

Json MispPullResult::to_json() const {
  Json attributes = counts.to_json();
  attributes.erase("files");
  Json refusals = Json::array();
  for (const MispRefused& one : report.refusals)
    refusals.push_back(Json::object({{"uuid", one.uuid}, {"why", one.why}}));
  Json warnings = Json::array();
  for (const std::string& warning : report.warnings) warnings.push_back(warning);
  Json out = Json::object({{"listed", report.listed},
                           {"wanted", report.wanted},
                           {"fetched", report.fetched},
                           {"stored", report.stored},
                           {"unchanged", report.unchanged},
                           {"refused", report.refused},
                           {"refusals", std::move(refusals)},
                           {"attributes", std::move(attributes)},
                           {"pages", report.pages},
                           {"requests", report.requests},
                           {"retries", report.failures},
                           {"not_modified", report.not_modified},
                           {"complete", report.complete},
                           {"warnings", std::move(warnings)}});
  if (report.version) out.set("version", report.version->text());
  return out;
}

Result<std::shared_ptr<MispPullJob>> MispPullJob::make(net::NodeLoop& loop, exchange::Node& node,
                                                       const intel::WarninglistSet& lists,
                                                       MispPullSetup setup) {
  setup.import.format = intel::InputFormat::misp;
  PARLEY_TRY(auto client, net::HttpsClient::make(loop, {setup.question.url.host, setup.question.url.port},
                                                 setup.trust, setup.https));
  return std::make_shared<MispPullJob>(Key(), loop, node, lists, std::move(setup), std::move(client));
}

MispPullJob::MispPullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists,
                         MispPullSetup setup, std::unique_ptr<net::HttpsClient> client)
    : loop_(loop),
      node_(node),
      lists_(lists),
      setup_(std::move(setup)),
      source_("misp:" + setup_.question.url.text()),
      pull_(setup_.question, setup_.credentials, setup_.limits, node.clock(), node.entropy()),
      client_(std::move(client)),
      timer_(loop) {}

MispPullJob::~MispPullJob() = default;

void MispPullJob::later(std::move_only_function<void()> task) {
  // Refused only when the loop is flooded or stops.
  if (!loop_.post([self = weak_from_this(), task = std::move(task)]() mutable {
        if (const auto alive = self.lock()) task();
      }))
    finish(fail(ErrorKind::conflict, "the node is too busy or shutting down"));
}

void MispPullJob::run(std::function<void(const MispPullReport&)> progress, Done done) {
  progress_ = std::move(progress);
  done_ = std::move(done);
  itself_ = shared_from_this();
  later([this] { perform(pull_.start()); });
}

void MispPullJob::cancel(std::string why) {
  if (!itself_) return;
  client_.reset();
  timer_.forget();
  later([this, why = std::move(why)]() mutable { finish(fail(ErrorKind::peer, std::move(why))); });
}

void MispPullJob::perform(MispPull::Effect effect) {
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
  } else if (auto* compare = std::get_if<MispPull::Compare>(&effect)) {
    comparing_ = std::move(*compare);
    compared_ = 0;
    wanted_.clear();
    compare_step();
  } else if (auto* store = std::get_if<MispPull::StoreEvents>(&effect)) {
    if (auto begun = begin_storing(std::move(store->events)); !begun) return finish(std::move(begun));
    store_step();
  } else {
    finish(std::move(std::get<MispPull::Ended>(effect).outcome));
  }
}

// A turn of looking at what is held.
void MispPullJob::compare_step() {
  if (!itself_ || !client_) return;
  const auto part = [&]() -> Result<bool> {
    if (comparing_.again) {
      wanted_ = std::move(comparing_.events);
      return true;
    }
    PARLEY_TRY(const auto reader, node_.store().snapshot());
    const std::size_t end = std::min(comparing_.events.size(), compared_ + compared_a_turn);
    for (; compared_ < end; ++compared_) {
      misp_sync::Listed& one = comparing_.events[compared_];
      PARLEY_TRY(const auto held, reader->misp_events().find_entry(one.uuid));
      // What a peer pushed to us is that peer's word; this server's has its own place.
      if (!held || held->received || held->timestamp < one.timestamp) wanted_.push_back(std::move(one));
    }
    return compared_ == comparing_.events.size();
  };
  const Result<bool> done = part();
  if (!done) return finish(std::unexpected<Error>(done.error()));
  if (!*done) return later([this] { compare_step(); });
  perform(pull_.compared(std::move(wanted_)));
}

/// How each event stands to what is held; the text of those that go into the store.
Result<void> MispPullJob::begin_storing(std::vector<misp::Event> events) {
  fates_.clear();
  text_.clear();
  fed_ = 0;
  PARLEY_TRY(const auto reader, node_.store().snapshot());
  for (misp::Event& event : events) {
    MispFate fate;
    fate.uuid = std::string(event.uuid());
    PARLEY_TRY(const auto held, reader->misp_events().find_of(event.uuid(), state::SourceId(0), false));
    if (held) {
      fate.was_held = true;
      PARLEY_TRY(const misp::Event before, misp::parse_event(held->content));
      fate.order = misp::compare_versions(before, event);
    }
    if (!held || fate.order == misp::EventOrder::newer) {
      text_ += text_.empty() ? R"({"response":[)" : ",";
      text_ += misp::write_event(event);
    }
    fates_.push_back(std::move(fate));
  }
  if (!text_.empty()) text_ += "]}";
  return {};
}

void MispPullJob::store_step() {
  if (!itself_ || !client_) return;
  const Result<bool> done = store_part();
  if (!done) return finish(std::unexpected<Error>(done.error()));
  if (!*done) return later([this] { store_step(); });
  perform(pull_.stored(fates_));
}

// Whether the batch is durable.
Result<bool> MispPullJob::store_part() {
  if (text_.empty()) return true;
  if (!import_) {
    import_ = std::make_unique<exchange::Import>(node_, setup_.import, lists_, nullptr);
    PARLEY_CHECK(import_->begin_file(source_, setup_.question.url.text()));
  }
  const std::string_view part = std::string_view(text_).substr(fed_, import_bytes);
  PARLEY_CHECK(import_->feed(as_bytes(part)));
  fed_ += part.size();
  if (fed_ < text_.size()) return false;
  PARLEY_CHECK(import_->end_file());
  PARLEY_TRY(exchange::ImportReport report, import_->finish());
  import_.reset();
  add(counts_, std::move(report));
  text_.clear();
  // What the import did not keep whole is not held, whatever became of its attributes.
  PARLEY_TRY(const auto reader, node_.store().snapshot());
  for (MispFate& fate : fates_) {
    if (fate.was_held && fate.order != misp::EventOrder::newer) continue;
    PARLEY_TRY(const auto held, reader->misp_events().find_entry(fate.uuid));
    if (!held) fate.error = "it could not be kept";
  }
  return true;
}

void MispPullJob::finish(Result<void> outcome) {
  const std::shared_ptr<MispPullJob> alive = std::move(itself_);
  itself_ = nullptr;
  if (!alive) return;
  client_.reset();
  timer_.forget();
  const MispPullReport& report = pull_.report();
  // Only what was gone through to the end, with nothing left out, need not be asked for again.
  if (outcome && setup_.question.is_feed && report.refused == 0 && !report.not_modified)
    outcome = save_misp_mark(node_, setup_.question.url, report.etag);
  const Done done = std::move(done_);
  done_ = nullptr;
  if (done) done({std::move(outcome), report, std::move(counts_)});
}

}  // namespace parley::client
