#include "exchange/approval.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/officer.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_store.hpp"
#include "record/jws.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::size_t max_answer_bytes = 64U << 10;

struct Answer {
  std::string release;
  std::string officer;
  Verdict verdict = Verdict::approve;
  crypto::Hash256 decision_hash{};
  crypto::Signature signature;
  Timestamp at;
};

Result<Answer> parse_answer(std::string_view text) {
  encoding::JsonLimits limits;
  limits.max_bytes = max_answer_bytes;
  PARLEY_TRY(const Json json, encoding::parse_json(text, limits));
  Answer out;
  PARLEY_TRY(out.release, json.string_member("release"));
  PARLEY_TRY(out.officer, json.string_member("officer"));
  PARLEY_TRY(const std::string verdict, json.string_member("verdict"));
  if (verdict != "approve" && verdict != "reject")
    return fail(ErrorKind::bad_input, "must be approve or reject", "/verdict");
  out.verdict = verdict == "approve" ? Verdict::approve : Verdict::reject;
  PARLEY_TRY(const std::string hash, json.string_member("decision_hash"));
  PARLEY_TRY(const Bytes hash_bytes, from_hex(hash));
  PARLEY_TRY(out.decision_hash, to_array<32>(hash_bytes));
  PARLEY_TRY(const std::string signature, json.string_member("signature"));
  PARLEY_TRY(const Bytes signature_bytes, from_hex(signature));
  PARLEY_TRY(out.signature, crypto::parse_signature(signature_bytes));
  PARLEY_TRY(const std::string at, json.string_member("at"));
  PARLEY_TRY(out.at, parse_time(at));
  return out;
}

// Whether this officer's yes could still count for this release.
Result<void> check_officer(const Release& release, const Officer& officer) {
  if (officer.revoked) return refuse({"officer-revoked"}, officer.name + " was revoked");
  const policy::Approvals& needs = release.needs;
  if (!needs.units.empty() &&
      std::find(needs.units.begin(), needs.units.end(), officer.unit) == needs.units.end())
    return refuse({"unit-not-needed"},
                  fmt::format("{}; {} is of {}", describe(needs), officer.name, officer.unit));
  for (const ReleaseApproval& given : release.approvals) {
    if (given.officer == officer.id || given.key == officer.key)
      return refuse({"same-person-twice"}, officer.name + " has signed already; another person must agree");
    if (needs.different_units && given.unit == officer.unit)
      return refuse({"same-unit-twice"}, "an officer of " + officer.unit + " has signed already");
  }
  return {};
}

Result<void> check_open(const Release& release) {
  if (release.state == ReleaseState::proposed) return {};
  std::vector<std::string> rules = {"release-state"};
  if (!release.why_rule.empty()) rules.push_back(release.why_rule);
  return refuse(std::move(rules), fmt::format("the release is {}{}{}", release_state_name(release.state),
                                              release.why.empty() ? "" : ": ", release.why));
}

Result<void> check_signature(const Release& release, const Officer& officer, const Answer& answer) {
  const crypto::Hash256 hash = release.terms.hash();
  if (answer.decision_hash != hash)
    return refuse({"decision-changed"}, "the signature is over another decision than the one that is stored");
  const Bytes message =
      answer.verdict == Verdict::approve ? record::approval_message(hash) : record::rejection_message(hash);
  if (!crypto::verify(officer.key, message, answer.signature))
    return refuse({"officer-signature"},
                  "the signature is not that of " + officer.name + " over this decision");
  return {};
}

record::ApprovalStatement make_statement(Node& node, const Release& release, const Officer& officer,
                                         const Answer& answer) {
  const Timestamp now = node.clock().now();
  record::ApprovalStatement out;
  out.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  out.officer = officer.id;
  out.unit = officer.unit;
  out.key = officer.key;
  out.verdict = answer.verdict == Verdict::approve ? "approve" : "reject";
  out.terms = release.terms;
  out.signature = answer.signature;
  return out;
}

}  // namespace

Json ApprovalRequest::to_json() const {
  return Json::object({{"officer", officer}, {"unit", unit}, {"terms", terms.to_json()}});
}

Result<ApprovalRequest> ApprovalRequest::from_json(const Json& json) {
  ApprovalRequest out;
  PARLEY_TRY(out.officer, json.string_member("officer"));
  PARLEY_TRY(out.unit, json.string_member("unit"));
  PARLEY_TRY(const Json* terms, json.member("terms"));
  PARLEY_TRY(out.terms, record::ReleaseTerms::from_json(*terms));
  return out;
}

Result<ApprovalRequest> request_approval(Node& node, std::string_view release_id,
                                         std::string_view officer_name) {
  PARLEY_TRY(const Release release, find_release(node, release_id));
  PARLEY_CHECK(check_open(release));
  PARLEY_TRY(const Officer officer, find_officer(node, officer_name));
  PARLEY_CHECK(check_officer(release, officer));
  return ApprovalRequest{officer.id, officer.unit, release.terms};
}

