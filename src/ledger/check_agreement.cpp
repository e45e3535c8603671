#include "ledger/check_agreement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::ledger {
namespace {

using record::AgreementStatement;

/// One of the two signatures that the agreement needs.
void check_party(const Case& c, const record::AgreementParty& party,
                 const std::vector<Typed<AgreementStatement>>& copies, Finding& out) {
  const std::vector<crypto::PublicKey> trusted = c.trust.role_keys(party.origin);
  const bool key_known = std::find(trusted.begin(), trusted.end(), party.role_key) != trusted.end();
  if (!trusted.empty() && !key_known)
    out.refute("the agreement names another key for " + party.origin + " than the trust file");
  if (trusted.empty()) out.miss("the trust file has no role key of " + party.origin);
  const bool is_signed = std::any_of(copies.begin(), copies.end(), [&](const auto& copy) {
    return record::verify_statement(copy.piece->statement.jws, party.role_key).has_value();
  });
  if (!is_signed) out.miss("the bundle has no signature of " + party.origin + " on it");
}

}  // namespace

std::vector<Timestamp> times_of(const Piece& piece) {
  std::vector<Timestamp> out = {piece.statement.created};
  if (piece.recorded)
    if (const auto leaf = record::parse_leaf(piece.recorded->proof.leaf)) out.push_back(leaf->time);
  return out;
}

std::optional<Timestamp> own_leaf_time(const Case& c, const Piece& piece) {
  if (!piece.recorded || piece.statement.node != c.dossier.index.exporter) return std::nullopt;
  const auto leaf = record::parse_leaf(piece.recorded->proof.leaf);
  if (!leaf) return std::nullopt;
  return leaf->time;
}

AgreementCheck check_agreement(const Case& c) {
  AgreementCheck out;
  Finding finding;
  const auto copies = typed<AgreementStatement>(c.dossier);
  if (!copies) {
    finding.refute(copies.error().text());
  } else if (copies->empty()) {
    finding.miss("the bundle has no agreement");
  } else {
    const record::Statement& first = copies->front().piece->statement;
    const auto id = record::agreement_id(first);
    if (!id) finding.refute(id.error().message);
    for (const auto& copy : *copies) {
      if (copy.piece->statement.payload != first.payload)
        finding.refute("the copies of the agreement differ");
      // A signature of somebody who is no party would make the list of signers longer than it is.
      const auto signed_by = [&](const record::AgreementParty& party) {
        return record::verify_statement(copy.piece->statement.jws, party.role_key).has_value();
      };
      if (std::none_of(copy.body.parties.begin(), copy.body.parties.end(), signed_by))
        finding.refute(copy.piece->file + " is not signed by a party");
    }
    for (const record::AgreementParty& party : copies->front().body.parties)
      check_party(c, party, *copies, finding);
    if (finding.verdict() != Verdict::refuted) {
      out.terms = copies->front().body;
      out.id = *id;
    }
  }
  out.signatures = finding.claim("Both parties signed the agreement", "one text, two signatures by role keys",
                                 "the role keys in the trust file");
  return out;
}

Claim check_in_force(const Case& c, const AgreementCheck& agreement, std::string_view named_agreement,
                     std::string_view purpose, std::string_view one_side, std::string_view other_side,
                     const std::vector<Timestamp>& times) {
  Finding out;
  std::string why;
  if (!agreement.terms) {
    out.miss("there is no agreement to hold it against");
  } else {
    const AgreementStatement& terms = *agreement.terms;
    if (agreement.id != named_agreement) out.refute("the act names another agreement");
    if (!terms.allows_purpose(purpose))
      out.refute("the agreement does not name the purpose " + std::string(purpose));
    for (const std::string_view side : {one_side, other_side})
      if (terms.party(side) == nullptr) out.refute(std::string(side) + " is no party to the agreement");
    if (one_side == other_side) out.refute("both sides of the act are the same node");
    for (const Timestamp time : times)
      if (!terms.in_force(time)) out.refute("the agreement was not in force at " + format_time(time));
    if (agreement.signatures.verdict != Verdict::proven) out.miss("its signatures are not proven");
    why = fmt::format("purpose {}, in force from {} to {}", purpose, format_time(terms.valid_from),
                      format_time(terms.valid_to));
  }
  static_cast<void>(c);
  return out.claim("The act lay within the agreement: parties, purpose and time", std::move(why),
                   "the nodes' clocks for the time");
}

}  // namespace parley::ledger
