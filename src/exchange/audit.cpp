#include "exchange/audit.hpp"

#include <fmt/format.h>

#include <deque>

#include "exchange/match_choice.hpp"
#include "exchange/match_run.hpp"
#include "exchange/recording.hpp"
#include "exchange/sealed_run.hpp"
#include "ledger/ledger.hpp"
#include "match/commitment.hpp"
#include "match/replay.hpp"
#include "peer/offer.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {
namespace {

constexpr std::string_view recorded_claim = "the own match record is in the ledger";
constexpr std::string_view seed_claim = "the seed is the one that the signed offer commits to";
constexpr std::string_view set_claim = "the opened set is the one that the signed offer commits to";
constexpr std::string_view replay_claim = "the messages sent follow from seed, set and the messages received";

AuditClaim claim(std::string_view name, bool holds, std::string_view shown, std::string_view otherwise) {
  return {std::string(name), holds ? AuditVerdict::proven : AuditVerdict::refuted,
          std::string(holds ? shown : otherwise)};
}

AuditClaim not_shown(std::string_view name, std::string_view why) {
  return {std::string(name), AuditVerdict::not_shown, std::string(why)};
}

/// What has to be shown: the record as it was signed, and the own half of the offer that both signed.
struct Claimed {
  record::MatchStatement statement;
  peer::OfferHalf half;
  peer::Offer offer;
};

/// That record and offer are of this run and this node: a node that is audited for one run must not be able
/// to show another.
bool is_of_run(Node& node, const MatchRun& run, const Claimed& claimed) {
  const std::string_view role = run.role == peer::Side::initiator ? "initiator" : "responder";
  const record::MatchStatement& statement = claimed.statement;
  return statement.run == run.id && peer::session_text(claimed.offer.session) == run.id &&
         statement.role == role && statement.head.node == node.identity().origin &&
         claimed.half.origin.value() == node.identity().origin &&
         claimed.half.role_key == node.keys().role.public_key();
}

/// That the replay is of the protocol that the offer names, in the own role and with its sizes.
bool is_of_offer(const RunSecrets& secrets, const MatchRun& run, const peer::Offer& offer) {
  const match::Parameters& parameters = secrets.parameters;
  const match::Role role = run.role == peer::Side::initiator ? match::Role::receiver : match::Role::sender;
  return secrets.role == role && match::protocol_name(parameters.protocol) == offer.protocol &&
         match::output_name(parameters.output) == offer.output &&
         parameters.receiver_padded == offer.initiator.padded_size &&
         parameters.sender_padded == offer.responder->padded_size &&
         (parameters.learner == match::Learner::both ? "both" : "initiator") == offer.learner &&
         parameters_text(parameters) == offer.parameters;
}

Result<AuditClaim> audit_record(Node& node, const MatchRun& run, std::optional<Claimed>& out) {
  // Also of a run that broke off once the own record stood: its answer may have left.
  if (run.statement.empty()) return not_shown(recorded_claim, "the run did not come to its end");
  auto recorded = find_recorded(node, run.statement);
  if (!recorded) return not_shown(recorded_claim, "the record was erased: " + recorded.error().message);
  auto statement = record::verify_statement(recorded->jws, node.keys().role.public_key());
  if (!statement) return claim(recorded_claim, false, {}, "its signature is wrong");
  PARLEY_TRY(Claimed claimed, [&]() -> Result<Claimed> {
    PARLEY_TRY(auto read, record::read_statement<record::MatchStatement>(*statement));
    PARLEY_TRY(const peer::Offer offer, peer::parse_offer(as_bytes(run.offer)));
    if (!offer.responder) return fail(ErrorKind::internal, "the stored offer has no responder");
    return Claimed{std::move(read), run.role == peer::Side::initiator ? offer.initiator : *offer.responder,
                   offer};
  }());
  const bool offer_fits = claimed.statement.offer_hash == peer::offer_hash(as_bytes(run.offer)) &&
                          claimed.statement.set_commitment == claimed.half.set_root &&
                          is_of_run(node, run, claimed);
  PARLEY_TRY(const record::LeafBytes leaf, node.ledger().leaf(ledger::LeafIndex(recorded->index)));
  PARLEY_TRY(const record::Leaf entry, record::parse_leaf(leaf));
  const bool in_ledger = entry.commitment == record::commit(recorded->opening, recorded->jws);
  out = std::move(claimed);
  return claim(
      recorded_claim, in_ledger && offer_fits,
      "ledger entry " + std::to_string(recorded->index) + " commits to it, and it names the signed offer",
      in_ledger ? "it names another run, offer or set than was signed"
                : "the ledger entry commits to something else");
}

/// Replays the messages from the sealed records as they are read.
Result<void> audit_sealed(Node& node, const RunStore& runs, const MatchRun& run, const Claimed& claimed,
                          std::vector<AuditClaim>& out) {
  const auto all_not_shown = [&](std::string_view why) {
    for (const std::string_view name : {seed_claim, set_claim, replay_claim})
      out.push_back(not_shown(name, why));
  };
  auto key = run_key(node, run.id);
  if (!key && key.error().kind == ErrorKind::not_found) {
    all_not_shown(key.error().message + "; the audit period ended at " + format_time(run.audit_until));
    return {};
  }
  if (!key) return std::unexpected(key.error());
  std::deque<match::Message> inbound;
  auto opened = open_run(runs, run.id, *key, [&](match::Message message) -> Result<void> {
    inbound.push_back(std::move(message));
    return {};
  });
  if (!opened) {
    all_not_shown("the sealed records cannot be read: " + opened.error().text());
    return {};
  }
  const RunSecrets& secrets = opened->secrets;
  out.push_back(
      claim(seed_claim, match::commit_seed(secrets.seed, secrets.opening) == claimed.half.seed_commitment,
            "its opening gives the commitment in the offer", "its opening gives another commitment"));
  const auto padded = static_cast<std::uint32_t>(claimed.half.padded_size);
  const bool fits = opened->items.size() <= padded;
  out.push_back(claim(set_claim,
                      fits && match::set_root(opened->items, secrets.seed, padded) == claimed.half.set_root,
                      "its tree has the root in the offer", "its tree has another root"));
  if (!is_of_offer(secrets, run, claimed.offer)) {
    out.push_back(claim(replay_claim, false, {},
                        "the sealed run has another role or other parameters than "
                        "the offer"));
    return {};
  }
  const auto source = [&]() -> Result<std::optional<match::Message>> {
    if (inbound.empty()) return std::optional<match::Message>();
    std::optional<match::Message> next(std::move(inbound.front()));
    inbound.pop_front();
    return next;
  };
  auto replayed = match::replay(secrets.role, secrets.parameters, secrets.seed, std::move(opened->items),
                                source, node.parallel());
  if (!replayed) {
    out.push_back(claim(replay_claim, false, {}, "they cannot have followed: " + replayed.error().text()));
    return {};
  }
  const bool same = replayed->sent_hash == claimed.statement.outgoing_hash &&
                    replayed->transcript_hash == claimed.statement.transcript_hash &&
                    secrets.parameters.offer_hash == claimed.statement.offer_hash;
  out.push_back(claim(replay_claim, same, "recomputed, they have the hash in the signed record",
                      "recomputed, they have another hash than the signed record names"));
  return {};
}

}  // namespace

