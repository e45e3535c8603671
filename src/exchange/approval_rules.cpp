#include "exchange/approval_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "encoding/json.hpp"
#include "record/release_statement.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::size_t max_answer_bytes = 64U << 10;

}  // namespace

Result<void> check_objector(const Officer& officer) {
  if (officer.revoked) return refuse({"officer-revoked"}, officer.name + " was revoked");
  return {};
}

Result<void> check_officer(const policy::Approvals& needs, std::span<const Approval> given,
                           const Officer& officer) {
  PARLEY_CHECK(check_objector(officer));
  if (!needs.units.empty() &&
      std::find(needs.units.begin(), needs.units.end(), officer.unit) == needs.units.end())
    return refuse({"unit-not-needed"},
                  fmt::format("{}; {} is of {}", describe(needs), officer.name, officer.unit));
  for (const Approval& one : given) {
    if (one.officer == officer.id || one.key == officer.key)
      return refuse({"same-person-twice"}, officer.name + " has signed already; another person must agree");
    if (needs.different_units && one.unit == officer.unit)
      return refuse({"same-unit-twice"}, "an officer of " + officer.unit + " has signed already");
  }
  return {};
}

Result<OfficerAnswer> parse_officer_answer(std::string_view text) {
  encoding::JsonLimits limits;
  limits.max_bytes = max_answer_bytes;
  PARLEY_TRY(const Json json, encoding::parse_json(text, limits));
  OfficerAnswer out;
  out.of_match = json.contains("match");
  out.of_lookup = json.contains("lookup");
  PARLEY_TRY(out.subject, json.string_member(out.of_lookup ? "lookup" : out.of_match ? "match" : "release"));
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

Result<void> check_answer(const OfficerAnswer& answer, const crypto::Hash256& decision_hash,
                          const Officer& officer, Timestamp created, Timestamp now) {
  if (answer.decision_hash != decision_hash)
    return refuse({"decision-changed"}, "the signature is over another decision than the one that is stored");
  const Bytes message = answer.verdict == Verdict::approve ? record::approval_message(decision_hash)
                                                           : record::rejection_message(decision_hash);
  if (!crypto::verify(officer.key, message, answer.signature))
    return refuse({"officer-signature"},
                  "the signature is not that of " + officer.name + " over this decision");
  if (answer.at > now + policy::clock_skew_limit || answer.at < created - policy::clock_skew_limit)
    return refuse({"clock-skew"},
                  "the officer's clock and this node's differ too much: " + format_time(answer.at));
  return {};
}

}  // namespace parley::exchange
