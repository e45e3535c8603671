#include "exchange/push_authority.hpp"

#include <fmt/format.h>

#include "exchange/agreement_book.hpp"
#include "exchange/gate.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/peers.hpp"

namespace parley::exchange {

namespace {

/// Officers sign the version of the policy, so what it says of a collection is part of what they agreed to.
Result<PeerRecord> check_owner(Node& node, const std::string& destination, const std::string& origin) {
  PARLEY_TRY(PeerRecord peer, find_peer(node, origin));
  const std::string owner = node.policy().push_rule(destination).peer;
  if (owner.empty() || (owner != peer.name && owner != peer.origin))
    return refuse({"push-peer"},
                  fmt::format("policy.toml does not say that {} is a collection of {}: its [[taxii]] entry "
                              "needs peer = \"{}\"",
                              destination, peer.name, peer.name));
  return peer;
}

Result<void> need_no_officers(const policy::PushRule& rule, const policy::Approvals& needs) {
  if (rule.standing || needs.count == 0) return {};
  return refuse({"approvals"},
                policy::describe(needs) +
                    (rule.peer.empty() ? "; or the [[taxii]] entry of the collection says standing = true"
                                       : "; propose a release and push that (--release), or the [[taxii]] "
                                         "entry of the collection says standing = true"));
}

}  // namespace

Result<PushAuthority> authorise_push(Node& node, const PushClaim& claim) {
  const policy::PushRule rule = node.policy().push_rule(claim.destination);
  PushAuthority out;
  if (claim.agreement.empty()) {
    if (!claim.purpose.empty())
      return fail(ErrorKind::usage, "a purpose is one of an agreement: --agreement ID");
    if (!rule.peer.empty())
      return refuse({"no-agreement"},
                    fmt::format("the collection is one of {}: name an agreement with it and a purpose, or a "
                                "release to it",
                                rule.peer));
    PARLEY_CHECK(need_no_officers(rule, node.policy().approvals(policy::Act::release)));
    return out;
  }
  PARLEY_TRY(const AgreementEntry entry, find_agreement(node, claim.agreement));
  const policy::Agreement& agreement = entry.state.agreement;
  PARLEY_TRY(const PeerRecord peer, check_owner(node, claim.destination, entry.peer_origin));
  PARLEY_CHECK(check_head_confirmed(node, peer.origin));
  PARLEY_TRY(policy::Question question,
             Gate(node).ask({policy::Act::release, peer.origin, agreement.hash, claim.purpose}));
  const policy::Decision decision = node.policy().decide(question);
  if (decision.outcome == policy::Outcome::deny) return decision.refusal();
  PARLEY_CHECK(need_no_officers(rule, decision.approvals));
  out.recipient = peer.origin;
  out.agreement = agreement.hash;
  out.purpose = claim.purpose;
  for (const policy::AgreementParty& party : agreement.parties) out.authorities.push_back(party.authority);
  out.release = std::move(question);
  return out;
}

Result<PushAuthority> authorise_push(Node& node, const std::string& destination, const Release& release) {
  PARLEY_TRY(const PeerRecord peer, check_owner(node, destination, release.peer_origin));
  PushAuthority out;
  out.recipient = peer.origin;
  out.agreement = release.terms.agreement;
  out.purpose = release.terms.purpose;
  out.authorities = release.terms.authorities;
  return out;
}

}  // namespace parley::exchange
