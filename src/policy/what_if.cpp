#include "policy/what_if.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/rule_names.hpp"

namespace parley::policy {

namespace {

// A fixed moment: what-if cases ask about rules, not about today.
constexpr Timestamp case_time = Timestamp::from_seconds(1'750'000'000);
constexpr std::string_view case_origin = "this-node";

std::optional<Outcome> parse_outcome(std::string_view text) {
  for (const Outcome outcome : {Outcome::deny, Outcome::needs_approval, Outcome::permit})
    if (text == outcome_name(outcome)) return outcome;
  return std::nullopt;
}

AgreementState case_agreement(const std::string& peer_origin, const std::string& purpose) {
  AgreementState state;
  state.agreement.hash = "what-if";
  state.agreement.parties[0].origin = case_origin;
  state.agreement.parties[1].origin = peer_origin;
  state.agreement.purposes = {purpose};
  const auto types = intel::all_selector_types();
  state.agreement.types.assign(types.begin(), types.end());
  state.agreement.output = MatchOutput::items;
  state.agreement.max_set = 1;
  state.agreement.valid_from = case_time - std::chrono::days(1);
  state.agreement.valid_to = case_time + std::chrono::days(1);
  state.signed_by_us = state.signed_by_peer = true;
  return state;
}

void read_agreement(TomlTable& table, Question& question) {
  const std::string text = table.text("agreement");
  const std::string origin = question.audience ? question.audience->origin : "nobody";
  AgreementState state = case_agreement(origin, question.purpose);
  if (text == "none") return;
  if (text == "expired")
    state.agreement.valid_to = question.now;
  else if (text == "suspended")
    state.suspended = true;
  else if (text == "unsigned")
    state.signed_by_peer = false;
  else if (!text.empty() && text != "in_force")
    table.reject("agreement", "must be in_force, none, expired, suspended or unsigned");
  question.agreement = std::move(state);
}

intel::Marking read_marking(TomlTable& table) {
  intel::Marking out;
  const std::string tlp = table.text("tlp");
  if (tlp == "unknown")
    out.unknown = true;
  else if (!tlp.empty() && tlp != "none") {
    out.tlp = intel::parse_tlp(tlp);
    if (!out.tlp) table.reject("tlp", "must be none, unknown, clear, green, amber, amber+strict or red");
  }
  if (const std::string pap = table.text("pap"); !pap.empty()) {
    out.pap = intel::parse_pap(pap);
    if (!out.pap) table.reject("pap", "must be clear, green, amber or red");
  }
  return out;
}

ObjectFacts read_object(TomlTable& table) {
  ObjectFacts out;
  out.type = table.text("type");
  if (out.type.empty()) table.reject("type", "needs the type of the object, or of the selector for a match");
  out.id = table.text("id");
  out.marking = read_marking(table);
  out.labels = table.texts("labels");
  out.names = table.texts("names");
  out.refs = table.texts("refs");
  if (const std::string value = table.text("value"); !value.empty()) {
    const Result<std::string> canonical = canonical_rule_value(value);
    if (canonical)
      out.selectors.push_back(*canonical);
    else
      table.reject("value", canonical.error().message);
  }
  out.open_case = table.text("open_case");
  out.received_from = table.text("received_from");
  out.unpublished = table.boolean("unpublished").value_or(false);
  return out;
}

// What holds for every policy, whatever is in the file. A program that is broken so that one of these fails
// must not let anything leave either.
std::vector<WhatIf> standing_tests(const Policy::Rules& rules) {
  std::vector<WhatIf> out;
  const std::string purpose = rules.purposes.empty() ? "any" : rules.purposes.front();
  const auto add = [&](std::string name, Question question, std::string rule) {
    out.push_back({"built in: " + std::move(name), std::move(question), Outcome::deny, std::move(rule)});
  };
  for (const Act act : {Act::match, Act::release, Act::export_}) {
    Question good;
    good.act = act;
    good.purpose = purpose;
    good.now = case_time;
    good.object = ObjectFacts{};
    good.object->type = act == Act::match ? "domain-name" : "indicator";
    good.object->marking.tlp = intel::TlpLevel::clear;
    Question nobody = good;
    nobody.agreement = case_agreement("nobody", purpose);
    add("nothing goes to nobody", nobody, "empty-audience");
    for (const PeerRule& peer : rules.peers) {
      Question to_peer = good;
      to_peer.audience = Audience{peer.name, peer.origin.empty() ? "what-if" : peer.origin, {}, {}, false};
      Question no_agreement = to_peer;
      add("nothing without an agreement", no_agreement, "no-agreement");
      to_peer.agreement = case_agreement(to_peer.audience->origin, purpose);
      Question unmarked = to_peer;
      unmarked.object->marking = {};
      add("nothing without a marking", unmarked, "no-marking");
      Question unknown = to_peer;
      unknown.object->marking.unknown = true;
      add("nothing with an unknown marking", unknown, "unknown-marking");
      Question red = to_peer;
      red.object->marking.tlp = intel::TlpLevel::red;
      add("nothing marked RED", red, "tlp-red");
    }
  }
  for (const PeerRule& caller : rules.callers) {
    Question good;
    good.act = Act::taxii;
    good.now = case_time;
    good.audience = Audience{caller.name, "taxii:" + caller.name, {}, {}, false};
    good.object = ObjectFacts{};
    good.object->type = "indicator";
    Question unmarked = good;
    add("nothing without a marking", unmarked, "no-marking");
    Question red = good;
    red.object->marking.tlp = intel::TlpLevel::red;
    add("nothing marked RED", red, "tlp-red");
    Question open = good;
    open.object->marking.tlp = intel::TlpLevel::clear;
    open.object->open_case = "any";
    add("nothing of an open case", open, "open-case");
  }
  Question stranger;
  stranger.act = Act::taxii;
  stranger.now = case_time;
  stranger.audience = Audience{"a name that nobody has", "taxii:?", {}, {}, false};
  add("nothing to a caller without an entry", stranger, "caller-not-listed");
  return out;
}

Result<void> run(const Policy& policy, const WhatIf& test) {
  const Decision decision = policy.decide(test.question);
  const std::vector<std::string> rules = decision.rules();
  const bool fired = test.rule.empty() || std::find(rules.begin(), rules.end(), test.rule) != rules.end();
  if (decision.outcome == test.expect && fired) return {};
  return fail(ErrorKind::bad_input,
              fmt::format("the policy's own test does not hold: expected {}{}{}, got {} ({}): {}",
                          outcome_name(test.expect), test.rule.empty() ? "" : " by ", test.rule,
                          outcome_name(decision.outcome), fmt::join(rules, ", "), decision.why()),
              "test \"" + test.name + "\"");
}

}  // namespace

Result<WhatIf> read_what_if(TomlTable& table) {
  WhatIf out;
  out.name = table.text("name");
  if (out.name.empty()) table.reject("name", "a test needs a name");
  Question& question = out.question;
  question.now = case_time;
  const std::optional<Act> act = parse_act(table.text("act"));
  if (!act) table.reject("act", "must be match, release, export or taxii");
  question.act = act.value_or(Act::release);
  const std::string peer = table.text("peer");
  const std::string origin = table.text("origin");
  const bool suspended = table.boolean("suspended").value_or(false);
  if (!peer.empty() || !origin.empty())
    question.audience = Audience{peer, origin.empty() ? "what-if" : origin, {}, {}, suspended};
  question.purpose = table.text("purpose");
  read_agreement(table, question);
  question.object = read_object(table);
  const std::optional<Outcome> expect = parse_outcome(table.text("expect"));
  if (!expect) table.reject("expect", "must be permit, deny or needs_approval");
  out.expect = expect.value_or(Outcome::deny);
  out.rule = table.text("rule");
  if (!out.rule.empty() && find_rule(out.rule) == nullptr) table.reject("rule", "no rule has this name");
  PARLEY_CHECK(table.finish());
  return out;
}

Result<void> run_tests(const Policy& policy, const Policy::Rules& rules) {
  for (const WhatIf& test : rules.tests) PARLEY_CHECK(run(policy, test));
  for (const WhatIf& test : standing_tests(rules)) PARLEY_CHECK(run(policy, test));
  return {};
}

}  // namespace parley::policy
