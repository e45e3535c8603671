#include "policy/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::policy {

namespace {

using Denials = std::vector<Fired>;

void deny(Denials& denials, std::string_view rule, std::string why) {
  denials.push_back({std::string(rule), std::move(why)});
}

// The peer's entry, or null with the denial that says why.
const PeerRule* ask_audience(const Policy::Rules& rules, const Question& question, Denials& denials) {
  if (!question.audience || (question.audience->origin.empty() && question.audience->name.empty())) {
    deny(denials, "empty-audience", "no recipient is named, and an empty audience is nobody");
    return nullptr;
  }
  const Audience& audience = *question.audience;
  if (question.act == Act::taxii) {
    const PeerRule* caller = find_caller_rule(rules, audience);
    if (caller == nullptr)
      deny(denials, "caller-not-listed", fmt::format("policy.toml has no [[taxii]] for {}", audience.name));
    return caller;
  }
  if (audience.suspended) deny(denials, "peer-suspended", fmt::format("{} is suspended", audience.name));
  const PeerRule* rule = find_peer_rule(rules, audience);
  if (rule == nullptr)
    deny(denials, "peer-not-listed",
         fmt::format("policy.toml has no [[peer]] for {} ({})", audience.name, audience.origin));
  return rule;
}

void ask_agreement(const Question& question, Denials& denials) {
  if (!question.agreement) {
    deny(denials, "no-agreement", "no agreement is named");
    return;
  }
  const Agreement& agreement = question.agreement->agreement;
  const AgreementStatus status = question.agreement->status(question.now);
  if (status != AgreementStatus::in_force)
    deny(denials, "agreement-not-in-force",
         fmt::format("agreement {} is {}", agreement.hash, status_name(status)));
  if (question.audience && !agreement.has_party(question.audience->origin))
    deny(denials, "agreement-party",
         fmt::format("{} is no party of agreement {}", question.audience->origin, agreement.hash));
  if (!agreement.allows_purpose(question.purpose))
    deny(denials, "agreement-purpose",
         fmt::format("agreement {} does not cover \"{}\"", agreement.hash, question.purpose));
}

void ask_act(const Policy::Rules& rules, const Question& question, Denials& denials) {
  const auto& allowed = rules.purposes;
  if (question.act != Act::taxii) {
    if (question.purpose.empty() ||
        std::find(allowed.begin(), allowed.end(), question.purpose) == allowed.end())
      deny(denials, "purpose-not-allowed",
           fmt::format("\"{}\" is not among the purposes of policy.toml", question.purpose));
    ask_agreement(question, denials);
  }
  if (question.now + clock_skew_limit < question.recorded_until)
    deny(denials, "clock-skew",
         fmt::format("the clock says {}, but this node has recorded {} already", format_time(question.now),
                     format_time(question.recorded_until)));
}

// Whether something marked so may reach an audience whose ceiling is `ceiling`.
bool within(intel::TlpLevel level, intel::TlpLevel ceiling) {
  return reach_of(level) >= reach_of(ceiling);
}

void ask_marking(const Question& question, const PeerRule* peer, Denials& denials) {
  const intel::Marking& marking = question.object->marking;
  // Not else: an object with a known and an unknown marking is unknown, whatever their order.
  if (marking.unknown) deny(denials, "unknown-marking", "it carries a marking that this node cannot read");
  if (!marking.tlp) {
    if (!marking.unknown) deny(denials, "no-marking", "nothing says who may see it");
    return;
  }
  const std::string_view label = intel::tlp_label(*marking.tlp);
  if (reach_of(*marking.tlp) == Reach::persons)
    deny(denials, "tlp-red", fmt::format("{} is for named persons", label));
  else if (peer != nullptr && !within(*marking.tlp, peer->tlp))
    deny(denials, "tlp-ceiling",
         fmt::format("{} is stricter than {}, the ceiling for {}", label, intel::tlp_label(peer->tlp),
                     question.audience->name));
  if (peer != nullptr && marking.pap) {
    // Without a ceiling only what may be used freely goes: a use that nobody judged is not a use allowed. In
    // a match a value is compared, not handed over: that is the passive check with others that AMBER allows.
    const intel::PapLevel ceiling =
        peer->pap.value_or(question.act == Act::match ? intel::PapLevel::amber : intel::PapLevel::clear);
    if (use_of(*marking.pap) < use_of(ceiling))
      deny(denials, "pap-ceiling",
           fmt::format("PAP:{} is stricter than PAP:{}, the ceiling for {}", pap_name(*marking.pap),
                       pap_name(ceiling), question.audience->name));
  }
}

void ask_case(const Policy::Rules& rules, const Question& question, Denials& denials) {
  const std::string& name = question.object->open_case;
  if (name.empty()) return;
  const auto& named = question.act == Act::match ? rules.match_cases : rules.release_cases;
  if (question.act == Act::taxii || !named.contains(lower_ascii(name)))
    deny(denials, "open-case",
         fmt::format("it belongs to the open case \"{}\", which policy.toml does not name for a {}", name,
                     act_name(question.act)));
}

// Criminals ask about their own servers to learn which are known; what nobody has published answers that.
void ask_published(const Policy::Rules& rules, const Question& question, Denials& denials) {
  if ((question.act != Act::match && question.act != Act::taxii) || !question.object->unpublished) return;
  if (question.act == Act::match && question.audience &&
      rules.match.lets_unpublished_go_to(*question.audience))
    return;
  deny(
      denials, "unpublished",
      fmt::format("its source has not published it, and policy.toml does not name {} under match.unpublished",
                  question.audience ? question.audience->name : "anybody"));
}

void ask_onward(const Question& question, Denials& denials) {
  const ObjectFacts& object = *question.object;
  if (object.received_from.empty()) return;
  // Back to where it came from tells nobody anything new.
  if (question.audience && question.audience->origin == object.received_from) return;
  if (object.marking.tlp && reach_of(*object.marking.tlp) >= Reach::community) return;
  deny(denials, "onward",
       fmt::format("it came from {} under a marking that forbids passing it on", object.received_from));
}

void ask_type(const Question& question, Denials& denials) {
  if (question.act != Act::match || !question.agreement) return;
  const std::optional<intel::SelectorType> type = intel::parse_selector_type(question.object->type);
  if (!type || !question.agreement->agreement.allows_type(*type))
    deny(denials, "agreement-type", fmt::format("the agreement does not cover {}", question.object->type));
}

bool may_be_told(const TextHit& hit, const Question& question, const PeerRule* peer) {
  if (hit.off_limits || hit.open_case || hit.marking.unknown || !hit.marking.tlp) return false;
  if (reach_of(*hit.marking.tlp) == Reach::persons) return false;
  // What a peer gave us under a strict marking is no more ours to pass on in a sentence than as an object.
  const bool back = question.audience && question.audience->origin == hit.received_from;
  if (!hit.received_from.empty() && !back && reach_of(*hit.marking.tlp) < Reach::community) return false;
  if (peer == nullptr) return true;
  const Use ceiling = use_of(peer->pap.value_or(intel::PapLevel::clear));
  return within(*hit.marking.tlp, peer->tlp) && (!hit.marking.pap || use_of(*hit.marking.pap) >= ceiling);
}

// Text that carries what may not go there: keeps the object back, or loses the text, as the policy says.
void ask_text(const Policy::Rules& rules, const Question& question, const PeerRule* peer, Denials& denials,
              Decision& decision) {
  for (const TextHit& hit : question.object->text_hits) {
    if (may_be_told(hit, question, peer)) continue;
    std::string why = fmt::format("{} carries {}, which may not go there", hit.property, hit.selector);
    const std::size_t end = hit.property.find('/', 1);
    const std::string top = hit.property.substr(1, end == std::string::npos ? end : end - 1);
    const bool strippable = rules.strip_free_text && !top.empty() && !is_kept_property(top);
    if (!strippable) {
      deny(denials, "free-text", std::move(why));
    } else if (std::find(decision.strip.begin(), decision.strip.end(), top) == decision.strip.end()) {
      decision.strip.push_back(top);
      decision.fired.push_back({"free-text", std::move(why) + "; the text is taken out"});
    }
  }
}

const Approvals& approvals_for(const Policy::Rules& rules, Act act) {
  switch (act) {
    case Act::match:
      return rules.match_approvals;
    case Act::release:
      return rules.release_approvals;
    case Act::taxii:
      return rules.taxii_approvals;
    case Act::export_:
      break;
  }
  return rules.export_approvals;
}

void add_strip(const Policy::Rules& rules, std::string_view type, std::vector<std::string>& out) {
  for (const std::string_view key : {std::string_view("*"), type}) {
    const auto found = rules.strip.find(key);
    if (found == rules.strip.end()) continue;
    for (const std::string& property : found->second)
      if (std::find(out.begin(), out.end(), property) == out.end()) out.push_back(property);
  }
}

}  // namespace

