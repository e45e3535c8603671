#include "ledger/check_approvals.hpp"

#include <fmt/format.h>

#include <set>

#include "ledger/check_agreement.hpp"
#include "record/node_statement.hpp"

namespace parley::ledger {
namespace {

using record::ApprovalStatement;
using record::DecisionStatement;
using record::OfficerRevocation;
using record::OfficerStatement;

using Approvals = std::vector<Typed<ApprovalStatement>>;

void check_one(const Case& c, const Typed<ApprovalStatement>& approval,
               const Typed<DecisionStatement>& decision, Finding& out) {
  const std::string& file = approval.piece->file;
  const ApprovalStatement& body = approval.body;
  if (body.terms.hash() != decision.body.terms.hash()) out.refute(file + " approves another decision");
  if (body.verdict != "approve") out.refute(file + " says no");
  if (!body.officer_signed()) out.refute(file + " is not signed by the officer's key");
  if (body.head.node != decision.body.head.node) out.refute(file + " is of another node than the decision");
  if (body.head.created < decision.body.head.created) out.refute(file + " is older than the decision");
  if (body.head.created >= body.terms.expiry) out.refute(file + " came after the decision had expired");
  if (const auto time = own_leaf_time(c, *approval.piece); time && *time >= body.terms.expiry)
    out.miss(file + " was recorded only after the decision had expired");
  out.join(c.signed_by(approval.piece->statement.jws, body.head.node));
}

/// The same person may not count twice, by whatever name, key or unit.
void check_distinct(const Approvals& approvals, bool different_units, Finding& out) {
  std::set<std::string> officers;
  std::set<std::string> units;
  std::set<crypto::PublicKey> keys;
  for (const auto& approval : approvals) {
    if (!officers.insert(approval.body.officer).second) out.refute("one officer approved twice");
    if (!keys.insert(approval.body.key).second) out.refute("one key approved twice");
    if (different_units && !units.insert(approval.body.unit).second)
      out.refute("two officers of one unit approved: " + approval.body.unit);
  }
}

void check_enrolment(const Case& c, const Typed<ApprovalStatement>& approval,
                     const std::vector<Typed<OfficerStatement>>& officers, Finding& out) {
  const ApprovalStatement& body = approval.body;
  for (const auto& officer : officers) {
    if (officer.body.officer != body.officer) continue;
    const std::string& file = officer.piece->file;
    if (officer.body.key != body.key || officer.body.unit != body.unit)
      out.refute(file + " enrols this officer with another key or unit than " + approval.piece->file +
                 " has");
    if (officer.body.head.node != body.head.node) out.refute(file + " is of another node");
    if (officer.body.head.created > body.head.created) out.refute(file + " is younger than the approval");
    if (officer.piece->recorded && approval.piece->recorded &&
        officer.piece->recorded->index >= approval.piece->recorded->index)
      out.refute(file + " was recorded after the approval");
    out.join(c.signed_by(officer.piece->statement.jws, officer.body.head.node));
    return;
  }
  out.miss("the bundle has no enrolment of the officer of " + approval.piece->file);
}

void check_not_revoked(const Approvals& approvals, const std::vector<Typed<OfficerRevocation>>& revocations,
                       Finding& out) {
  for (const auto& revocation : revocations)
    for (const auto& approval : approvals) {
      if (revocation.body.officer != approval.body.officer && revocation.body.key != approval.body.key)
        continue;
      // The log's order counts too: an approval can be dated back, its place cannot.
      const bool recorded_before = revocation.piece->recorded && approval.piece->recorded &&
                                   revocation.piece->recorded->index < approval.piece->recorded->index;
      if (recorded_before || revocation.body.head.created <= approval.body.head.created)
        out.refute(approval.piece->file + " was signed after the key had been revoked");
    }
}

}  // namespace

std::vector<Claim> check_approvals(const Case& c, const Typed<DecisionStatement>& decision) {
  Finding approved;
  Finding enrolled;
  const std::size_t needed = decision.body.approvals_needed;
  const auto approvals = typed<ApprovalStatement>(c.dossier);
  const auto officers = typed<OfficerStatement>(c.dossier);
  const auto revocations = typed<OfficerRevocation>(c.dossier);
  if (!approvals) approved.refute(approvals.error().text());
  if (!officers) enrolled.refute(officers.error().text());
  if (!revocations) enrolled.refute(revocations.error().text());
  if (approvals && officers && revocations) {
    for (const auto& approval : *approvals) {
      check_one(c, approval, decision, approved);
      check_enrolment(c, approval, *officers, enrolled);
    }
    check_distinct(*approvals, decision.body.different_units, approved);
    check_not_revoked(*approvals, *revocations, enrolled);
    if (approvals->size() < needed)
      approved.miss(
          fmt::format("the decision asks for {} approvals, the bundle has {}", needed, approvals->size()));
  }
  const std::size_t count = approvals ? approvals->size() : 0;
  std::vector<Claim> out;
  out.push_back(approved.claim(
      fmt::format("{} officers{} approved exactly this decision", needed,
                  decision.body.different_units ? " of different units" : ""),
      count == 0 ? "the rules in force asked for none"
                 : fmt::format("{} signatures by {} keys over the hash of the decision", count, count),
      "the node for who holds which officer's key"));
  out.push_back(
      enrolled.claim("The officers' keys were enrolled before, with their names sealed",
                     fmt::format("{} enrolments, none revoked in this bundle", count),
                     "the node's role key; that the keys lie with different persons rests on the node"));
  return out;
}

}  // namespace parley::ledger
