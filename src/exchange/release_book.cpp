#include "exchange/release_book.hpp"

#include <algorithm>
#include <map>

#include "crypto/hash.hpp"
#include "exchange/agreement_book.hpp"
#include "exchange/package.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_store.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

struct Draft {
  ReleasePreview preview;
  PeerRecord peer;
  policy::Agreement agreement;
};

Result<Draft> build(Node& node, const ReleaseQuestion& question) {
  Draft out;
  PARLEY_TRY(out.peer, find_peer(node, question.peer));
  PARLEY_TRY(const AgreementEntry entry, find_agreement(node, question.agreement));
  out.agreement = entry.state.agreement;
  const PackageQuestion asked{policy::Act::release, out.peer.origin, out.agreement.hash, question.purpose};
  Gate gate(node);
  PARLEY_TRY(const policy::Question act, gate.ask(asked));
  if (const policy::Decision decision = node.policy().decide(act); decision.outcome == policy::Outcome::deny)
    return decision.refusal();
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(Package package, build_package(*reader, node.policy(), act, question.objects));
  out.preview.package = std::move(package.bytes);
  out.preview.package_hash = crypto::sha256(as_bytes(out.preview.package));
  out.preview.leaves = std::move(package.items);
  out.preview.removed = std::move(package.removed);
  PARLEY_TRY(out.preview.decision, gate.check_package(asked, out.preview.package));
  if (out.preview.decision.outcome == policy::Outcome::deny) return out.preview.decision.refusal();
  return out;
}

record::DecisionStatement make_decision(Node& node, const Release& release,
                                        const policy::Decision& decision) {
  record::DecisionStatement out;
  out.head = {make_uuid7(release.created.microseconds(), node.entropy()), node.identity().origin,
              release.created};
  out.terms = release.terms;
  for (const ReleaseItem& item : release.leaves) {
    record::ReleaseItem said;
    said.ref = item.id;
    said.marking = item.marking;
    said.redactions = item.redactions;
    for (const Removed& removed : release.removed)
      if (removed.what.starts_with(item.id + "#") &&
          std::find(said.rules_fired.begin(), said.rules_fired.end(), removed.rule) == said.rules_fired.end())
        said.rules_fired.push_back(removed.rule);
    out.items.push_back(std::move(said));
  }
  // Whole objects that stayed behind are counted, never named, and the rules that kept them are not told: the
  // statement goes to the receiver, whom "off-limits-actor" would tell what to look for.
  for (const Removed& removed : release.removed)
    if (removed.what.find('#') == std::string::npos) ++out.not_released;
  if (out.not_released > 0) out.reasons["policy"] = out.not_released;
  out.rules_fired = decision.rules();
  out.approvals_needed = release.needs.count;
  out.different_units = release.needs.different_units;
  out.verdict = policy::outcome_name(decision.outcome);
  return out;
}

}  // namespace

Result<ReleasePreview> preview_release(Node& node, const ReleaseQuestion& question) {
  PARLEY_TRY(Draft draft, build(node, question));
  return std::move(draft.preview);
}

Result<Release> propose_release(Node& node, const ReleaseQuestion& question) {
  PARLEY_TRY(Draft draft, build(node, question));
  if (question.valid_for <= std::chrono::hours(0))
    return fail(ErrorKind::usage, "the decision needs time to be approved in");
  StoredRelease stored{{}, state::DocumentVersion(0)};
  Release& release = stored.release;
  release.created = node.clock().now();
  release.id = make_uuid7(release.created.microseconds(), node.entropy());
  release.peer_origin = draft.peer.origin;
  release.needs = draft.preview.decision.approvals;
  release.leaves = std::move(draft.preview.leaves);
  release.removed = std::move(draft.preview.removed);
  release.package = std::move(draft.preview.package);
  release.terms.release = release.id;
  release.terms.package_hash = draft.preview.package_hash;
  release.terms.recipients = {draft.peer.origin};
  release.terms.agreement = draft.agreement.hash;
  release.terms.purpose = question.purpose;
  for (const policy::AgreementParty& party : draft.agreement.parties)
    release.terms.authorities.push_back(party.authority);
  release.terms.policy_version = node.policy().version();
  release.terms.expiry = std::min(release.created + question.valid_for, draft.agreement.valid_to);
  if (draft.preview.decision.outcome == policy::Outcome::permit) release.state = ReleaseState::approved;
  PARLEY_TRY(const Recorded recorded,
             record(node, make_decision(node, release, draft.preview.decision).to_json()));
  release.decision_jws = recorded.jws;
  // A crash before this leaves a decision in the ledger that was never acknowledged and nobody can approve.
  PARLEY_CHECK(save_release(node, stored));
  return std::move(stored.release);
}

}  // namespace parley::exchange
