#include "exchange/push.hpp"

#include "crypto/hash.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/json_texts.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_store.hpp"
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
  PushFeed out(node, std::move(question));
  if (!out.question_.release.empty()) return out;
  PARLEY_CHECK(out.begin_collection());
  return out;
}

Result<void> PushFeed::begin_collection() {
  PARLEY_TRY(std::shared_ptr<const state::Reader> reader, node_->store().snapshot());
  PARLEY_TRY(const TaxiiCollection collection, find_collection(*reader, question_.collection));
  collection_ = collection.id;
  if (question_.ids.empty() && !question_.again) {
    PARLEY_TRY(after_, read_place(*reader, cursor_key(question_.destination, collection_),
                                  node_->policy().version()));
  }
  PARLEY_TRY(const Timestamp recorded_until, note_time(*node_));
  FeedView::Limits limits;
  limits.bytes = std::size_t{16} << 20;  // a page goes once
  view_ = std::make_unique<FeedView>(std::move(reader), node_->policy(), question_.destination,
                                     node_->clock().now(), recorded_until, limits);
  const policy::Decision act = view_->act();
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  PARLEY_TRY(const PushAuthority authority, authorise_push(*node_, claim()));
  if (authority.release) view_->also_ask(*authority.release);
  return {};
}

Result<std::uint64_t> PushFeed::tell(const PushAuthority& authority, const Clearance& clearance,
                                     std::uint64_t objects, const std::string& page_hash, Json more) {
  Json payload = node_->new_payload(std::string(schema));
  payload.set("destination", question_.destination);
  payload.set("objects", objects);
  payload.set("page_hash", page_hash);
  payload.set("policy_version", clearance.policy_version);
  payload.set("rules_fired", texts_json(clearance.rules));
  if (!authority.agreement.empty()) {
    payload.set("recipient", authority.recipient);
    payload.set("agreement", authority.agreement);
    payload.set("purpose", authority.purpose);
    payload.set("authorities", texts_json(authority.authorities));
  }
  for (auto& [name, value] : *more.if_object()) payload.set(name, std::move(value));
  PARLEY_TRY(const Recorded recorded, record(*node_, payload));
  return recorded.index;
}

Result<std::optional<PushPage>> PushFeed::next_release() {
  if (!more_) return std::optional<PushPage>();
  PARLEY_TRY(StoredRelease stored, load_release(*node_, question_.release));
  const Release& release = stored.release;
  PARLEY_TRY(const PushAuthority authority, authorise_push(*node_, question_.destination, release));
  PARLEY_TRY(Cleared<Bytes> package, Gate(*node_).clear_push(release, question_.destination));
  PARLEY_CHECK(announce_delivery(*node_, stored));
  PARLEY_TRY(const std::uint64_t index,
             tell(authority, package.clearance(), release.leaves.size(), to_hex(release.terms.package_hash),
                  Json::object({{"release", release.id}, {"decision_hash", to_hex(release.terms.hash())}})));
  more_ = false;
  return std::optional<PushPage>(PushPage{std::move(package), index});
}

Result<std::optional<PushPage>> PushFeed::next() {
  if (!question_.release.empty()) return next_release();
  while (more_) {
    PARLEY_TRY(const PushAuthority authority, authorise_push(*node_, claim()));
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
    PARLEY_TRY(const std::uint64_t index, tell(authority, page.clearance(), page.value().objects,
                                               to_hex(crypto::sha256(as_bytes(page.value().joined()))),
                                               Json::object({{"collection", collection_}})));
    return std::optional<PushPage>(PushPage{std::move(page), index});
  }
  return std::optional<PushPage>();
}

Result<void> PushFeed::delivered() {
  if (!question_.ids.empty() || !question_.release.empty()) return {};
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
