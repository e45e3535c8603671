#include "exchange/match_evidence.hpp"

#include "exchange/agreement_book.hpp"
#include "exchange/match_run.hpp"
#include "exchange/peers.hpp"
#include "exchange/recording.hpp"

namespace parley::exchange {
namespace {

Result<void> add_statement(Node& node, const std::string& jws, ledger::EvidenceInput& out) {
  if (jws.empty()) return {};
  ledger::EvidenceStatement statement;
  statement.jws = jws;
  auto recorded = find_signed(node, jws);
  if (recorded) {
    const ledger::LeafIndex index(recorded->index);
    PARLEY_TRY(ledger::LeafProof proof, node.ledger().prove(index));
    statement.recorded = ledger::EvidenceStatement::Recorded{index, recorded->opening, std::move(proof)};
  } else if (recorded.error().kind != ErrorKind::not_found) {
    return std::unexpected(std::move(recorded).error());
  }
  out.statements.push_back(std::move(statement));
  return {};
}

Result<std::string> recorded_jws(Node& node, std::string_view id) {
  PARLEY_TRY(Recorded recorded, find_recorded(node, id));
  return std::move(recorded.jws);
}

}  // namespace

Result<ledger::EvidenceInput> match_evidence(Node& node, std::string_view run_id) {
  PARLEY_TRY(const MatchRun run, find_run(node, run_id));
  if (run.status != RunStatus::done)
    return fail(ErrorKind::conflict, "run " + run.id + " did not come to its end: there is nothing to prove");
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, run.agreement));
  PARLEY_TRY(const PeerRecord peer, find_peer(node, run.peer));
  const Timestamp now = node.clock().now();
  const Identity& own = node.identity();
  ledger::EvidenceInput out;
  out.kind = ledger::EvidenceKind::match;
  out.subject = run.id;
  out.exporter = own.origin;
  out.id = make_uuid7(now.microseconds(), node.entropy());
  out.created = now;
  out.parties.push_back({own.origin, own.name, own.kind, own.jurisdiction, node.keys().role.public_key(),
                         node.keys().log.public_key()});
  PARLEY_TRY(const merkle::VerifierKey peer_log, merkle::parse_vkey(peer.log_vkey));
  out.parties.push_back({peer.origin, peer.name, peer.kind, peer.jurisdiction, peer.role_key, peer_log.key});
  out.checkpoint = node.ledger().checkpoint();
  PARLEY_CHECK(add_statement(node, agreement.own_jws, out));
  PARLEY_CHECK(add_statement(node, agreement.peer_jws, out));
  PARLEY_TRY(const std::string own_record, recorded_jws(node, run.statement));
  PARLEY_CHECK(add_statement(node, own_record, out));
  PARLEY_TRY(const std::string peer_record, recorded_jws(node, run.peer_statement));
  PARLEY_CHECK(add_statement(node, peer_record, out));
  return out;
}

}  // namespace parley::exchange
