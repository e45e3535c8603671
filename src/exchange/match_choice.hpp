#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/gate.hpp"
#include "match/parameters.hpp"
#include "peer/offer.hpp"
#include "policy/policy.hpp"

namespace parley::exchange {

/// What this node announces in its hello: a feature for each protocol that it can run, and those of offers,
/// pending proposals and heads.
std::vector<std::string> match_features();
inline constexpr std::string_view offer_feature = "match/offer/2";
inline constexpr std::string_view pending_feature = "match/pending/1";
inline constexpr std::string_view heads_feature = "heads/1";

/// Both sizes together, from which vole is taken by itself: about 4,096 items a side. Below it the fixed part
/// of a run is more than what dh costs; docs/spec/matching.md derives it.
inline constexpr std::uint64_t vole_from = 8192;
/// The same where time is preferred.
inline constexpr std::uint64_t vole_from_time = 2048;

/// The protocols that the asker lets the choice be made from, by name, sorted: those of the question, or all
/// but vole-rr22-21x24/1, less those that its policy does not want. `refused` by `match-security` or
/// `match-protocol` when none is left that gives what is asked for.
Result<std::vector<std::string>> wished_protocols(const policy::MatchRules& rules,
                                                  const MatchQuestion& question);
/// "auto", "bytes" or "time".
std::string wished_preference(const MatchQuestion& question);

struct ProtocolChoice {
  match::Parameters parameters;  ///< without the offer's hash
  std::string reason;            ///< in plain words, for the result
};

/// The choice for two sizes, from what the proposal allows and both announced; the same on both sides.
Result<ProtocolChoice> choose_protocol(const peer::Offer& offer, std::uint64_t initiator_padded,
                                       std::uint64_t responder_padded, bool malicious_only);

/// What the responder chose, read from its offer. Refused by `match-protocol` when it is not the choice that
/// the rule gives for these sizes, unless it is one that the initiator allowed and that is more secure.
Result<ProtocolChoice> check_choice(const peer::Offer& offer);

/// How an offer spells the parameters besides the sizes: "chunk=1024", "chunk=32768,prefer=time".
std::string parameters_text(const match::Parameters& parameters);

}  // namespace parley::exchange
