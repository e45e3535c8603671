#include "exchange/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "exchange/agreement_book.hpp"
#include "exchange/object_facts.hpp"
#include "ledger/ledger.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

struct Act {
  policy::Act act = policy::Act::match;
  std::string_view peer;
  std::string_view agreement;
  std::string_view purpose;
};

// An unknown peer or agreement is an answer of the rules ("no such recipient"), not a failure of the store.
Result<policy::Question> make_question(Node& node, const Act& act) {
  policy::Question out;
  out.act = act.act;
  out.purpose = act.purpose;
  out.now = node.clock().now();
  if (const auto last = node.ledger().last_time()) out.recorded_until = *last;
  if (!act.peer.empty()) {
    const Result<PeerRecord> peer = find_peer(node, act.peer);
    if (!peer && peer.error().kind != ErrorKind::not_found) return std::unexpected<Error>(peer.error());
    if (peer)
      out.audience = policy::Audience{peer->name, peer->origin, peer->kind, peer->jurisdiction,
                                      peer->status != PeerStatus::active};
  }
  if (!act.agreement.empty()) {
    const Result<AgreementEntry> entry = find_agreement(node, act.agreement);
    if (!entry && entry.error().kind != ErrorKind::not_found) return std::unexpected<Error>(entry.error());
    if (entry) out.agreement = entry->state;
  }
  return out;
}

void deny(policy::Decision& decision, std::string rule, std::string why) {
  if (decision.outcome != policy::Outcome::deny) decision.fired.clear();
  decision.outcome = policy::Outcome::deny;
  decision.fired.push_back({std::move(rule), std::move(why)});
}

std::vector<intel::SelectorType> types_of(const MatchQuestion& question, const policy::Agreement& agreement) {
  return question.types.empty() ? agreement.types : question.types;
}

// Decides over summaries. Thousands of them share marking, labels and case, so answers are remembered by
// those; values that are off limits by themselves are looked up one by one.
class MatchFilter {
 public:
  MatchFilter(const policy::Policy& policy, policy::Question question, const state::Reader& reader)
      : policy_(policy), question_(std::move(question)), reader_(reader) {}

  void take(const state::SelectorSummary& summary) {
    if (policy_.is_off_limits(summary.selector)) {
      ++set.held_out["off-limits-value"];
      return;
    }
    const bool received = std::any_of(summary.labels.begin(), summary.labels.end(), is_received_label);
    if (received) {
      // Whether it is also ours takes a look at its holdings, which must wait for the end of the pass.
      received_.push_back(summary);
      return;
    }
    count(summary, "");
  }

  Result<void> finish() {
    for (const state::SelectorSummary& summary : received_) {
      PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader_.find_holdings(summary.selector));
      const bool own = std::any_of(holdings.begin(), holdings.end(), [](const state::StoredHolding& holding) {
        return std::none_of(holding.labels.begin(), holding.labels.end(), is_received_label);
      });
      count(summary, own ? "" : received_from(summary.labels, question_.audience->origin));
    }
    std::sort(set.selectors.begin(), set.selectors.end());
    set.selectors.erase(std::unique(set.selectors.begin(), set.selectors.end()), set.selectors.end());
    return {};
  }

  SelectorSet set;

 private:
  void count(const state::SelectorSummary& summary, const std::string& from) {
    const std::string& rule = decide(summary, from);
    if (rule.empty())
      set.selectors.push_back(summary.selector);
    else
      ++set.held_out[rule];
  }

  // The rule that holds it out; empty when it may take part.
  const std::string& decide(const state::SelectorSummary& summary, const std::string& from) {
    key_ = fmt::format("{}|{}|{}|{}", static_cast<int>(summary.selector.type),
                       static_cast<int>(summary.marking), summary.open_case, from);
    for (const std::string& label : summary.labels) key_.append(1, '\0').append(label);
    const auto known = answers_.find(key_);
    if (known != answers_.end()) return known->second;
    question_.object.emplace();
    question_.object->type = intel::type_name(summary.selector.type);
    question_.object->marking = marking_of(summary.marking);
    question_.object->labels = summary.labels;
    question_.object->open_case = open_case_name(policy_, summary.labels, summary.open_case);
    question_.object->received_from = from;
    const policy::Decision decision = policy_.decide(question_);
    std::string rule = decision.outcome == policy::Outcome::deny ? decision.fired.front().rule : "";
    return answers_.emplace(key_, std::move(rule)).first->second;
  }

  const policy::Policy& policy_;
  policy::Question question_;
  const state::Reader& reader_;
  std::string key_;
  std::unordered_map<std::string, std::string> answers_;
  std::vector<state::SelectorSummary> received_;
};

}  // namespace

Result<policy::Question> Gate::ask(const PackageQuestion& question) {
  return make_question(*node_, {question.act, question.peer, question.agreement, question.purpose});
}

Result<policy::Decision> Gate::check_match(const MatchQuestion& question) {
  PARLEY_TRY(const policy::Question asked, make_question(*node_, {policy::Act::match, question.peer,
                                                                  question.agreement, question.purpose}));
  policy::Decision decision = node_->policy().decide(asked);
  if (!asked.agreement || node_->policy().is_closed()) return decision;
  const policy::Agreement& agreement = asked.agreement->agreement;
  for (const intel::SelectorType type : types_of(question, agreement))
    if (!agreement.allows_type(type))
      deny(decision, "agreement-type",
           fmt::format("the agreement does not cover {}", intel::type_name(type)));
  if (!agreement.allows_output(question.output))
    deny(decision, "agreement-output",
         fmt::format("the agreement lets a match show the {}, not the {}",
                     policy::output_name(agreement.output), policy::output_name(question.output)));
  return decision;
}

Result<Cleared<SelectorSet>> Gate::clear_match_set(const MatchQuestion& question) {
  PARLEY_TRY(const policy::Decision act, check_match(question));
  // A match that needs officers has no form to sign yet; until it has, it does not run.
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  PARLEY_TRY(policy::Question asked, make_question(*node_, {policy::Act::match, question.peer,
                                                            question.agreement, question.purpose}));
  const policy::Agreement agreement = asked.agreement->agreement;
  Clearance clearance{asked.audience->origin, agreement.hash, question.purpose, node_->policy().version(),
                      act.rules()};

  PARLEY_TRY(const auto reader, node_->store().snapshot());
  MatchFilter filter(node_->policy(), std::move(asked), *reader);
  PARLEY_CHECK(
      reader->for_each_selector(types_of(question, agreement), [&](const state::SelectorSummary& summary) {
        filter.take(summary);
        return true;
      }));
  PARLEY_CHECK(filter.finish());
  return Cleared<SelectorSet>(std::move(filter.set), std::move(clearance));
}

}  // namespace parley::exchange
