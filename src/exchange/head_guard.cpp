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
  if (const Json* shown = document->body.find("shown")) {
    ShownHead head;
    PARLEY_TRY(head.size, shown->uint_member("size"));
    PARLEY_TRY(const std::string root, shown->string_member("root"));
    PARLEY_TRY(const Bytes bytes, from_hex(root));
    PARLEY_TRY(head.root, to_array<32>(bytes));
    out.guard.shown = head;
  }
  return out;
}

Result<void> save(Node& node, const StoredGuard& stored) {
  const auto& by = stored.guard.confirmed_by;
  Json body = Json::object({{"state", head_state_name(stored.guard.state)},
                            {"why", stored.guard.why},
                            {"confirmed_by", Json(Json::Array(by.begin(), by.end()))}});
  if (const auto& shown = stored.guard.shown)
    body.set("shown", Json::object({{"size", shown->size}, {"root", to_hex(shown->root)}}));
  return save_json(node, guard_key, body, stored.version);
}

/// Whether a head is a beginning of our log as it is now.
Result<bool> is_ours(Node& node, const ShownHead& seen) {
  const ledger::Ledger& ledger = node.ledger();
  if (seen.size > ledger.size().value()) return false;
  if (seen.size == 0) return true;
  const merkle::TreeSize size(seen.size);
  PARLEY_TRY(const auto path, ledger.consistency(size, ledger.size()));
  return merkle::verify_consistency(size, ledger.size(), seen.root, ledger.root(), path).has_value();
}

/// Whether there is no active peer but `peer`.
Result<bool> is_only_peer(Node& node, std::string_view peer) {
  PARLEY_TRY(const std::vector<PeerRecord> peers, list_peers(node));
  return std::ranges::none_of(
      peers, [&](const PeerRecord& one) { return one.status == PeerStatus::active && one.origin != peer; });
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
  stored.guard = {HeadState::restored, std::string(why), {}, {}};
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
  PARLEY_TRY(const bool alone, is_only_peer(node, peer));
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
  ShownHead seen;
  if (!note.empty()) {
    PARLEY_TRY(const merkle::Checkpoint told, merkle::open_checkpoint(note, node.ledger().verifier_key()));
    seen = {told.size.value(), told.root};
    PARLEY_TRY(const bool good, is_ours(node, seen));
    if (!good) {
      // Nothing is appended to a log that was cut: another entry of a number that was given already would be
      // a second history under our key.
      guard.state = HeadState::set_back;
      guard.why = fmt::format("{} has seen entry {} of this ledger, which has {} now or others", by,
                              seen.size, node.ledger().size().value());
      guard.confirmed_by.clear();
      if (!guard.shown || guard.shown->size < seen.size) guard.shown = seen;
      PARLEY_CHECK(save(node, stored));
      return guard.state;
    }
  }
  if (!confirm || guard.state == HeadState::current) return guard.state;
  if (guard.state == HeadState::set_back) {
    // A peer that has seen less says nothing about what another one has seen.
    const bool known = guard.shown.has_value();
    PARLEY_TRY(const bool whole, is_ours(node, guard.shown.value_or(ShownHead{})));
    if (!known || !whole) return guard.state;
    // The whole log is back, or it was never gone: from here on a word of another peer opens it.
    guard.state = HeadState::restored;
    guard.shown.reset();
  }
  PARLEY_TRY(const bool only, is_only_peer(node, by));
  const bool counts = !note.empty() || only;
  if (counts && std::ranges::find(guard.confirmed_by, by) == guard.confirmed_by.end())
    guard.confirmed_by.emplace_back(by);
  PARLEY_CHECK(save(node, stored));
  // Only now: while the guard says `set_back`, nothing may be appended.
  if (counts) PARLEY_CHECK(note_check(node, by, true, seen.size));
  return guard.state;
}

Result<void> take_heads(Node& node, std::string_view peer, std::string_view head, std::string_view seen) {
  PARLEY_TRY(const HeadState state, take_word_on_head(node, peer, seen, false));
  if (state != HeadState::current) PARLEY_CHECK(check_head_confirmed(node, peer));
  return remember_head(node, peer, head);
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
