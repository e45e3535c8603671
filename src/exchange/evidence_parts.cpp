#include "exchange/evidence_parts.hpp"

#include <algorithm>

#include "exchange/officer.hpp"
#include "exchange/peers.hpp"
#include "exchange/recording.hpp"
#include "merkle/note.hpp"

namespace parley::exchange {

Result<ledger::EvidenceInput> begin_evidence(Node& node, ledger::EvidenceKind kind, std::string subject,
                                             std::string_view peer_origin) {
  const Timestamp now = node.clock().now();
  const Identity& own = node.identity();
  ledger::EvidenceInput out;
  out.kind = kind;
  out.subject = std::move(subject);
  out.exporter = own.origin;
  out.id = make_uuid7(now.microseconds(), node.entropy());
  out.created = now;
  out.checkpoint = node.ledger().checkpoint();
  out.parties.push_back({own.origin, own.name, own.kind, own.jurisdiction, node.keys().role.public_key(),
                         node.keys().log.public_key()});
  PARLEY_TRY(const PeerRecord peer, find_peer(node, peer_origin));
  PARLEY_TRY(const merkle::VerifierKey log, merkle::parse_vkey(peer.log_vkey));
  out.parties.push_back({peer.origin, peer.name, peer.kind, peer.jurisdiction, peer.role_key, log.key});
  return out;
}

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

Result<void> add_enrolment(Node& node, const ReleaseApproval& given, ledger::EvidenceInput& out) {
  PARLEY_TRY(const Officer officer, find_officer(node, given.officer));
  const auto there = [&](const ledger::EvidenceStatement& one) { return one.jws == officer.enrolment_jws; };
  if (std::ranges::any_of(out.statements, there)) return {};
  return add_statement(node, officer.enrolment_jws, out);
}

}  // namespace parley::exchange
