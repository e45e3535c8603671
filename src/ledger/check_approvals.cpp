#include "ledger/check_approvals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "ledger/check_agreement.hpp"
#include "record/match_terms.hpp"
#include "record/node_statement.hpp"

namespace parley::ledger {
namespace {

using record::ApprovalStatement;
using record::DecisionStatement;
using record::MatchApprovalStatement;
using record::MatchStatement;
using record::OfficerRevocation;
using record::OfficerStatement;

/// Approvals of releases and of matches alike: an officer's own signature over the hash of terms.
template <class S>
using Approvals = std::vector<Typed<S>>;

template <class S>
void check_signed(const Case& c, const Typed<S>& approval, Finding& out) {
  const std::string& file = approval.piece->file;
  const S& body = approval.body;
  if (body.verdict != "approve") out.refute(file + " says no");
  if (!body.officer_signed()) out.refute(file + " is not signed by the officer's key");
  if (body.head.created >= body.terms.expiry) out.refute(file + " came after its terms had expired");
  if (const auto time = own_leaf_time(c, *approval.piece); time && *time >= body.terms.expiry)
    out.miss(file + " was recorded only after its terms had expired");
  out.join(c.signed_by(approval.piece->statement.jws, body.head.node));
}

void check_one(const Case& c, const Typed<ApprovalStatement>& approval,
               const Typed<DecisionStatement>& decision, Finding& out) {
  const std::string& file = approval.piece->file;
  const ApprovalStatement& body = approval.body;
  if (body.terms.hash() != decision.body.terms.hash()) out.refute(file + " approves another decision");
  if (body.head.node != decision.body.head.node) out.refute(file + " is of another node than the decision");
  if (body.head.created < decision.body.head.created) out.refute(file + " is older than the decision");
  check_signed(c, approval, out);
}

/// That the terms which an officer signed are those of the run as its own node recorded it.
void check_terms(const Typed<MatchApprovalStatement>& approval, const Typed<MatchStatement>& record,
                 Finding& out) {
  const std::string& file = approval.piece->file;
  const record::MatchTerms& terms = approval.body.terms;
  const MatchStatement& run = record.body;
  if (terms.set_root != run.set_commitment || terms.set_size_padded != run.set_size_padded)
    out.refute(file + " approves another set than the one that was compared");
  const bool known_peer_size = terms.peer_size_padded != 0;
  if (terms.peer != run.counterparty || terms.role != run.role || terms.agreement != run.agreement ||
      terms.purpose != run.purpose || terms.types != run.types || terms.output != run.output ||
      terms.learner != run.learner || (known_peer_size && terms.peer_size_padded != run.peer_set_size_padded))
    out.refute(file + " approves another question than the one that was asked");
  if (std::ranges::find(terms.protocols, run.protocol) == terms.protocols.end())
    out.refute(file + " does not allow the protocol that ran");
  if (approval.body.head.created > run.head.created) out.refute(file + " is younger than the run");
  if (run.head.created >= terms.expiry) out.refute(file + " had expired when the run was recorded");
  if (approval.piece->recorded && record.piece->recorded &&
      approval.piece->recorded->index >= record.piece->recorded->index)
    out.refute(file + " was recorded after the run");
}

void check_one(const Case& c, const Typed<MatchApprovalStatement>& approval,
               const std::vector<Typed<MatchStatement>>& records, Finding& out) {
  const auto own = std::ranges::find_if(
      records, [&](const auto& record) { return record.body.head.node == approval.body.head.node; });
  if (own == records.end())
    out.refute(approval.piece->file + " is of a node that has no record of the run here");
  else
    check_terms(approval, *own, out);
  check_signed(c, approval, out);
}

/// The same person may not count twice, by whatever name, key or unit.
template <class S>
void check_distinct(const Approvals<S>& approvals, bool different_units, Finding& out) {
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

template <class S>
void check_enrolment(const Case& c, const Typed<S>& approval,
                     const std::vector<Typed<OfficerStatement>>& officers, Finding& out) {
  const S& body = approval.body;
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

template <class S>
void check_not_revoked(const Approvals<S>& approvals,
                       const std::vector<Typed<OfficerRevocation>>& revocations, Finding& out) {
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

/// Every approval in the bundle, against what it is about; then who gave them.
template <class S, class About>
struct Looked {
  Looked(const Case& c, const About& about, const std::function<bool(const Approvals<S>&)>& different_units) {
    const auto approvals = typed<S>(c.dossier);
    const auto officers = typed<OfficerStatement>(c.dossier);
    const auto revocations = typed<OfficerRevocation>(c.dossier);
    if (!approvals) approved.refute(approvals.error().text());
    if (!officers) enrolled.refute(officers.error().text());
    if (!revocations) enrolled.refute(revocations.error().text());
    if (approvals) count = approvals->size();
    if (!approvals || !officers || !revocations) return;
    for (const auto& approval : *approvals) {
      check_one(c, approval, about, approved);
      check_enrolment(c, approval, *officers, enrolled);
    }
    units_differ = different_units(*approvals);
    check_distinct(*approvals, units_differ, approved);
    check_not_revoked(*approvals, *revocations, enrolled);
  }

  Finding approved;
  Finding enrolled;
  std::size_t count = 0;
  bool units_differ = false;
};

Claim enrolment_claim(const Finding& enrolled, std::size_t count) {
  return enrolled.claim("The officers' keys were enrolled before, with their names sealed",
                        fmt::format("{} enrolments, none revoked in this bundle", count),
                        "the node's role key; that the keys lie with different persons rests on the node");
}

}  // namespace

std::vector<Claim> check_match_approvals(const Case& c, const std::vector<Typed<MatchStatement>>& records) {
  const auto all_differ = [](const Approvals<MatchApprovalStatement>& approvals) {
    std::set<std::string> units;
    for (const auto& approval : approvals) units.insert(approval.body.unit);
    return approvals.size() > 1 && units.size() == approvals.size();
  };
  Looked<MatchApprovalStatement, std::vector<Typed<MatchStatement>>> looked(c, records, all_differ);
  std::vector<Claim> out;
  // Not every match needs one, and no record says whether this one did: without any, nothing depends on it.
  if (looked.count == 0 && looked.approved.holds()) {
    Finding none;
    none.miss("the bundle has no officer's approval; whether the rules asked for one is not shown");
    out.push_back(none.claim("Officers approved this run", "", "", false));
    return out;
  }
  out.push_back(looked.approved.claim(
      fmt::format("{} officer{}{} approved exactly this run", looked.count, looked.count == 1 ? "" : "s",
                  looked.units_differ ? " of different units" : ""),
      fmt::format("{} signature{} over the set, the question and the protocols, before the run", looked.count,
                  looked.count == 1 ? "" : "s"),
      "the node for who holds which officer's key, and for how many its rules asked for"));
  out.push_back(enrolment_claim(looked.enrolled, looked.count));
  return out;
}

std::vector<Claim> check_approvals(const Case& c, const Typed<DecisionStatement>& decision) {
  const std::size_t needed = decision.body.approvals_needed;
  Looked<ApprovalStatement, Typed<DecisionStatement>> looked(
      c, decision, [&](const auto&) { return decision.body.different_units; });
  Finding& approved = looked.approved;
  const std::size_t count = looked.count;
  if (count < needed)
    approved.miss(fmt::format("the decision asks for {} approvals, the bundle has {}", needed, count));
  std::vector<Claim> out;
  out.push_back(approved.claim(
      fmt::format("{} officers{} approved exactly this decision", needed,
                  decision.body.different_units ? " of different units" : ""),
      count == 0 ? "the rules in force asked for none"
                 : fmt::format("{} signatures by {} keys over the hash of the decision", count, count),
      "the node for who holds which officer's key"));
  out.push_back(enrolment_claim(looked.enrolled, count));
  return out;
}

}  // namespace parley::ledger
