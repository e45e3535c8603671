#include "exchange/approval.hpp"

#include <fmt/format.h>

#include "exchange/approval_counting.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/officer.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

Result<void> check_open(const Release& release) {
  if (release.state == ReleaseState::proposed) return {};
  std::vector<std::string> rules = {"release-state"};
  if (!release.why_rule.empty()) rules.push_back(release.why_rule);
  return refuse(std::move(rules), fmt::format("the release is {}{}{}", release_state_name(release.state),
                                              release.why.empty() ? "" : ": ", release.why));
}

}  // namespace

crypto::Hash256 ApprovalRequest::decision_hash() const {
  return lookup ? lookup->hash() : match ? match->hash() : terms.hash();
}

std::string ApprovalRequest::subject() const {
  return lookup ? lookup->set : match ? match->match : terms.release;
}

Json ApprovalRequest::to_json() const {
  Json out = Json::object({{"officer", officer}, {"unit", unit}});
  if (lookup)
    out.set("lookup_terms", lookup->to_json());
  else if (match)
    out.set("match_terms", match->to_json());
  else
    out.set("terms", terms.to_json());
  return out;
}

Result<ApprovalRequest> ApprovalRequest::from_json(const Json& json) {
  ApprovalRequest out;
  PARLEY_TRY(out.officer, json.string_member("officer"));
  PARLEY_TRY(out.unit, json.string_member("unit"));
  if (const Json* match = json.find("match_terms")) {
    PARLEY_TRY(out.match, record::MatchTerms::from_json(*match));
    return out;
  }
  if (const Json* lookup = json.find("lookup_terms")) {
    PARLEY_TRY(out.lookup, record::LookupTerms::from_json(*lookup));
    return out;
  }
  PARLEY_TRY(const Json* terms, json.member("terms"));
  PARLEY_TRY(out.terms, record::ReleaseTerms::from_json(*terms));
  return out;
}

Result<ApprovalRequest> request_approval(Node& node, std::string_view release_id,
                                         std::string_view officer_name) {
  PARLEY_TRY(const Release release, find_release(node, release_id));
  PARLEY_CHECK(check_open(release));
  PARLEY_TRY(const Officer officer, find_officer(node, officer_name));
  PARLEY_CHECK(check_objector(officer));  // whether a yes counts is seen when it comes
  return ApprovalRequest{officer.id, officer.unit, release.terms, {}};
}

Result<std::string> sign_approval(const ApprovalRequest& request, Verdict verdict,
                                  const crypto::SigningKey& officer_key, Clock& clock, Entropy&) {
  const crypto::Hash256 hash = request.decision_hash();
  const bool yes = verdict == Verdict::approve;
  const crypto::Signature signature =
      officer_key.sign(yes ? record::approval_message(hash) : record::rejection_message(hash));
  return encoding::write_json(Json::object({{request.lookup  ? "lookup"
                                             : request.match ? "match"
                                                             : "release",
                                             request.subject()},
                                            {"officer", request.officer},
                                            {"verdict", yes ? "approve" : "reject"},
                                            {"decision_hash", to_hex(hash)},
                                            {"signature", to_hex(signature.value())},
                                            {"at", format_time(clock.now())}}));
}

Result<Release> submit_approval(Node& node, std::string_view text) {
  PARLEY_TRY(const OfficerAnswer answer, parse_officer_answer(text));
  if (answer.of_match || answer.of_lookup)
    return fail(ErrorKind::usage, "this is an answer about something else, not about a release");
  PARLEY_TRY(StoredRelease stored, load_release(node, answer.subject));
  Release& release = stored.release;
  PARLEY_CHECK(check_open(release));
  PARLEY_TRY(Approval given,
             record_answer<record::ApprovalStatement>(node, answer, release.needs, release.approvals,
                                                      release.terms, release.created));
  if (answer.verdict == Verdict::reject) {
    release.state = ReleaseState::rejected;
    release.why_rule = "release-state";
    release.why = "an officer of " + given.unit + " said no";
  } else {
    release.approvals.push_back(std::move(given));
    if (release.approvals.size() >= release.needs.count) release.state = ReleaseState::approved;
  }
  PARLEY_CHECK(save_release(node, stored));
  return release;
}

Result<void> check_release(Node& node, const Release& release) {
  PARLEY_CHECK(check_clock(node));
  // A copy from before the delivery would send once more, and to a peer that may hide what it has.
  PARLEY_CHECK(check_head_confirmed(node, release.peer_origin));
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
  return count_signatures<record::ApprovalStatement>(node, release.approvals, needs, release.terms.hash());
}

}  // namespace parley::exchange
