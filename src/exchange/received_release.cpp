#include "exchange/received_release.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "exchange/agreement_book.hpp"
#include "exchange/importing.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/peers.hpp"
#include "exchange/recording.hpp"
#include "ledger/ledger.hpp"
#include "policy/question.hpp"
#include "record/jws.hpp"
#include "record/release_statement.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collection = "received";
constexpr std::size_t chunk_bytes = 256U << 10;

Json to_body(const ReceivedRelease& received) {
  Json approvals = Json::array();
  for (const std::string& jws : received.approvals) approvals.push_back(jws);
  return Json::object({{"id", received.id},
                       {"peer_origin", received.peer_origin},
                       {"package_hash", to_hex(received.package_hash)},
                       {"agreement", received.agreement},
                       {"purpose", received.purpose},
                       {"received", format_time(received.received)},
                       {"objects", received.objects},
                       {"rejected", received.rejected},
                       {"decision_jws", received.decision_jws},
                       {"approvals", std::move(approvals)},
                       {"receipt_jws", received.receipt_jws}});
}

Result<ReceivedRelease> from_body(const Json& body) {
  ReceivedRelease out;
  PARLEY_TRY(out.id, body.string_member("id"));
  PARLEY_TRY(out.peer_origin, body.string_member("peer_origin"));
  PARLEY_TRY(const std::string hash, body.string_member("package_hash"));
  PARLEY_TRY(const Bytes bytes, from_hex(hash));
  PARLEY_TRY(out.package_hash, to_array<32>(bytes));
  PARLEY_TRY(out.agreement, body.string_member("agreement"));
  PARLEY_TRY(out.purpose, body.string_member("purpose"));
  PARLEY_TRY(out.received, time_member(body, "received"));
  PARLEY_TRY(out.objects, body.uint_member("objects"));
  PARLEY_TRY(out.rejected, body.uint_member("rejected"));
  PARLEY_TRY(out.decision_jws, body.string_member("decision_jws"));
  PARLEY_TRY(out.approvals, body.strings_member("approvals"));
  PARLEY_TRY(out.receipt_jws, body.string_member("receipt_jws"));
  return out;
}

// Ids come from peers, so two peers may use one: the origin stands in the key.
std::string key_of(std::string_view peer, std::string_view release) {
  return std::string(release) + "@" + std::string(peer);
}

Result<record::DecisionStatement> read_decision(const PeerRecord& peer, const Delivery& delivery) {
  PARLEY_TRY(const record::Statement statement,
             record::verify_statement(delivery.decision_jws, peer.role_key));
  PARLEY_TRY(record::DecisionStatement decision,
             record::read_statement<record::DecisionStatement>(statement));
  if (statement.node != peer.origin) return fail(ErrorKind::peer, "the decision is another node's");
  if (decision.act != "release")
    return fail(ErrorKind::peer, "the decision is on another act than a release");
  return decision;
}

Result<void> check_terms(Node& node, const PeerRecord& peer, const record::DecisionStatement& decision) {
  const record::ReleaseTerms& terms = decision.terms;
  if (terms.recipients != std::vector<std::string>{node.identity().origin})
    return refuse({"agreement-party"}, "the release is for somebody else");
  const Timestamp now = node.clock().now();
  // The peer's clock may be off, within limits; what it says never makes a release valid that is over here.
  if (decision.head.created > now + policy::clock_skew_limit)
    return refuse({"clock-skew"}, "the decision was made in the future; compare the clocks of both nodes");
  if (now >= terms.expiry) return refuse({"release-expired"}, "the decision's time is over");
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, terms.agreement));
  if (agreement.peer_origin != peer.origin || agreement.state.agreement.hash != terms.agreement)
    return refuse({"agreement-party"}, "the release names an agreement with somebody else");
  if (const auto status = agreement.state.status(now); status != policy::AgreementStatus::in_force)
    return refuse({"agreement-not-in-force"}, "the agreement is " + std::string(policy::status_name(status)));
  if (!agreement.state.agreement.allows_purpose(terms.purpose))
    return refuse({"agreement-purpose"}, "the agreement does not cover \"" + terms.purpose + "\"");
  return {};
}

// What the sender's own decision calls for must be there: a receiver that takes less would be used to get
// round the second person on the other side.
Result<void> check_approvals(const PeerRecord& peer, const record::DecisionStatement& decision,
                             const std::vector<std::string>& approvals) {
  std::set<std::string> officers;
  std::set<std::string> units;
  std::set<ByteArray<32>> keys;
  for (const std::string& jws : approvals) {
    PARLEY_TRY(const record::Statement statement, record::verify_statement(jws, peer.role_key));
    PARLEY_TRY(const auto approval, record::read_statement<record::ApprovalStatement>(statement));
    if (approval.verdict != "approve" || !approval.officer_signed() ||
        approval.terms.hash() != decision.terms.hash())
      return refuse({"officer-signature"}, "an approval is not over this decision");
    if (!officers.insert(approval.officer).second || !keys.insert(approval.key.value()).second)
      return refuse({"same-person-twice"}, "one officer signed twice");
    if (!units.insert(approval.unit).second && decision.different_units)
      return refuse({"same-unit-twice"}, "two officers of one unit signed");
  }
  if (officers.size() < decision.approvals_needed)
    return refuse({"approvals"}, "fewer officers have signed than the decision calls for");
  return {};
}

record::ReceiptStatement make_receipt(Node& node, const PeerRecord& peer, const record::ReleaseTerms& terms,
                                      std::size_t package_size) {
  const Timestamp now = node.clock().now();
  record::ReceiptStatement out;
  out.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  out.release = terms.release;
  out.sender = peer.origin;
  out.agreement = terms.agreement;
  out.purpose = terms.purpose;
  out.package_hash = terms.package_hash;
  out.package_size = package_size;
  out.received_at = now;
  out.conditions_accepted = {"agreement " + terms.agreement, "purpose " + terms.purpose,
                             "the markings of the objects"};
  out.receiver_checkpoint = node.ledger().checkpoint();
  return out;
}

}  // namespace

