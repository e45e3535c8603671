#include "exchange/release_evidence.hpp"

#include "exchange/agreement_book.hpp"
#include "exchange/officer.hpp"
#include "exchange/peers.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_book.hpp"
#include "merkle/note.hpp"

namespace parley::exchange {

namespace {

// A statement with the proof of its leaf, when it is in our ledger.
Result<void> add_statement(Node& node, const std::string& jws, ledger::EvidenceInput& out) {
  if (jws.empty()) return {};
  ledger::EvidenceStatement statement;
  statement.jws = jws;
  const Result<Recorded> recorded = find_signed(node, jws);
  if (recorded) {
    const ledger::LeafIndex index(recorded->index);
    PARLEY_TRY(ledger::LeafProof proof, node.ledger().prove(index));
    statement.recorded = ledger::EvidenceStatement::Recorded{index, recorded->opening, std::move(proof)};
  } else if (recorded.error().kind != ErrorKind::not_found) {
    return std::unexpected<Error>(recorded.error());
  }
  out.statements.push_back(std::move(statement));
  return {};
}

Result<void> add_parties(Node& node, const std::string& peer_origin, ledger::EvidenceInput& out) {
  const Identity& own = node.identity();
  out.parties.push_back({own.origin, own.name, own.kind, own.jurisdiction, node.keys().role.public_key(),
                         node.keys().log.public_key()});
  PARLEY_TRY(const PeerRecord peer, find_peer(node, peer_origin));
  PARLEY_TRY(const merkle::VerifierKey log, merkle::parse_vkey(peer.log_vkey));
  out.parties.push_back({peer.origin, peer.name, peer.kind, peer.jurisdiction, peer.role_key, log.key});
  return {};
}

}  // namespace

Result<ledger::EvidenceInput> release_evidence(Node& node, std::string_view release_id) {
  PARLEY_TRY(const Release release, find_release(node, release_id));
  if (release.state != ReleaseState::delivered)
    return fail(ErrorKind::conflict, "release " + release.id + " is " +
                                         std::string(release_state_name(release.state)) +
                                         ": there is no delivery to prove");
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, release.terms.agreement));
  const Timestamp now = node.clock().now();
  ledger::EvidenceInput out;
  out.kind = ledger::EvidenceKind::release;
  out.subject = release.id;
  out.exporter = node.identity().origin;
  out.id = make_uuid7(now.microseconds(), node.entropy());
  out.created = now;
  out.checkpoint = node.ledger().checkpoint();
  out.package = to_bytes(release.package);
  PARLEY_CHECK(add_parties(node, release.peer_origin, out));
  PARLEY_CHECK(add_statement(node, agreement.own_jws, out));
  PARLEY_CHECK(add_statement(node, agreement.peer_jws, out));
  for (const ReleaseApproval& given : release.approvals) {
    // Without the disclosure of the name: the bundle shows that an enrolled officer signed, not who that is.
    PARLEY_TRY(const Officer officer, find_officer(node, given.officer));
    PARLEY_CHECK(add_statement(node, officer.enrolment_jws, out));
  }
  PARLEY_CHECK(add_statement(node, release.decision_jws, out));
  for (const ReleaseApproval& given : release.approvals) PARLEY_CHECK(add_statement(node, given.jws, out));
  PARLEY_CHECK(add_statement(node, release.delivery_jws, out));
  PARLEY_CHECK(add_statement(node, release.receipt_jws, out));
  return out;
}

}  // namespace parley::exchange
