#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/committed_set.hpp"
#include "exchange/lookup_book.hpp"
#include "exchange/proposal.hpp"
#include "record/lookup_terms.hpp"

namespace parley::exchange {

/// A set for look-ups that waits for this side's officers: building it is the act that they approve, and not
/// the single question. It fixes the items by their root; seed and terms are kept until the set is built or
/// the proposal has ended. proposed -> approved -> run (the set stands), or rejected, void, expired.
struct LookupProposal : Proposal<record::LookupTerms> {
  SetName set_name() const { return {true, terms.peer, terms.agreement, terms.purpose, terms.epoch}; }
};

/// How long an ended proposal is shown after its day.
inline constexpr std::uint64_t proposal_days = 30;

/// What officers are asked about: a set that was cleared and committed to, and not built.
struct SetCommitment {
  crypto::Hash256 root{};
  std::uint32_t size = 0;   ///< real items
  std::uint32_t items = 0;  ///< padded
  std::string policy_version;
  SetSecrets secrets;
};

/// Stores a proposal. Nothing has left the node.
Result<LookupProposal> propose_lookup_set(Node& node, const LookupPermission& permission, std::uint64_t epoch,
                                          const SetCommitment& set);

/// By id or its first characters (eight at least), brought up to date: expired, or void because rules or
/// agreement changed since.
Result<LookupProposal> find_lookup_proposal(Node& node, std::string_view id);
/// Newest first; those whose day is long over are erased.
Result<std::vector<LookupProposal>> list_lookup_proposals(Node& node);
/// The proposal of this very set that is open or was rejected, if any.
Result<std::optional<LookupProposal>> find_lookup_proposal_of(Node& node, const SetName& name);
/// Ends those whose day is over, so that their secrets go; asks nothing of rules and agreements.
Result<void> expire_lookup_proposals(Node& node);
/// Seed and opening of a proposal that is still open.
Result<SetSecrets> lookup_proposal_secrets(Node& node, std::string_view id);

/// As for a match; recorded as parley/lookup-approval/1.
Result<ApprovalRequest> request_lookup_approval(Node& node, std::string_view id, std::string_view officer);
Result<LookupProposal> submit_lookup_approval(Node& node, std::string_view answer);

/// Whether the set may be built now: nobody has to approve it, or the proposal is approved, about this very
/// set, and enough officers have signed these terms, each signature checked again. `approvals`,
/// `decision-changed`, `set-changed`, `lookup-state`, or the rule that voided it.
Result<void> check_lookup_approved(Node& node, std::string_view id, const SetName& name,
                                   const crypto::Hash256& root);

/// The set stands: spent.
Result<void> spend_lookup_proposal(Node& node, std::string_view id);
/// What was approved is not what is there now.
Result<void> void_lookup_proposal(Node& node, std::string_view id, std::string_view rule,
                                  std::string_view why);

encoding::Json lookup_proposal_json(const LookupProposal& proposal);

}  // namespace parley::exchange
