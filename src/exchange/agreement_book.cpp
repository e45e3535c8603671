#include "exchange/agreement_book.hpp"

#include <algorithm>

#include "encoding/canonical.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/peers.hpp"
#include "exchange/recording.hpp"
#include "policy/question.hpp"
#include "record/agreement_statement.hpp"
#include "record/jws.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collection = "agreements";
constexpr std::size_t shortest_prefix = 8;
/// Agreements of one peer that wait for our signature: nobody fills this home and its ledger by proposing.
constexpr std::size_t max_waiting_agreements = 64;

Json to_body(const AgreementEntry& entry) {
  return Json::object({{"payload", entry.payload},
                       {"own_jws", entry.own_jws},
                       {"peer_jws", entry.peer_jws},
                       {"suspended", entry.state.suspended},
                       {"suspended_because", entry.suspended_because},
                       {"suspended_at", format_time(entry.suspended_at)},
                       {"resumed_by_us", entry.resumed_by_us},
                       {"resumed_by_peer", entry.resumed_by_peer},
                       {"notice_jws", entry.notice_jws}});
}

// Members that stores of earlier programs do not have.
Result<void> read_notices(const Json& body, AgreementEntry& out) {
  if (!body.contains("notice_jws")) return {};
  PARLEY_TRY(const std::string at, body.string_member("suspended_at"));
  PARLEY_TRY(out.suspended_at, parse_time(at));
  PARLEY_TRY(out.resumed_by_us, body.bool_member("resumed_by_us"));
  PARLEY_TRY(out.resumed_by_peer, body.bool_member("resumed_by_peer"));
  PARLEY_TRY(out.notice_jws, body.string_member("notice_jws"));
  return {};
}

void stop(AgreementEntry& entry, Timestamp now) {
  entry.state.suspended = true;
  entry.suspended_at = now;
  entry.resumed_by_us = entry.resumed_by_peer = false;
}

void take_up_if_both(AgreementEntry& entry) {
  if (entry.resumed_by_us && entry.resumed_by_peer) entry.state.suspended = false;
}

// What follows from the payload and the signatures is derived again at every load, never stored beside them.
Result<AgreementEntry> from_body(const Node& node, const Json& body) {
  AgreementEntry out;
  PARLEY_TRY(out.payload, body.string_member("payload"));
  PARLEY_TRY(out.own_jws, body.string_member("own_jws"));
  PARLEY_TRY(out.peer_jws, body.string_member("peer_jws"));
  PARLEY_TRY(out.state.suspended, body.bool_member("suspended"));
  PARLEY_TRY(out.suspended_because, body.string_member("suspended_because"));
  PARLEY_CHECK(read_notices(body, out));
  PARLEY_TRY(const Json payload, encoding::parse_json(out.payload));
  PARLEY_TRY(out.state.agreement, policy::parse_agreement(payload));
  out.state.signed_by_us = !out.own_jws.empty();
  out.state.signed_by_peer = !out.peer_jws.empty();
  const policy::AgreementParty* peer = out.state.agreement.counterpart(node.identity().origin);
  if (peer == nullptr) return fail(ErrorKind::internal, "a stored agreement does not name this node");
  out.peer_origin = peer->origin;
  return out;
}

Result<std::optional<std::pair<AgreementEntry, state::DocumentVersion>>> load(Node& node,
                                                                              std::string_view hash) {
  using Found = std::optional<std::pair<AgreementEntry, state::DocumentVersion>>;
  PARLEY_TRY(const std::optional<JsonDocument> document, load_json(node, {collection, hash}));
  if (!document) return Found();
  PARLEY_TRY(AgreementEntry entry, from_body(node, document->body));
  return Found(std::pair(std::move(entry), document->version));
}

Result<void> save(Node& node, const AgreementEntry& entry, state::DocumentVersion version) {
  return save_json(node, {collection, entry.state.agreement.hash}, to_body(entry), version);
}

Result<std::pair<AgreementEntry, state::DocumentVersion>> load_for_change(Node& node,
                                                                          std::string_view id_or_hash) {
  PARLEY_TRY(const AgreementEntry found, find_agreement(node, id_or_hash));
  PARLEY_TRY(auto loaded, load(node, found.state.agreement.hash));
  if (!loaded) return fail(ErrorKind::not_found, "the agreement is gone");
  return std::move(*loaded);
}

record::AgreementParty own_party(const Node& node, const std::string& authority) {
  return {node.identity().origin,       node.identity().name,          node.identity().kind,
          node.identity().jurisdiction, node.keys().role.public_key(), authority};
}