const PeerRule* find_peer_rule(const Policy::Rules& rules, const Audience& audience) {
  const PeerRule* by_name = nullptr;
  for (const PeerRule& rule : rules.peers) {
    if (!rule.origin.empty()) {
      if (rule.origin != audience.origin) continue;
      // Name and origin both: a peer that was pinned under another name is not who the officer meant.
      if (!rule.name.empty() && rule.name != audience.name) continue;
      return &rule;
    }
    if (!audience.name.empty() && rule.name == audience.name) by_name = &rule;
  }
  return by_name;
}

const PeerRule* find_caller_rule(const Policy::Rules& rules, const Audience& audience) {
  const auto found = std::ranges::find(rules.callers, audience.name, &PeerRule::name);
  return found == rules.callers.end() ? nullptr : &*found;
}

void ask_off_limits(const Policy::Rules& rules, const ObjectFacts& object, Denials& denials) {
  if (rules.off_types.contains(object.type))
    deny(denials, "off-limits-type", fmt::format("type {} is off limits", object.type));
  for (const std::string& type : object.beside)
    if (rules.off_types.contains(type))
      deny(denials, "off-limits-type",
           fmt::format("an object of type {}, which is off limits, has the same selector", type));
  for (const std::string& label : object.labels)
    if (rules.off_labels.contains(lower_ascii(label)))
      deny(denials, "off-limits-label", fmt::format("label \"{}\" is off limits", label));
  for (const std::string& value : object.selectors)
    if (rules.off_values.contains(value))
      deny(denials, "off-limits-value", fmt::format("{} is off limits", value));
  if (rules.off_actors.empty()) return;
  const auto is_off = [&](const std::string& who) { return rules.off_actors.contains(lower_ascii(who)); };
  if (is_off(object.id)) deny(denials, "off-limits-actor", fmt::format("{} is off limits", object.id));
  for (const std::vector<std::string>* list : {&object.refs, &object.names, &object.labels})
    for (const std::string& who : *list)
      if (is_off(who))
        deny(denials, "off-limits-actor", fmt::format("it names {}, which is off limits", who));
}

