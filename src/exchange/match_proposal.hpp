#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/match_preparation.hpp"
#include "exchange/proposal.hpp"
#include "peer/hello.hpp"
#include "record/match_terms.hpp"

namespace parley::exchange {

/// How long officers have.
inline constexpr std::chrono::hours proposal_time{72};

/// How long one that came to nothing is kept, from when it was made; one that ran stays with its run.
inline constexpr std::chrono::days proposal_keep{30};

/// A match that waits for this side's officers, on the side that asks as on the one that is asked. It fixes
/// the own set: seed and opening are kept (sealed in no way that the store is not) until it has run or ended,
/// so that the root that officers approve is the one that goes into the offer.
struct MatchProposal : Proposal<record::MatchTerms> {
  std::uint64_t own_size = 0;  ///< items of the own set, dummies not counted
  std::string prefer;
  std::string run;  ///< once it has
};

/// Stores a proposal for a set that stands. Nothing has left the node.
Result<MatchProposal> propose_match(Node& node, const PreparedMatch& prepared, peer::Side side,
                                    std::uint64_t peer_padded);

/// By id or its first characters (eight at least), brought up to date: expired, or void because rules or
/// agreement changed since.
Result<MatchProposal> find_match_proposal(Node& node, std::string_view id);
/// Newest first.
Result<std::vector<MatchProposal>> list_match_proposals(Node& node);
/// The proposal of this very question that is still open or was rejected today, if any.
Result<std::optional<MatchProposal>> find_proposal_of(Node& node, const MatchQuestion& question,
                                                      peer::Side side, std::uint64_t peer_padded);
/// Seed and opening of a proposal that is still open.
Result<SetSecrets> proposal_secrets(Node& node, std::string_view id);
/// The question again, as it was asked.
Result<MatchQuestion> proposal_question(const MatchProposal& proposal);

/// What each side learns in the match of these terms, and what cannot be checked: for the officer, before the
/// signature. As far as it is known then: the weakest of the protocols, the largest set of the peer.
Result<std::string> proposal_leak(Node& node, const MatchProposal& proposal);

/// As `request_approval` and `submit_approval` do for releases; recorded as parley/match-approval/1.
Result<ApprovalRequest> request_match_approval(Node& node, std::string_view id, std::string_view officer);
Result<MatchProposal> submit_match_approval(Node& node, std::string_view answer);

/// Whether a prepared match may run: nobody has to approve it, or its proposal is approved, about this very
/// set and these protocols, and enough officers have signed these terms, each signature checked again.
/// `protocol`: the one of the offer, once it is chosen. `approvals`, `decision-changed`, `set-changed`,
/// `match-state`, or the rule that voided it.
Result<void> check_match_approved(Node& node, const PreparedMatch& prepared, peer::Side side,
                                  std::uint64_t peer_padded, std::string_view protocol = {});

/// It ran: spent.
Result<void> spend_proposal(Node& node, std::string_view id, std::string_view run);
/// Ends those whose time is over or that something voided, so that their secrets go without anybody asking
/// for them, and deletes what came to nothing `proposal_keep` ago. Returns how many are still open; called
/// when a home is opened and every hour.
Result<std::uint64_t> end_match_proposals(Node& node);
/// What was approved is not what is there now.
Result<void> void_proposal(Node& node, std::string_view id, std::string_view rule, std::string_view why);

encoding::Json proposal_json(const MatchProposal& proposal);

}  // namespace parley::exchange
