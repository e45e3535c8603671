#include "exchange/taxii_changes.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr MinuteKind minute_kind{"taxii_changes", "parley/changed/1"};
/// What a note and a statement both tell.
constexpr std::array<std::string_view, 6> told{"posts",  "deletions", "added",
                                               "failed", "removed",   "changes_hash"};

/// A minute so far.
struct Changes {
  std::string id;  ///< of the statement to be
  std::uint64_t posts = 0, deletions = 0;
  std::uint64_t added = 0, failed = 0, removed = 0;
  crypto::Hash256 hash{};       ///< chain over what was done
  std::uint64_t under_way = 0;  ///< announced, and not finished
  bool broken_off = false;

  bool is_nothing() const { return posts == 0 && deletions == 0 && !broken_off; }
  bool is_complete() const { return under_way == 0 && !broken_off; }

  Json to_json(const TaxiiMinute& about) const {
    Json out = minute_note(id, about);
    out.set("posts", posts);
    out.set("deletions", deletions);
    out.set("added", added);
    out.set("failed", failed);
    out.set("removed", removed);
    out.set("changes_hash", to_hex(hash));
    out.set("complete", is_complete());
    return out;
  }
};

void tell(const Json& note, Json& payload) {
  for (const std::string_view name : told)
    if (const Json* value = note.find(name)) payload.set(std::string(name), *value);
  const Json* complete = note.find("complete");
  payload.set("complete", complete != nullptr && complete->is_bool() && *complete->if_bool());
}

}  // namespace

struct TaxiiChanges::State {
  explicit State(Node& the_node) : node(&the_node) {}
  Changes& of(const TaxiiMinute& about) {
    Changes& found = open[about];
    if (found.id.empty()) found.id = make_uuid7(node->clock().now().microseconds(), node->entropy());
    return found;
  }
  Node* node;
  std::map<TaxiiMinute, Changes> open;
};

TaxiiChanges::TaxiiChanges(Node& node) : state_(std::make_shared<State>(node)) {}

std::unique_ptr<TaxiiChanges::Act> TaxiiChanges::begin(std::string_view caller, std::string_view collection,
                                                       Kind what) {
  TaxiiMinute about{minute_of(state_->node->clock().now()), std::string(caller), std::string(collection)};
  return std::make_unique<Act>(state_, std::move(about), what);
}

TaxiiChanges::Act::Act(std::shared_ptr<State> state, TaxiiMinute about, Kind what)
    : state_(std::move(state)), about_(std::move(about)), what_(what) {}

TaxiiChanges::Act::~Act() {
  if (over_ || !announced_) return;
  // The note says that something is under way, which stays true of it: nobody knows how far it came.
  Changes& changes = state_->of(about_);
  --changes.under_way;
  changes.broken_off = true;
}

Result<void> TaxiiChanges::Act::announce() {
  Changes& changes = state_->of(about_);
  ++changes.under_way;
  announced_ = true;
  return state::write(state_->node->store(), state::Durability::buffered,
                      [&](state::Transaction& transaction) {
                        return put_note(transaction, minute_kind, changes.id, changes.to_json(about_));
                      });
}

void TaxiiChanges::Act::line(std::string_view what, std::string_view id, std::string_view raw,
                             std::uint64_t& count) {
  ++count;
  lines_.update(fmt::format("{} {} {}\n", what, id, to_hex(crypto::sha256(as_bytes(raw)))));
}

Result<void> TaxiiChanges::Act::finish(state::Transaction& transaction) {
  Changes& changes = state_->of(about_);
  if (announced_) --changes.under_way;
  over_ = true;
  ++(what_ == Kind::deletion ? changes.deletions : changes.posts);
  changes.added += added_;
  changes.failed += failed_;
  changes.removed += removed_;
  changes.hash = crypto::Sha256().update(changes.hash).update(lines_.finish()).finish();
  return put_note(transaction, minute_kind, changes.id, changes.to_json(about_));
}

Result<void> TaxiiChanges::Act::drop() {
  if (over_) return {};
  over_ = true;
  if (!announced_) return {};
  const auto found = state_->open.find(about_);
  if (found == state_->open.end()) return {};
  Changes& changes = found->second;
  --changes.under_way;
  if (changes.is_nothing() && changes.under_way == 0) {
    const std::string id = changes.id;
    state_->open.erase(found);
    return drop_note(*state_->node, minute_kind, id);
  }
  return state::write(state_->node->store(), state::Durability::buffered,
                      [&](state::Transaction& transaction) {
                        return put_note(transaction, minute_kind, changes.id, changes.to_json(about_));
                      });
}

Result<void> TaxiiChanges::close_before(std::int64_t minute) {
  const auto end = state_->open.lower_bound(TaxiiMinute{minute, "", ""});
  std::vector<Json> payloads;
  std::vector<TaxiiMinute> closed;
  for (auto at = state_->open.begin(); at != end; ++at) {
    const Changes& changes = at->second;
    if (changes.under_way > 0) continue;
    closed.push_back(at->first);
    if (changes.is_nothing()) continue;
    Json payload = minute_payload(*state_->node, minute_kind, changes.id, at->first);
    tell(changes.to_json(at->first), payload);
    payload.set("policy_version", state_->node->policy().version());
    payloads.push_back(std::move(payload));
  }
  PARLEY_CHECK(record_minutes(*state_->node, minute_kind, payloads));
  for (const TaxiiMinute& one : closed) state_->open.erase(one);
  return {};
}

Result<void> TaxiiChanges::recover(Node& node) {
  return recover_minutes(node, minute_kind, tell);
}

}  // namespace parley::exchange
