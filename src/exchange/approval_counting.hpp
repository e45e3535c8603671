#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <vector>

#include "exchange/approval_rules.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/node.hpp"
#include "exchange/officer.hpp"
#include "exchange/recording.hpp"
#include "record/jws.hpp"

namespace parley::exchange {

/// Takes out the approvals of officers who are not enrolled or were revoked since; true when there were some.
Result<bool> drop_revoked(Node& node, std::vector<Approval>& given);

/// Whether enough officers have signed this decision, each again by signature, enrolment and unit: what was
/// signed counts, not what the store says beside it. `Statement` is the form in which the signatures stand in
/// the ledger.
template <class Statement>
Result<void> count_signatures(Node& node, std::span<const Approval> given, const policy::Approvals& needs,
                              const crypto::Hash256& decision) {
  std::vector<Approval> counted;
  for (const Approval& one : given) {
    PARLEY_TRY(const record::Statement statement,
               record::verify_statement(one.jws, node.keys().role.public_key()));
    PARLEY_TRY(const auto approval, record::read_statement<Statement>(statement));
    PARLEY_TRY(const Officer officer, find_officer(node, approval.officer));
    if (officer.revoked) continue;
    PARLEY_CHECK(check_officer(needs, counted, officer));
    if (approval.key != officer.key || approval.verdict != "approve" || !approval.officer_signed())
      return refuse({"officer-signature"}, "a signature is not that of " + officer.name);
    if (approval.terms.hash() != decision)
      return refuse({"decision-changed"}, "an officer has signed another decision");
    counted.push_back({officer.id, officer.unit, officer.key, one.at, one.jws});
  }
  if (counted.size() < needs.count)
    return refuse({"approvals"}, fmt::format("{}; {} did", describe(needs), counted.size()));
  return {};
}

/// Checks an officer's answer about these terms (clocks, enrolment, signature, person and unit) and records
/// it. A crash afterwards leaves a signature in the ledger that nothing counts; the officer signs once more.
template <class Statement, class Terms>
Result<Approval> record_answer(Node& node, const OfficerAnswer& answer, const policy::Approvals& needs,
                               std::span<const Approval> given, const Terms& terms, Timestamp created) {
  PARLEY_CHECK(check_clock(node));
  const Result<Officer> officer = find_officer(node, answer.officer);
  if (!officer) return refuse({"officer-unknown"}, "no such officer is enrolled");
  const Timestamp now = node.clock().now();
  PARLEY_CHECK(check_answer(answer, terms.hash(), *officer, created, now));
  PARLEY_CHECK(answer.verdict == Verdict::approve ? check_officer(needs, given, *officer)
                                                  : check_objector(*officer));
  Statement statement;
  statement.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  statement.officer = officer->id;
  statement.unit = officer->unit;
  statement.key = officer->key;
  statement.verdict = answer.verdict == Verdict::approve ? "approve" : "reject";
  statement.terms = terms;
  statement.signature = answer.signature;
  PARLEY_TRY(const Recorded recorded, record(node, statement.to_json()));
  return Approval{officer->id, officer->unit, officer->key, now, recorded.jws};
}

}  // namespace parley::exchange
