#include "exchange/rule_question.hpp"

#include <algorithm>

#include "exchange/gate.hpp"
#include "exchange/object_facts.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

/// The facts of a stored object, or of a selector over all its holdings.
Result<policy::ObjectFacts> facts_of(Node& node, const std::string& object, const policy::Question& asked) {
  PARLEY_TRY(std::unique_ptr<state::Reader> reader, node.store().snapshot());
  const std::string audience = asked.audience ? asked.audience->origin : std::string();
  if (intel::is_stix_id(object)) {
    PARLEY_TRY(std::optional<state::StoredObject> stored, reader->find_object(object));
    if (!stored) return fail(ErrorKind::not_found, "no object " + object + " is held here");
    PARLEY_TRY(intel::StixObject read, read_object(*reader, stored->raw));
    PARLEY_TRY(encoding::Json json, encoding::parse_json(stored->raw));
    return object_facts(*reader, node.policy(), read, json, audience);
  }
  PARLEY_TRY(intel::Selector selector, parse_selector_text(object));
  PARLEY_TRY(std::optional<state::SelectorSummary> summary, reader->find_selector(selector));
  if (!summary) return fail(ErrorKind::not_found, "no holding of " + object + " is here");
  policy::ObjectFacts facts;
  facts.type = intel::type_name(selector.type);
  facts.marking = marking_of(*summary);
  facts.labels = summary->labels;
  facts.selectors = {selector_text(selector)};
  facts.open_case = open_case_name(node.policy(), summary->labels, summary->open_case);
  facts.unpublished = summary->unpublished;
  // As for a match: what we hold ourselves too is not another's to keep.
  PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader->find_holdings(selector));
  const bool own = std::ranges::any_of(holdings, [](const state::StoredHolding& holding) {
    return std::ranges::none_of(holding.labels, is_received_label);
  });
  if (!own) facts.received_from = received_from(summary->labels, audience);
  return facts;
}

}  // namespace

Result<RuleAnswer> ask_rules(Node& node, const RuleQuestion& question) {
  const std::optional<policy::Act> act = policy::parse_act(question.act);
  if (!act) return fail(ErrorKind::usage, "--act: match, release or export");
  Gate gate(node);
  PARLEY_TRY(policy::Question asked, gate.ask({*act, question.peer, question.agreement, question.purpose}));
  if (!question.object.empty()) {
    PARLEY_TRY(asked.object, facts_of(node, question.object, asked));
  }
  RuleAnswer answer;
  answer.decision = node.policy().decide(asked);
  answer.text = policy::explain(asked, answer.decision);
  return answer;
}

}  // namespace parley::exchange