Result<record::AgreementStatement> write_terms(Node& node, const AgreementTerms& terms,
                                               const PeerRecord& peer) {
  const Timestamp now = node.clock().now();
  record::AgreementStatement out;
  out.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  out.parties[0] = own_party(node, terms.authority);
  out.parties[1] = {peer.origin,       peer.name,     peer.kind,
                    peer.jurisdiction, peer.role_key, terms.peer_authority};
  out.purposes = terms.purposes;
  std::sort(out.purposes.begin(), out.purposes.end());
  for (const intel::SelectorType type : terms.types)
    out.match_policy.types.emplace_back(intel::type_name(type));
  std::sort(out.match_policy.types.begin(), out.match_policy.types.end());
  out.match_policy.output = policy::output_name(terms.output);
  out.match_policy.min_set = terms.min_set;
  out.match_policy.max_set = terms.max_set;
  out.match_policy.runs_per_day = terms.runs_per_day;
  out.match_policy.items_per_day = terms.items_per_day;
  out.match_policy.learner = terms.both_may_learn ? "both" : "one";
  out.match_policy.audit_days = terms.audit_days;
  if (terms.lookups_per_day > 0)
    out.lookup_policy = record::LookupPolicy{terms.lookups_per_day, terms.lookup_labels};
  out.onward = terms.onward;
  out.retention_days = terms.retention_days;
  out.valid_from = terms.valid_from == Timestamp() ? now : terms.valid_from;
  out.valid_to = terms.valid_to;
  return out;
}

// The parties must be exactly this node and the pinned peer, with the keys that are pinned: a payload with
// another key would let somebody else sign for one of them.
Result<void> check_parties(Node& node, const policy::Agreement& agreement, const PeerRecord& peer) {
  const policy::AgreementParty* own = agreement.party(node.identity().origin);
  const policy::AgreementParty* other = agreement.party(peer.origin);
  if (own == nullptr || other == nullptr)
    return refuse({"agreement-party"}, "the agreement is not between this node and " + peer.name);
  if (own->role_key != node.keys().role.public_key() || other->role_key != peer.role_key)
    return refuse({"agreement-party"}, "the agreement names other keys than those that are pinned");
  return {};
}

// Signs and records what this node says about an agreement, and keeps it for the peer.
Result<AgreementEntry> record_notice(Node& node, const std::string& hash, std::string_view schema) {
  Json payload = node.new_payload(std::string(schema));
  payload.set("agreement", hash);
  PARLEY_TRY(const Recorded recorded, record(node, payload));
  PARLEY_TRY(auto loaded, load_for_change(node, hash));
  auto& [entry, version] = loaded;
  entry.notice_jws = recorded.jws;
  PARLEY_CHECK(save(node, entry, version));
  return std::move(entry);
}

}  // namespace

Result<AgreementEntry> draft_agreement(Node& node, const AgreementTerms& terms) {
  PARLEY_TRY(const PeerRecord peer, find_peer(node, terms.peer));
  if (peer.status != PeerStatus::active) return refuse({"peer-suspended"}, peer.name + " is suspended");
  PARLEY_TRY(const record::AgreementStatement statement, write_terms(node, terms, peer));
  if (statement.valid_to <= statement.head.created)
    return fail(ErrorKind::bad_input, "the agreement would be over before it is signed; give a later end");
  AgreementEntry entry;
  PARLEY_TRY(entry.payload, encoding::canonical_json(statement.to_json()));
  PARLEY_TRY(const Json payload, encoding::parse_json(entry.payload));
  PARLEY_TRY(entry.state.agreement, policy::parse_agreement(payload));
  entry.peer_origin = peer.origin;
  PARLEY_CHECK(save(node, entry, state::DocumentVersion(0)));
  return entry;
}

Result<AgreementEntry> sign_agreement(Node& node, std::string_view id_or_hash) {
  PARLEY_TRY(auto loaded, load_for_change(node, id_or_hash));
  auto& [entry, version] = loaded;
  if (entry.state.signed_by_us) return entry;
  const policy::AgreementStatus status = entry.state.status(node.clock().now());
  if (status == policy::AgreementStatus::expired || status == policy::AgreementStatus::suspended)
    return refuse({"agreement-not-in-force"}, "the agreement is " + std::string(policy::status_name(status)));
  PARLEY_TRY(const PeerRecord peer, find_peer(node, entry.peer_origin));
  PARLEY_CHECK(check_parties(node, entry.state.agreement, peer));
  PARLEY_TRY(const Json payload, encoding::parse_json(entry.payload));
  // Ed25519 is deterministic: after a crash between the ledger and the store the same statement is found in
  // the ledger again instead of being recorded twice.
  PARLEY_TRY(entry.own_jws, record::sign_statement(payload, node.keys().role));
  PARLEY_CHECK(record_once(node, entry.own_jws));
  entry.state.signed_by_us = true;
  PARLEY_CHECK(save(node, entry, version));
  return entry;
}

