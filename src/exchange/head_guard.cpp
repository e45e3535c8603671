#include "exchange/head_guard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/json_documents.hpp"
#include "exchange/peers.hpp"
#include "exchange/recording.hpp"
#include "ledger/ledger.hpp"
#include "merkle/proof.hpp"
#include "record/match_terms.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr state::DocumentKey guard_key{"head_guard", "own"};
constexpr std::string_view head_collection = "peer_heads";

struct StoredGuard {
  HeadGuard guard;
  state::DocumentVersion version;
};

Result<StoredGuard> load(Node& node) {
  PARLEY_TRY(const auto document, load_json(node, guard_key));
  StoredGuard out;
  if (!document) return out;
  out.version = document->version;
  PARLEY_TRY(const std::string state, document->body.string_member("state"));
  out.guard.state = state == "restored"   ? HeadState::restored
                    : state == "set_back" ? HeadState::set_back
                                          : HeadState::current;
  PARLEY_TRY(out.guard.why, document->body.string_member("why"));
  PARLEY_TRY(out.guard.confirmed_by, document->body.strings_member("confirmed_by"));
  return out;
}

Result<void> save(Node& node, const StoredGuard& stored) {
  const auto& by = stored.guard.confirmed_by;
  return save_json(node, guard_key,
                   Json::object({{"state", head_state_name(stored.guard.state)},
                                 {"why", stored.guard.why},
                                 {"confirmed_by", Json(Json::Array(by.begin(), by.end()))}}),
                   stored.version);
}

/// Whether a checkpoint is a beginning of our log as it is now.
Result<bool> is_ours(Node& node, const merkle::Checkpoint& seen) {
  const ledger::Ledger& ledger = node.ledger();
  if (seen.size.value() > ledger.size().value()) return false;
  if (seen.size.value() == 0) return true;
  PARLEY_TRY(const auto path, ledger.consistency(seen.size, ledger.size()));
  return merkle::verify_consistency(seen.size, ledger.size(), seen.root, ledger.root(), path).has_value();
}

Result<void> note_check(Node& node, std::string_view by, bool good, std::uint64_t seen) {
  record::HeadCheckStatement statement;
  const Timestamp now = node.clock().now();
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.by = by;
  statement.verdict = good ? "confirmed" : "set_back";
  statement.seen = seen;
  statement.size = node.ledger().size().value();
  PARLEY_CHECK(record(node, statement.to_json()));
  return {};
}

}  // namespace

std::string_view head_state_name(HeadState state) {
  switch (state) {
    case HeadState::restored:
      return "restored";
    case HeadState::set_back:
      return "set_back";
    case HeadState::current:
      break;
  }
  return "current";
}

Result<HeadGuard> head_guard(Node& node) {
  PARLEY_TRY(StoredGuard stored, load(node));
  return std::move(stored.guard);
}

Result<void> mark_restored(Node& node, std::string_view why) {
  PARLEY_TRY(StoredGuard stored, load(node));
  if (stored.guard.state == HeadState::set_back) return {};
  stored.guard = {HeadState::restored, std::string(why), {}};
  return save(node, stored);
}

Result<void> check_head_confirmed(Node& node, std::string_view peer) {
  PARLEY_TRY(const HeadGuard guard, head_guard(node));
  if (guard.state == HeadState::current) return {};
  if (guard.state == HeadState::set_back)
    return refuse({"ledger-unconfirmed"},
                  guard.why + "; restore the newest copy of this home, then run `parley ledger confirm`");
  const auto by_another = [&](const std::string& by) { return by != peer; };
  if (std::ranges::any_of(guard.confirmed_by, by_another)) return {};
  PARLEY_TRY(const std::vector<PeerRecord> peers, list_peers(node));
  const auto is_active = [](const PeerRecord& one) { return one.status == PeerStatus::active; };
  const bool alone = std::ranges::count_if(peers, is_active) == 1;
  if (alone && std::ranges::find(guard.confirmed_by, peer) != guard.confirmed_by.end()) return {};
  return refuse(
      {"ledger-unconfirmed"},
      fmt::format("{}; nothing is matched until {} has confirmed the head of this ledger: `parley ledger "
                  "confirm PEER`",
                  guard.why, alone ? "the peer" : "another peer"));
}

Result<HeadState> take_word_on_head(Node& node, std::string_view by, std::string_view note, bool confirm) {
  PARLEY_TRY(StoredGuard stored, load(node));
  HeadGuard& guard = stored.guard;
  std::uint64_t size = 0;
  if (!note.empty()) {
    PARLEY_TRY(const merkle::Checkpoint seen, merkle::open_checkpoint(note, node.ledger().verifier_key()));
    size = seen.size.value();
    PARLEY_TRY(const bool good, is_ours(node, seen));
    if (!good) {
      // Nothing is appended to a log that was cut: another entry of a number that was given already would be
      // a second history under our key.
      guard.state = HeadState::set_back;
      guard.why = fmt::format("{} has seen entry {} of this ledger, which has {} now or others", by, size,
                              node.ledger().size().value());
      guard.confirmed_by.clear();
      PARLEY_CHECK(save(node, stored));
      return guard.state;
    }
  }
  if (!confirm || guard.state == HeadState::current) return guard.state;
  // The whole log is back, or it was never gone: from here on a word of another peer opens it.
  guard.state = HeadState::restored;
  if (std::ranges::find(guard.confirmed_by, by) == guard.confirmed_by.end())
    guard.confirmed_by.emplace_back(by);
  PARLEY_CHECK(save(node, stored));
  PARLEY_CHECK(note_check(node, by, true, size));
  return guard.state;
}

Result<void> remember_head(Node& node, std::string_view peer, std::string_view note) {
  if (note.empty()) return {};
  PARLEY_TRY(const PeerRecord record, find_peer(node, peer));
  PARLEY_TRY(const merkle::VerifierKey key, merkle::parse_vkey(record.log_vkey));
  PARLEY_TRY(const merkle::Checkpoint told, merkle::open_checkpoint(note, key));
  PARLEY_TRY(const auto known, load_json(node, {head_collection, record.origin}));
  if (known) {
    PARLEY_TRY(const std::uint64_t size, known->body.uint_member("size"));
    if (size >= told.size.value()) return {};
  }
  return save_json(node, {head_collection, record.origin},
                   Json::object({{"size", told.size.value()}, {"note", note}}),
                   known ? known->version : state::DocumentVersion(0));
}

Result<std::string> remembered_head(Node& node, std::string_view peer) {
  PARLEY_TRY(const auto known, load_json(node, {head_collection, peer}));
  if (!known) return std::string();
  return known->body.string_member("note");
}

}  // namespace parley::exchange