Result<std::string> sign_approval(const ApprovalRequest& request, Verdict verdict,
                                  const crypto::SigningKey& officer_key, Clock& clock, Entropy&) {
  const crypto::Hash256 hash = request.terms.hash();
  const bool yes = verdict == Verdict::approve;
  const crypto::Signature signature =
      officer_key.sign(yes ? record::approval_message(hash) : record::rejection_message(hash));
  return encoding::write_json(Json::object({{"release", request.terms.release},
                                            {"officer", request.officer},
                                            {"verdict", yes ? "approve" : "reject"},
                                            {"decision_hash", to_hex(hash)},
                                            {"signature", to_hex(signature.value())},
                                            {"at", format_time(clock.now())}}));
}

Result<Release> submit_approval(Node& node, std::string_view text) {
  PARLEY_TRY(const Answer answer, parse_answer(text));
  PARLEY_TRY(StoredRelease stored, load_release(node, answer.release));
  Release& release = stored.release;
  PARLEY_CHECK(check_open(release));
  PARLEY_CHECK(check_clock(node));
  const Result<Officer> officer = find_officer(node, answer.officer);
  if (!officer) return refuse({"officer-unknown"}, "no such officer is enrolled");
  PARLEY_CHECK(check_signature(release, *officer, answer));
  PARLEY_CHECK(check_officer(release, *officer));
  const Timestamp now = node.clock().now();
  if (answer.at > now + policy::clock_skew_limit || answer.at < release.created - policy::clock_skew_limit)
    return refuse({"clock-skew"},
                  "the officer's clock and this node's differ too much: " + format_time(answer.at));

  PARLEY_TRY(const Recorded recorded,
             record(node, make_statement(node, release, *officer, answer).to_json()));
  // A crash here leaves a signature in the ledger that nothing counts; the officer signs once more.
  if (answer.verdict == Verdict::reject) {
    release.state = ReleaseState::rejected;
    release.why_rule = "release-state";
    release.why = "an officer of " + officer->unit + " said no";
  } else {
    release.approvals.push_back({officer->id, officer->unit, officer->key, now, recorded.jws});
    if (release.approvals.size() >= release.needs.count) release.state = ReleaseState::approved;
  }
  PARLEY_CHECK(save_release(node, stored));
  return release;
}

Result<void> check_release(Node& node, const Release& release) {
  PARLEY_CHECK(check_clock(node));
  const auto void_because = void_reason(node, release);
  PARLEY_CHECK(void_because);
  if (*void_because) return refuse({(*void_because)->rule}, (*void_because)->why);
  if (release.state == ReleaseState::delivered)
    return refuse({"already-delivered"}, "the release was delivered; it is not sent twice");
  if (!release.why_rule.empty()) return refuse({release.why_rule}, release.why);
  if (release.state != ReleaseState::approved && release.state != ReleaseState::attempted)
    return refuse({"release-state"}, fmt::format("the release is {}", release_state_name(release.state)));
  if (crypto::sha256(as_bytes(release.package)) != release.terms.package_hash)
    return refuse({"decision-changed"}, "the package is not the one that was decided on");
  if (release.terms.recipients != std::vector<std::string>{release.peer_origin})
    return refuse({"decision-changed"}, "the recipient is not the one that was decided on");
  return {};
}

Result<void> check_approvals(Node& node, const Release& release, const policy::Approvals& needs) {
  Release counted = release;
  counted.needs = needs;
  counted.approvals.clear();
  for (const ReleaseApproval& given : release.approvals) {
    PARLEY_TRY(const record::Statement statement,
               record::verify_statement(given.jws, node.keys().role.public_key()));
    PARLEY_TRY(const auto approval, record::read_statement<record::ApprovalStatement>(statement));
    PARLEY_TRY(const Officer officer, find_officer(node, approval.officer));
    if (officer.revoked) continue;
    PARLEY_CHECK(check_officer(counted, officer));
    if (approval.key != officer.key || approval.verdict != "approve" || !approval.officer_signed())
      return refuse({"officer-signature"}, "a signature is not that of " + officer.name);
    if (approval.terms.hash() != release.terms.hash())
      return refuse({"decision-changed"}, "an officer has signed another decision");
    // What was signed counts, not what the store says beside it.
    counted.approvals.push_back({officer.id, officer.unit, officer.key, given.at, given.jws});
  }
  if (counted.approvals.size() < needs.count)
    return refuse({"approvals"}, fmt::format("{}; {} did", describe(needs), counted.approvals.size()));
  return {};
}

}  // namespace parley::exchange
