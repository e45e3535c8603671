#include "exchange/match_evidence.hpp"

#include "exchange/agreement_book.hpp"
#include "exchange/evidence_parts.hpp"
#include "exchange/match_proposal.hpp"
#include "exchange/match_run.hpp"
#include "exchange/recording.hpp"

namespace parley::exchange {

Result<ledger::EvidenceInput> match_evidence(Node& node, std::string_view run_id) {
  PARLEY_TRY(const MatchRun run, find_run(node, run_id));
  if (run.status != RunStatus::done)
    return fail(ErrorKind::conflict, "run " + run.id + " did not come to its end: there is nothing to prove");
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, run.agreement));
  PARLEY_TRY(ledger::EvidenceInput out, begin_evidence(node, ledger::EvidenceKind::match, run.id, run.peer));
  std::vector<Approval> approvals;
  if (!run.proposal.empty()) {
    PARLEY_TRY(const MatchProposal proposal, find_match_proposal(node, run.proposal));
    approvals = proposal.approvals;
  }
  PARLEY_CHECK(add_statement(node, agreement.own_jws, out));
  PARLEY_CHECK(add_statement(node, agreement.peer_jws, out));
  for (const Approval& given : approvals) PARLEY_CHECK(add_enrolment(node, given, out));
  for (const Approval& given : approvals) PARLEY_CHECK(add_statement(node, given.jws, out));
  PARLEY_TRY(const Recorded own, find_recorded(node, run.statement));
  PARLEY_CHECK(add_statement(node, own.jws, out));
  PARLEY_TRY(const Recorded theirs, find_recorded(node, run.peer_statement));
  PARLEY_CHECK(add_statement(node, theirs.jws, out));
  return out;
}

}  // namespace parley::exchange
