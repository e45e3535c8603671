#include "exchange/push.hpp"

#include "crypto/hash.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/recording.hpp"
#include "exchange/taxii_book.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view cursors = "taxii_push_cursors";
constexpr std::string_view schema = "parley/pushed/1";

std::string cursor_key(const std::string& destination, const std::string& collection) {
  return to_hex(crypto::sha256(as_bytes(destination + "\n" + collection)));
}

/// Where the last push under these rules ended.
Result<Timestamp> read_place(const state::Reader& reader, const std::string& key, const std::string& rules) {
  PARLEY_TRY(const auto document, reader.get_document({cursors, key}));
  if (!document) return Timestamp();
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(document->body)));
  PARLEY_TRY(const std::string version, json.string_member("policy_version"));
  PARLEY_TRY(const std::int64_t after, json.int_member("after"));
  return version == rules ? Timestamp::from_microseconds(after) : Timestamp();
}

}  // namespace

Result<PushFeed> PushFeed::begin(Node& node, PushQuestion question) {
  PARLEY_TRY(std::shared_ptr<const state::Reader> reader, node.store().snapshot());
  PARLEY_TRY(const TaxiiCollection collection, find_collection(*reader, question.collection));
  PushFeed out(node, std::move(question), collection.id);
  if (out.question_.ids.empty() && !out.question_.again) {
    PARLEY_TRY(out.after_, read_place(*reader, cursor_key(out.question_.destination, out.collection_),
                                      node.policy().version()));
  }
  PARLEY_TRY(const Timestamp recorded_until, note_time(node));
  out.view_ = std::make_unique<FeedView>(std::move(reader), node.policy(), out.question_.destination,
                                         node.clock().now(), recorded_until, FeedView::Limits());
  const policy::Decision act = out.view_->act();
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  return out;
}

Result<std::optional<PushPage>> PushFeed::next() {
  while (more_) {
    FeedQuestion asked;
    asked.collection = collection_;
    asked.after = after_;
    asked.filter.ids = question_.ids;
    asked.limit = question_.page_objects;
    asked.max_bytes = question_.page_bytes;
    PARLEY_TRY(Cleared<FeedPage> page, Gate(*node_).clear_feed(*view_, asked));
    more_ = page.value().more;
    after_ = page.value().looked_at;
    if (page.value().objects == 0) continue;
    Json payload = node_->new_payload(std::string(schema));
    payload.set("destination", question_.destination);
    payload.set("collection", collection_);
    payload.set("objects", page.value().objects);
    payload.set("page_hash", to_hex(crypto::sha256(as_bytes(page.value().joined()))));
    payload.set("policy_version", page.clearance().policy_version);
    Json rules = Json::array();
    for (const std::string& rule : page.clearance().rules) rules.push_back(rule);
    payload.set("rules_fired", std::move(rules));
    PARLEY_TRY(const Recorded recorded, record(*node_, payload));
    return std::optional<PushPage>(PushPage{std::move(page), recorded.index});
  }
  return std::optional<PushPage>();
}

Result<void> PushFeed::delivered() {
  if (!question_.ids.empty()) return {};
  const Json json = Json::object({{"destination", question_.destination},
                                  {"collection", collection_},
                                  {"after", after_.microseconds()},
                                  {"policy_version", view_->policy().version()}});
  const std::string key = cursor_key(question_.destination, collection_);
  return state::write(node_->store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const auto before, t.get_document({cursors, key}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(t.put_document({cursors, key}, to_bytes(encoding::write_json(json)), version));
    return {};
  });
}

}  // namespace parley::exchange