Decision decide(const Policy::Rules& rules, const Question& question) {
  Decision out;
  Denials denials;
  if (rules.closed) {
    deny(denials, "policy-not-loaded", rules.closed_why);
    out.fired = std::move(denials);
    return out;
  }
  const PeerRule* peer = ask_audience(rules, question, denials);
  ask_act(rules, question, denials);
  if (question.object) {
    ask_marking(question, peer, denials);
    ask_off_limits(rules, *question.object, denials);
    ask_case(rules, question, denials);
    ask_published(rules, question, denials);
    ask_onward(question, denials);
    ask_type(question, denials);
    add_strip(rules, question.object->type, out.strip);
    ask_text(rules, question, peer, denials, out);
  }
  if (!denials.empty()) {
    out.outcome = Outcome::deny;
    out.fired = std::move(denials);
    out.strip.clear();
    return out;
  }
  for (const std::string& property : out.strip)
    out.fired.push_back({"strip-field", fmt::format("{} is taken out", property)});
  out.approvals = approvals_for(rules, question.act);
  if (out.approvals.count > 0) {
    out.outcome = Outcome::needs_approval;
    out.fired.push_back({"approvals", describe(out.approvals)});
  } else {
    out.outcome = Outcome::permit;
    out.fired.push_back({"permitted", fmt::format("every rule lets it pass; the ceiling for {} is {}",
                                                  question.audience->name, intel::tlp_label(peer->tlp))});
  }
  return out;
}

}  // namespace parley::policy
