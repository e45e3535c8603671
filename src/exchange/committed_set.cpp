#include "exchange/committed_set.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "match/commitment.hpp"

namespace parley::exchange {

Result<CommittedSet> commit_set(Cleared<SelectorSet>&& set, Entropy& entropy) {
  const SelectorSet selectors = std::move(set).release();
  std::vector<Bytes> items;
  items.reserve(selectors.selectors.size());
  for (const intel::Selector& selector : selectors.selectors)
    items.push_back(intel::selector_bytes(selector));
  CommittedSet out;
  PARLEY_TRY(out.items, match::ItemSet::make(items));
  out.padded = match::padded_size(out.items.size());
  out.seed = crypto::Secret<32>::generate(entropy);
  out.opening = crypto::Secret<32>::generate(entropy);
  out.set_root = match::set_root(out.items, out.seed, out.padded);
  out.seed_commitment = match::commit_seed(out.seed, out.opening);
  return out;
}

Result<policy::Agreement> check_match_act(Node& node, MatchQuestion& question) {
  // The rules first: an unknown peer or agreement is a refusal with a name, not a search that failed.
  PARLEY_TRY(const policy::Decision decision, Gate(node).check_match(question));
  if (decision.outcome == policy::Outcome::deny) return decision.refusal();
  if (decision.outcome == policy::Outcome::needs_approval) {
    auto rules = decision.rules();
    rules.emplace_back("match-needs-approval");
    return refuse(std::move(rules),
                  "the policy wants officers to approve this match, which only releases can have: ask for a "
                  "release, or change the approvals of matches in policy.toml");
  }
  PARLEY_TRY(const PeerRecord peer, find_peer(node, question.peer));
  PARLEY_TRY(AgreementEntry entry, find_agreement(node, question.agreement));
  question.peer = peer.origin;
  question.agreement = entry.state.agreement.hash;
  if (question.types.empty()) question.types = entry.state.agreement.types;
  std::ranges::sort(question.types, {}, intel::type_name);
  const auto twice = std::ranges::unique(question.types);
  question.types.erase(twice.begin(), twice.end());
  return std::move(entry.state.agreement);
}

Result<ClearedMatch> clear_match(Node& node, MatchQuestion question) {
  PARLEY_TRY(policy::Agreement agreement, check_match_act(node, question));
  PARLEY_TRY(Cleared<SelectorSet> set, Gate(node).clear_match_set(question));
  const std::uint64_t size = set.value().selectors.size();
  if (size < agreement.min_set)
    return refuse({"set-too-small"},
                  fmt::format("the agreement asks for at least {} items in a match, {} may take part here",
                              agreement.min_set, size));
  const std::uint64_t most = std::min<std::uint64_t>(agreement.max_set, match::max_padded_size);
  if (size > most)
    return refuse(
        {"set-too-large"},
        fmt::format("the agreement allows at most {} items in a match, {} would take part here; choose fewer "
                    "types",
                    most, size));
  return ClearedMatch{std::move(agreement), std::move(question), std::move(set)};
}

}  // namespace parley::exchange
