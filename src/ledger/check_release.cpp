#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "ledger/check_agreement.hpp"
#include "ledger/check_approvals.hpp"
#include "ledger/findings.hpp"
#include "record/release_statement.hpp"

namespace parley::ledger {
namespace {

using record::ApprovalStatement;
using record::DecisionStatement;
using record::DeliveryStatement;
using record::ReceiptStatement;

/// Exactly one statement of a schema, or a finding that says why not.
template <class S>
std::optional<Typed<S>> only(const Case& c, std::string_view what, Finding& out) {
  auto all = typed<S>(c.dossier);
  if (!all) {
    out.refute(all.error().text());
    return std::nullopt;
  }
  if (all->empty()) {
    out.miss(fmt::format("the bundle has no {}", what));
    return std::nullopt;
  }
  if (all->size() > 1) {
    out.refute(fmt::format("the bundle has more than one {}", what));
    return std::nullopt;
  }
  return all->front();
}

Claim check_delivery(const Case& c, const Typed<DecisionStatement>& decision) {
  Finding out;
  const record::ReleaseTerms& terms = decision.body.terms;
  if (const auto delivery = only<DeliveryStatement>(c, "delivery", out)) {
    const DeliveryStatement& body = delivery->body;
    if (body.head.node != decision.body.head.node) out.refute("another node delivered than decided");
    if (body.release != terms.release || body.package_hash != terms.package_hash ||
        body.agreement != terms.agreement || body.purpose != terms.purpose ||
        body.decision_hash != terms.hash())
      out.refute("what was delivered is not what was decided");
    if (std::find(terms.recipients.begin(), terms.recipients.end(), body.recipient) == terms.recipients.end())
      out.refute("it was delivered to a node that the decision does not name");
    if (body.head.created >= terms.expiry) out.refute("it was delivered after the decision had expired");
    if (const auto time = own_leaf_time(c, *delivery->piece); time && *time >= terms.expiry)
      out.miss("it was recorded only after the decision had expired");
    if (const auto approvals = typed<ApprovalStatement>(c.dossier))
      for (const auto& approval : *approvals) {
        if (approval.body.head.created > body.head.created)
          out.refute("it was delivered before it was approved");
        if (approval.piece->recorded && delivery->piece->recorded &&
            approval.piece->recorded->index >= delivery->piece->recorded->index)
          out.refute("the approvals were recorded after the delivery");
      }
    out.join(c.signed_by(delivery->piece->statement.jws, body.head.node));
  }
  return out.claim("The package of the decision was delivered, after its approval and before its expiry",
                   "the delivery is signed and agrees with the decision in every member",
                   "the sender's role key and clock");
}

Claim check_receipt(const Case& c, const Typed<DecisionStatement>& decision) {
  Finding out;
  std::string who = "The receiver";
  const record::ReleaseTerms& terms = decision.body.terms;
  if (const auto receipt = only<ReceiptStatement>(c, "receipt", out)) {
    const ReceiptStatement& body = receipt->body;
    who = c.dossier.display(body.head.node);
    if (body.release != terms.release || body.agreement != terms.agreement || body.purpose != terms.purpose)
      out.refute("the receipt is for another release, agreement or purpose");
    if (body.package_hash != terms.package_hash) out.refute("the receipt is for another package");
    if (body.sender != decision.body.head.node) out.refute("the receipt names another sender");
    if (std::find(terms.recipients.begin(), terms.recipients.end(), body.head.node) == terms.recipients.end())
      out.refute("the receipt is of a node that the decision does not name");
    out.join(c.signed_by(receipt->piece->statement.jws, body.head.node));
  }
  return out.claim(who + " signed for exactly this package", "the receipt names the same SHA-256",
                   "the receiver's role key in the trust file");
}

Claim check_package(const Case& c, const Typed<DecisionStatement>& decision) {
  Finding out;
  const bool here = c.dossier.package.has_value();
  if (!here)
    out.miss("the package is not in the bundle: its hash is proven, its content is not shown");
  else if (crypto::sha256(*c.dossier.package) != decision.body.terms.package_hash)
    out.refute("the package in the bundle has another hash than the decision");
  return out.claim("The content of the package", here ? "package.bin has the hash of the decision" : "",
                   "SHA-256", here);
}

/// Every moment at which the release had to lie within the agreement: that of the decision, and that of the
/// delivery, which may come long after it.
std::vector<Timestamp> times_of_release(const Case& c, const Typed<DecisionStatement>& decision) {
  std::vector<Timestamp> out = times_of(*decision.piece);
  if (const auto deliveries = typed<DeliveryStatement>(c.dossier))
    for (const auto& delivery : *deliveries)
      for (const Timestamp time : times_of(*delivery.piece)) out.push_back(time);
  return out;
}

/// The log fixes an order of its own, whatever the clocks said.
Claim check_order(const Case& c, const Typed<DecisionStatement>& decision,
                  std::string_view agreement_schema) {
  Finding out;
  std::size_t pairs = 0;
  const auto before = [&](const Piece& earlier, const Piece& later) {
    if (!earlier.recorded || !later.recorded) return;
    ++pairs;
    if (earlier.recorded->index >= later.recorded->index)
      out.refute(earlier.file + " was recorded after " + later.file);
  };
  for (const Piece& piece : c.dossier.pieces) {
    if (piece.statement.schema == agreement_schema) before(piece, *decision.piece);
    if (piece.statement.schema == ApprovalStatement::schema) before(*decision.piece, piece);
    if (piece.statement.schema == DeliveryStatement::schema) before(*decision.piece, piece);
    if (piece.statement.schema == ReceiptStatement::schema) before(*decision.piece, piece);
  }
  const bool exporter_decided = decision.body.head.node == c.dossier.index.exporter;
  if (pairs == 0) out.miss("the decision is not recorded in the exporter's log");
  return out.claim("Agreement, decision, approvals and delivery were recorded in this order",
                   fmt::format("{} pairs of entries in order", pairs), "the log alone, no clock",
                   exporter_decided);
}

Claim check_decision(const Case& c, const Typed<DecisionStatement>& decision) {
  Finding out = c.signed_by(decision.piece->statement.jws, decision.body.head.node);
  if (decision.body.terms.release != c.dossier.index.subject)
    out.refute("the decision is about another release than the bundle");
  if (decision.body.verdict == "needs_approval" && decision.body.approvals_needed == 0)
    out.refute("the decision asks for approval by nobody");
  return out.claim(c.dossier.display(decision.body.head.node) + " decided on this release",
                   fmt::format("{} objects, package {}…", decision.body.items.size(),
                               to_hex(decision.body.terms.package_hash).substr(0, 16)),
                   "the sender's role key in the trust file");
}

}  // namespace

std::vector<Claim> check_release(const Case& c) {
  std::vector<Claim> out;
  const AgreementCheck agreement = check_agreement(c);
  out.push_back(agreement.signatures);
  Finding missing;
  const auto decision = only<DecisionStatement>(c, "decision", missing);
  if (!decision) {
    out.push_back(missing.claim("A decision on this release was made", "", ""));
    return out;
  }
  const record::ReleaseTerms& terms = decision->body.terms;
  const std::vector<Timestamp> times = times_of_release(c, *decision);
  for (const std::string& recipient : terms.recipients)
    out.push_back(check_in_force(c, agreement, terms.agreement, terms.purpose, decision->body.head.node,
                                 recipient, times));
  out.push_back(check_decision(c, *decision));
  for (Claim& claim : check_approvals(c, *decision)) out.push_back(std::move(claim));
  out.push_back(check_delivery(c, *decision));
  out.push_back(check_receipt(c, *decision));
  out.push_back(check_order(c, *decision, record::AgreementStatement::schema));
  out.push_back(check_package(c, *decision));
  return out;
}

}  // namespace parley::ledger
