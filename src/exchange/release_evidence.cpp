#include "exchange/release_evidence.hpp"

#include "exchange/agreement_book.hpp"
#include "exchange/evidence_parts.hpp"
#include "exchange/gate.hpp"
#include "exchange/release_book.hpp"

namespace parley::exchange {

Result<ledger::EvidenceInput> release_evidence(Node& node, std::string_view release_id, bool with_content) {
  PARLEY_TRY(const Release release, find_release(node, release_id));
  if (release.state != ReleaseState::delivered)
    return fail(ErrorKind::conflict, "release " + release.id + " is " +
                                         std::string(release_state_name(release.state)) +
                                         ": there is no delivery to prove");
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, release.terms.agreement));
  PARLEY_TRY(ledger::EvidenceInput out,
             begin_evidence(node, ledger::EvidenceKind::release, release.id, release.peer_origin));
  PARLEY_CHECK(add_statement(node, agreement.own_jws, out));
  PARLEY_CHECK(add_statement(node, agreement.peer_jws, out));
  for (const ReleaseApproval& given : release.approvals) PARLEY_CHECK(add_enrolment(node, given, out));
  PARLEY_CHECK(add_statement(node, release.decision_jws, out));
  for (const ReleaseApproval& given : release.approvals) PARLEY_CHECK(add_statement(node, given.jws, out));
  PARLEY_CHECK(add_statement(node, release.delivery_jws, out));
  PARLEY_CHECK(add_statement(node, release.receipt_jws, out));
  if (with_content) {
    PARLEY_TRY(Cleared<Bytes> content, Gate(node).clear_content(release));
    out.package = std::move(content).release();
  }
  return out;
}

}  // namespace parley::exchange