Result<std::vector<ReceivedRelease>> list_received(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> documents, list_json(node, collection));
  std::vector<ReceivedRelease> out;
  for (const JsonDocument& document : documents) {
    PARLEY_TRY(ReceivedRelease received, from_body(document.body));
    out.push_back(std::move(received));
  }
  std::sort(out.begin(), out.end(), [](const ReceivedRelease& a, const ReceivedRelease& b) {
    return std::tie(b.received, b.id) < std::tie(a.received, a.id);
  });
  return out;
}

Result<ReceivedRelease> find_received(Node& node, std::string_view release_id) {
  PARLEY_TRY(std::vector<ReceivedRelease> all, list_received(node));
  for (ReceivedRelease& received : all)
    if (received.id == release_id) return std::move(received);
  return fail(ErrorKind::not_found, "no release " + std::string(release_id) + " was received here");
}

struct DeliveryIntake::State {
  State(Node& the_node, Delivery the_delivery, PeerRecord the_peer, record::DecisionStatement the_decision)
      : node(the_node),
        delivery(std::move(the_delivery)),
        peer(std::move(the_peer)),
        decision(std::move(the_decision)) {}

  std::string key() const { return key_of(peer.origin, decision.terms.release); }
  Result<void> start(const intel::WarninglistSet& warninglists);

  Node& node;
  Delivery delivery;
  PeerRecord peer;
  record::DecisionStatement decision;
  std::optional<ReceivedRelease> known;  // it was received before: nothing is stored
  std::optional<Import> import;
  std::size_t at = 0;
};

Result<void> DeliveryIntake::State::start(const intel::WarninglistSet& warninglists) {
  ImportOptions options;
  options.format = intel::InputFormat::stix;
  options.received_from = peer.origin;
  import.emplace(node, std::move(options), warninglists, Import::RejectSink());
  // Each release is a source: what one holds back of an object another may bring, and both are kept.
  const std::string source = "release " + decision.terms.release;
  return import->begin_file(peer.origin + " " + source, source);
}

DeliveryIntake::DeliveryIntake(std::unique_ptr<State> state) : state_(std::move(state)) {}
DeliveryIntake::DeliveryIntake(DeliveryIntake&&) noexcept = default;
DeliveryIntake& DeliveryIntake::operator=(DeliveryIntake&&) noexcept = default;
DeliveryIntake::~DeliveryIntake() = default;

Result<DeliveryIntake> DeliveryIntake::begin(Node& node, Delivery delivery,
                                             const intel::WarninglistSet& warninglists) {
  PARLEY_TRY(PeerRecord peer, find_peer(node, delivery.peer_origin));
  if (peer.status != PeerStatus::active) return refuse({"peer-suspended"}, peer.name + " is suspended");
  PARLEY_TRY(record::DecisionStatement decision, read_decision(peer, delivery));
  auto state = std::make_unique<State>(node, std::move(delivery), std::move(peer), std::move(decision));
  const record::ReleaseTerms& terms = state->decision.terms;
  if (crypto::sha256(state->delivery.package) != terms.package_hash)
    return refuse({"decision-changed"}, "the package is not the one that the decision is about");
  PARLEY_TRY(const std::optional<JsonDocument> known, load_json(node, {collection, state->key()}));
  if (known) {
    PARLEY_TRY(state->known, from_body(known->body));
    if (state->known->package_hash != terms.package_hash)
      return refuse({"colliding-id"}, "another package was received under this release id");
    return DeliveryIntake(std::move(state));
  }
  PARLEY_CHECK(check_terms(node, state->peer, state->decision));
  PARLEY_CHECK(check_approvals(state->peer, state->decision, state->delivery.approvals));
  PARLEY_CHECK(state->start(warninglists));
  return DeliveryIntake(std::move(state));
}

Result<bool> DeliveryIntake::step() {
  State& s = *state_;
  const BytesView package = s.delivery.package;
  if (s.known || s.at == package.size()) return true;
  const std::size_t piece = std::min(chunk_bytes, package.size() - s.at);
  PARLEY_CHECK(s.import->feed(package.subspan(s.at, piece)));
  s.at += piece;
  if (s.at == package.size()) PARLEY_CHECK(s.import->end_file());
  return s.at == package.size();
}

Result<ReceivedRelease> DeliveryIntake::finish() {
  State& s = *state_;
  if (s.known) return std::move(*s.known);
  if (s.at != s.delivery.package.size())
    return fail(ErrorKind::internal, "a delivery was finished before all of it was stored");
  PARLEY_TRY(const ImportReport report, s.import->finish());
  if (report.nothing_readable()) return fail(ErrorKind::peer, "nothing in the package could be read");
  // The agreement may have ended, or the peer been suspended, between two pieces.
  PARLEY_CHECK(check_terms(s.node, s.peer, s.decision));
  const record::ReleaseTerms& terms = s.decision.terms;
  PARLEY_TRY(const Recorded receipt,
             record(s.node, make_receipt(s.node, s.peer, terms, s.delivery.package.size()).to_json()));
  ReceivedRelease received{terms.release,           s.peer.origin,        terms.package_hash, terms.agreement,
                           terms.purpose,           s.node.clock().now(), report.found,       report.rejected,
                           s.delivery.decision_jws, s.delivery.approvals, receipt.jws};
  PARLEY_CHECK(save_json(s.node, {collection, s.key()}, to_body(received), state::DocumentVersion(0)));
  return received;
}

}  // namespace parley::exchange
