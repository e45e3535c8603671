#include "client/misp_pull_job.hpp"

#include <algorithm>

#include "client/import_counts.hpp"
#include "crypto/hash.hpp"
#include "state/store.hpp"

namespace parley::client {

namespace {

using encoding::Json;

constexpr std::size_t attributes_a_turn = 8'000;
constexpr std::size_t compared_a_turn = 2'000;
constexpr std::string_view marks = "misp_pull_marks";

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
                                                 setup.trust, setup.https, setup.proxy));
  return std::make_shared<MispPullJob>(Key(), loop, node, lists, std::move(setup), std::move(client));
}

MispPullJob::MispPullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists,
                         MispPullSetup setup, std::unique_ptr<net::HttpsClient> client)
    : MachineJob(
          loop, std::move(client),
          MispPull(setup.question, std::move(setup.credentials), setup.limits, node.clock(), node.entropy())),
      node_(node),
      lists_(lists),
      url_(std::move(setup.question.url)),
      is_feed_(setup.question.is_feed),
      options_(std::move(setup.import)) {}

void MispPullJob::act(MispPull::Effect effect) {
  if (auto* compare = std::get_if<MispPull::Compare>(&effect)) {
    comparing_ = std::move(*compare);
    compared_ = 0;
    wanted_.clear();
    in_turns([this] { return compare_part(); }, [this] { perform(machine_.compared(std::move(wanted_))); });
  } else if (auto* store = std::get_if<MispPull::StoreEvents>(&effect)) {
    if (auto begun = begin_storing(store->events); !begun) return finish(std::move(begun));
    in_turns([this] { return store_part(); }, [this] { perform(machine_.stored(fates_)); });
  } else {
    finish(std::move(std::get<MispPull::Ended>(effect).outcome));
  }
}

// A turn of looking at what is held.
Result<bool> MispPullJob::compare_part() {
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
}

/// How each event stands to what is held; the text of those that go into the store.
Result<void> MispPullJob::begin_storing(const std::vector<misp::Event>& events) {
  fates_.clear();
  text_.clear();
  PARLEY_TRY(const auto reader, node_.store().snapshot());
  for (const misp::Event& event : events) {
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

// Whether the batch is durable.
Result<bool> MispPullJob::store_part() {
  if (text_.empty()) return true;
  if (!import_) {
    exchange::ImportOptions options = options_;
    options.in_turns = true;
    options.batch_objects = attributes_a_turn;
    import_ = std::make_unique<exchange::Import>(node_, std::move(options), lists_, nullptr);
    PARLEY_CHECK(import_->begin_file("misp:" + url_.text(), url_.text()));
    PARLEY_CHECK(import_->feed(as_bytes(text_)));
  }
  PARLEY_TRY(const bool all, import_->go_on());
  if (!all) return false;
  PARLEY_CHECK(import_->end_file());
  PARLEY_TRY(exchange::ImportReport report, import_->finish());
  import_.reset();
  add_counts(counts_, std::move(report));
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

MispPullResult MispPullJob::conclude(Result<void> outcome) {
  const MispPullReport& report = machine_.report();
  // Only what was gone through to the end, with nothing left out, need not be asked for again.
  if (outcome && is_feed_ && report.refused == 0 && !report.not_modified)
    outcome = save_misp_mark(node_, url_, report.etag);
  return {std::move(outcome), report, std::move(counts_)};
}

}  // namespace parley::client
