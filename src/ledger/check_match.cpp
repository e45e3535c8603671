#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "ledger/check_agreement.hpp"
#include "ledger/check_approvals.hpp"
#include "ledger/findings.hpp"
#include "record/match_statement.hpp"

namespace parley::ledger {
namespace {

using record::MatchStatement;
using Records = std::vector<Typed<MatchStatement>>;

/// What both must say alike, and what each says of the other.
void check_mirrored(const MatchStatement& a, const MatchStatement& b, Finding& out) {
  if (a.role == b.role) out.refute("both records are of the same side");
  if (a.head.node != b.counterparty || b.head.node != a.counterparty)
    out.refute("the records name other counterparties than each other");
  if (a.run != b.run || a.agreement != b.agreement || a.purpose != b.purpose || a.epoch != b.epoch ||
      a.types != b.types || a.selector_version != b.selector_version || a.output != b.output ||
      a.learner != b.learner || a.protocol != b.protocol || a.security != b.security)
    out.refute("the two records are not of the same run");
  if (a.offer_hash != b.offer_hash) out.refute("the two sides signed different offers");
  if (a.transcript_hash != b.transcript_hash) out.refute("the two sides saw different messages");
  if (a.set_commitment != b.peer_set_commitment || b.set_commitment != a.peer_set_commitment ||
      a.set_size_padded != b.peer_set_size_padded || b.set_size_padded != a.peer_set_size_padded)
    out.refute("a side committed to another set than the other side saw");
}

void check_limits(const record::AgreementStatement& terms, const MatchStatement& run, Finding& out) {
  for (const std::string& type : run.types)
    if (!std::binary_search(terms.match_policy.types.begin(), terms.match_policy.types.end(), type))
      out.refute("the agreement does not name the type " + type);
  if (run.output == "items" && terms.match_policy.output != "items")
    out.refute("the run showed items, the agreement allows sizes only");
  // Sets are padded to the next power of two, so that is the most that one within the bound can show.
  const std::uint64_t most =
      std::bit_ceil(std::clamp<std::uint64_t>(terms.match_policy.max_set, 1, 1ULL << 62U));
  if (run.set_size_padded > most || run.peer_set_size_padded > most)
    out.refute("a set was larger than the agreement allows");
}

Claim check_records(const Case& c, const Records& records) {
  Finding out;
  for (const auto& record : records) {
    if (record.body.run != c.dossier.index.subject) out.refute(record.piece->file + " is about another run");
    Finding signature = c.signed_by(record.piece->statement.jws, record.body.head.node);
    out.join(signature);
  }
  if (records.size() == 2) check_mirrored(records[0].body, records[1].body, out);
  if (records.size() < 2) out.miss("the bundle has the record of one side only");
  if (records.size() > 2) out.refute("the bundle has more than two records of the run");
  return out.claim("Both sides recorded the same run",
                   "same offer, same transcript, and each saw the set that the other committed to",
                   "both role keys in the trust file");
}

}  // namespace

std::vector<Claim> check_match(const Case& c) {
  std::vector<Claim> out;
  const AgreementCheck agreement = check_agreement(c);
  out.push_back(agreement.signatures);
  const auto records = typed<MatchStatement>(c.dossier);
  if (!records || records->empty()) {
    Finding missing;
    if (records)
      missing.miss("the bundle has no record of a run");
    else
      missing.refute(records.error().text());
    out.push_back(missing.claim("Both sides recorded the same run", "", ""));
    return out;
  }
  out.push_back(check_records(c, *records));
  const MatchStatement& run = records->front().body;
  std::vector<Timestamp> times;
  for (const auto& record : *records)
    for (const Timestamp time : times_of(*record.piece)) times.push_back(time);
  out.push_back(
      check_in_force(c, agreement, run.agreement, run.purpose, run.head.node, run.counterparty, times));
  Finding limits;
  if (agreement.terms) {
    for (const auto& record : *records) check_limits(*agreement.terms, record.body, limits);
    if (agreement.signatures.verdict != Verdict::proven)
      limits.miss("the agreement's signatures are not proven");
  } else {
    limits.miss("there is no agreement to hold it against");
  }
  out.push_back(limits.claim("Types, output and set sizes lay within the agreement",
                             fmt::format("{} types, output {}, padded sizes {} and {}", run.types.size(),
                                         run.output, run.set_size_padded, run.peer_set_size_padded),
                             "both signed records"));
  for (Claim& claim : check_match_approvals(c, *records)) out.push_back(std::move(claim));
  return out;
}

}  // namespace parley::ledger