std::string_view verdict_name(AuditVerdict verdict) {
  switch (verdict) {
    case AuditVerdict::proven:
      return "proven";
    case AuditVerdict::refuted:
      return "refuted";
    case AuditVerdict::not_shown:
      return "not_shown";
  }
  return "not_shown";
}

Result<AuditReport> audit_run(Node& node, RunStore& runs, std::string_view run) {
  PARLEY_TRY(const MatchRun stored, find_run(node, run));
  AuditReport report;
  report.run = stored.id;
  std::optional<Claimed> claimed;
  PARLEY_TRY(AuditClaim recorded, audit_record(node, stored, claimed));
  report.claims.push_back(std::move(recorded));
  if (claimed) {
    PARLEY_CHECK(audit_sealed(node, runs, stored, *claimed, report.claims));
  } else {
    for (const std::string_view name : {seed_claim, set_claim, replay_claim})
      report.claims.push_back(not_shown(name, "there is no signed record to compare with"));
  }
  // Refuted beats not shown beats proven.
  report.verdict = AuditVerdict::proven;
  for (const AuditClaim& one : report.claims) {
    if (one.verdict == AuditVerdict::refuted) report.verdict = AuditVerdict::refuted;
    if (one.verdict == AuditVerdict::not_shown && report.verdict == AuditVerdict::proven)
      report.verdict = AuditVerdict::not_shown;
  }
  return report;
}

encoding::Json audit_json(const AuditReport& report) {
  using encoding::Json;
  Json claims = Json::array();
  for (const AuditClaim& one : report.claims)
    claims.push_back(
        Json::object({{"claim", one.claim}, {"verdict", verdict_name(one.verdict)}, {"why", one.why}}));
  return Json::object(
      {{"run", report.run}, {"verdict", verdict_name(report.verdict)}, {"claims", std::move(claims)}});
}

}  // namespace parley::exchange
