#include "policy/rule_names.hpp"

#include <array>

namespace parley::policy {

namespace {
constexpr std::array rules = {
    RuleName{"policy-not-loaded", "There is no valid policy, so nothing leaves."},
    RuleName{"empty-audience", "No recipient is named: an empty audience is nobody."},
    RuleName{"peer-not-listed", "The policy names no ceiling for this peer, so nothing goes there."},
    RuleName{"caller-not-listed",
             "The policy names no ceiling for this caller of TAXII, so nothing goes there."},
    RuleName{"push-peer", "The policy does not say that the collection is one of this peer's."},
    RuleName{"peer-suspended", "The peer is suspended."},
    RuleName{"purpose-not-allowed", "The act must have one purpose that the policy allows."},
    RuleName{"no-agreement", "No agreement is named."},
    RuleName{"agreement-not-in-force",
             "The agreement is a draft, unsigned, not yet valid, expired or suspended."},
    RuleName{"agreement-party", "The peer is no party of the agreement."},
    RuleName{"agreement-purpose", "The agreement does not cover the purpose."},
    RuleName{"agreement-type", "The agreement does not cover the selector type."},
    RuleName{"agreement-output", "The agreement does not let a match show so much."},
    RuleName{"clock-skew",
             "The clock stands before what is already recorded, or two clocks differ too much."},
    RuleName{"unknown-marking", "The object carries a marking that this node cannot read."},
    RuleName{"no-marking", "Nothing says who may see the object."},
    RuleName{"tlp-red", "RED is for named persons, and no agreement of this version names any."},
    RuleName{"tlp-ceiling", "The object is marked more strictly than the peer's ceiling."},
    RuleName{"pap-ceiling", "The object may be used less freely than the peer's PAP ceiling says."},
    RuleName{"off-limits-label", "A label of the object is off limits."},
    RuleName{"off-limits-type", "The type of the object is off limits."},
    RuleName{"off-limits-value", "A value in the object is off limits."},
    RuleName{"off-limits-actor", "The object is, names or refers to an actor that is off limits."},
    RuleName{"open-case", "The object belongs to an open case that the policy does not name for this act."},
    RuleName{"unpublished", "The holding is not published, and the policy does not name this peer for such."},
    RuleName{"onward", "The object came from somebody else under a marking that forbids passing it on."},
    RuleName{"free-text", "The text of the object carries a selector that may not go there."},
    RuleName{"strip-field", "The policy takes this property out of objects of this type."},
    RuleName{"reference-cut", "A reference to an object that does not go along was taken out."},
    RuleName{"reference-left", "A reference leads out of the package."},
    RuleName{"colliding-id", "Two different objects claim this id."},
    RuleName{"package-form", "The package is not what it must be to be checked."},
    RuleName{"marking-added", "The marking given at import was written into the object that leaves."},
    RuleName{"approvals", "Officers must agree first."},
    RuleName{"permitted", "Every rule lets it pass."},
    RuleName{"officer-unknown", "No such officer is enrolled."},
    RuleName{"officer-revoked", "The officer's key was revoked."},
    RuleName{"officer-signature", "The signature is not the officer's over this decision."},
    RuleName{"same-person-twice", "This officer, or this key, has signed already."},
    RuleName{"same-unit-twice", "An officer of this unit has signed already."},
    RuleName{"unit-not-needed", "Officers of this unit do not count for this act."},
    RuleName{"decision-changed", "What was approved is not what is there now, so the approvals are void."},
    RuleName{"policy-changed", "The rules changed after the decision, so it is void."},
    RuleName{"release-expired", "The decision's time is over."},
    RuleName{"release-state", "The release is not in a state that allows this."},
    RuleName{"already-delivered", "The release was delivered; it is not sent twice."},
    RuleName{"agreement-learner", "The agreement lets one side of a match learn, not both."},
    RuleName{
        "enumerable-cap",
        "A set, or a batch of look-ups, of a type with few values may not hold more than the policy's cap."},
    RuleName{"set-too-small", "Fewer items may take part than the agreement asks for."},
    RuleName{"set-too-large", "More items would take part than the agreement allows."},
    RuleName{"peer-set-too-small", "The peer's set is smaller than the agreement asks for."},
    RuleName{"peer-set-too-large", "The peer's set is larger than the agreement allows."},
    RuleName{"selector-type-unknown", "The peer asks about a selector type that this node does not know."},
    RuleName{"match-security", "The policy wants a protocol that holds against a peer that cheats."},
    RuleName{"match-protocol", "No matching protocol is common to both sides and gives what was asked for."},
    RuleName{"match-repeat",
             "What was asked today is not asked again: comparing two answers shows what changed."},
    RuleName{"match-proposals-per-day",
             "The peer has proposed too many matches today without accepting one."},
    RuleName{"budget-runs-per-day", "The agreement's matches of today are used up."},
    RuleName{"budget-items-per-day", "The agreement's items of today are used up."},
    RuleName{"budget-type", "What one peer may ask about this selector type is used up."},
    RuleName{"budget-all-peers", "What all peers together may ask about this selector type is used up."},
    RuleName{"agreement-lookup", "The agreement allows no look-ups."},
    RuleName{"lookup-state", "The proposed set for look-ups is not in a state that allows this."},
    RuleName{"lookup-holdings-changed",
             "Something in the set for look-ups may not be told any more, so it is answered no longer."},
    RuleName{"budget-lookups-per-day", "The agreement's look-ups of today are used up."},
    RuleName{"lookup-builds-per-day", "The peer has made this node begin too many sets for look-ups today."},
    RuleName{"lookup-sets-per-day",
             "The rules changed too often today: no further set for look-ups is built."},
    RuleName{"lookup-set-replaced", "Another set took the place of the one that was asked."},
    RuleName{"lookup-epoch-over", "The day of the set is over."},
    RuleName{"ledger-unconfirmed",
             "This node may have been set back; nothing is matched until somebody confirms its ledger."},
    RuleName{"match-state", "The proposed match is not in a state that allows this."},
    RuleName{"match-expired", "The proposed match was not approved or not run in time."},
    RuleName{"opening-not-matched", "The run did not show this node that both sides hold the item."},
    RuleName{"set-changed", "The set is not the one that officers approved, so the approvals are void."},
};
}  // namespace

std::span<const RuleName> all_rules() {
  return rules;
}

const RuleName* find_rule(std::string_view name) {
  for (const RuleName& rule : rules)
    if (rule.name == name) return &rule;
  return nullptr;
}

}  // namespace parley::policy