Result<AgreementEntry> receive_agreement(Node& node, std::string_view peer_origin, std::string_view jws) {
  PARLEY_TRY(const PeerRecord peer, find_peer(node, peer_origin));
  if (peer.status != PeerStatus::active) return refuse({"peer-suspended"}, peer.name + " is suspended");
  PARLEY_TRY(const record::Statement statement, record::verify_statement(jws, peer.role_key));
  if (statement.schema != record::AgreementStatement::schema)
    return fail(ErrorKind::bad_input, "expected an agreement, got " + statement.schema);
  PARLEY_TRY(const std::string id, record::agreement_id(statement));
  PARLEY_TRY(const policy::Agreement agreement, policy::parse_agreement(statement.members));
  PARLEY_CHECK(check_parties(node, agreement, peer));
  PARLEY_TRY(auto loaded, load(node, id));
  AgreementEntry entry;
  state::DocumentVersion version(0);
  if (loaded) {
    entry = std::move(loaded->first);
    version = loaded->second;
    if (entry.state.signed_by_peer) return entry;
  } else {
    // A draft that is new here must have been drafted by the peer: nobody drafts in our name.
    if (agreement.drafter != peer.origin)
      return refuse({"agreement-party"}, "the agreement says that this node drafted it, which it did not");
    if (node.clock().now() + policy::clock_skew_limit < agreement.created)
      return refuse({"clock-skew"},
                    "the agreement was drafted in the future; compare the clocks of both nodes");
    if (node.clock().now() >= agreement.valid_to)
      return refuse({"agreement-not-in-force"}, "the agreement is over already");
    PARLEY_TRY(const std::vector<AgreementEntry> all, list_agreements(node));
    const auto waiting = std::ranges::count_if(all, [&](const AgreementEntry& other) {
      return other.peer_origin == peer.origin && !other.state.signed_by_us;
    });
    if (static_cast<std::size_t>(waiting) >= max_waiting_agreements)
      return refuse({"too-many-proposals"},
                    peer.name + " has proposed more agreements than this node keeps waiting");
    entry.payload = statement.payload;
    entry.state.agreement = agreement;
    entry.peer_origin = peer.origin;
  }
  entry.peer_jws = std::string(jws);
  entry.state.signed_by_peer = true;
  PARLEY_CHECK(record_once(node, entry.peer_jws));
  PARLEY_CHECK(save(node, entry, version));
  return entry;
}

Result<AgreementEntry> find_agreement(Node& node, std::string_view id_or_hash) {
  PARLEY_TRY(auto exact, load(node, id_or_hash));
  if (exact) return std::move(exact->first);
  PARLEY_TRY(std::vector<AgreementEntry> all, list_agreements(node));
  std::optional<AgreementEntry> found;
  for (AgreementEntry& entry : all) {
    const policy::Agreement& agreement = entry.state.agreement;
    const bool prefix = id_or_hash.size() >= shortest_prefix && agreement.hash.starts_with(id_or_hash);
    if (agreement.id != id_or_hash && !prefix) continue;
    if (found)
      return fail(ErrorKind::usage, "more than one agreement begins so; give more characters of its hash");
    found = std::move(entry);
  }
  if (!found)
    return fail(ErrorKind::not_found,
                "no agreement \"" + std::string(id_or_hash) + "\"; `parley agreement list` shows them");
  return std::move(*found);
}

Result<std::vector<AgreementEntry>> list_agreements(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> documents, list_json(node, collection));
  std::vector<AgreementEntry> out;
  for (const JsonDocument& document : documents) {
    PARLEY_TRY(AgreementEntry entry, from_body(node, document.body));
    out.push_back(std::move(entry));
  }
  std::sort(out.begin(), out.end(), [](const AgreementEntry& a, const AgreementEntry& b) {
    return std::pair(b.state.agreement.created, b.state.agreement.hash) <
           std::pair(a.state.agreement.created, a.state.agreement.hash);
  });
  return out;
}

Result<AgreementEntry> suspend_agreement(Node& node, std::string_view id_or_hash, std::string_view reason) {
  PARLEY_TRY(auto loaded, load_for_change(node, id_or_hash));
  auto& [entry, version] = loaded;
  if (entry.state.suspended && !entry.resumed_by_us && !entry.notice_jws.empty()) return entry;
  stop(entry, node.clock().now());
  entry.suspended_because = std::string(reason);
  // The store first: a crash before the ledger leaves the agreement stopped, which is the safe side.
  PARLEY_CHECK(save(node, entry, version));
  return record_notice(node, entry.state.agreement.hash, agreement_suspension_schema);
}

Result<AgreementEntry> resume_agreement(Node& node, std::string_view id_or_hash) {
  PARLEY_TRY(auto loaded, load_for_change(node, id_or_hash));
  auto& [entry, version] = loaded;
  if (!entry.state.suspended || entry.resumed_by_us) return entry;
  // The ledger first: what is in force again without a word in it would be the wrong side.
  PARLEY_TRY(entry, record_notice(node, entry.state.agreement.hash, agreement_resumption_schema));
  PARLEY_TRY(auto again, load_for_change(node, entry.state.agreement.hash));
  again.first.resumed_by_us = true;
  take_up_if_both(again.first);
  PARLEY_CHECK(save(node, again.first, again.second));
  return std::move(again.first);
}

Result<void> take_agreement_notice(Node& node, std::string_view hash, bool stops, Timestamp said_at) {
  PARLEY_TRY(auto loaded, load_for_change(node, hash));
  auto& [entry, version] = loaded;
  if (stops) {
    stop(entry, node.clock().now());
  } else {
    if (!entry.state.suspended || said_at + policy::clock_skew_limit < entry.suspended_at) return {};
    entry.resumed_by_peer = true;
    take_up_if_both(entry);
  }
  return save(node, entry, version);
}

}  // namespace parley::exchange
