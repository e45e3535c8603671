#include <fmt/format.h>

#include "policy/policy.hpp"
#include "policy/rule_names.hpp"

namespace parley::policy {

namespace {
std::string subject(const Question& question) {
  const std::string to = question.audience ? question.audience->name.empty() ? question.audience->origin
                                                                             : question.audience->name
                                           : "nobody";
  std::string out = fmt::format("{} to {}", act_name(question.act), to);
  if (question.object) {
    const ObjectFacts& object = *question.object;
    out += fmt::format(" of {}", object.id.empty() ? object.type : object.id);
    if (object.marking.tlp) out += fmt::format(", {}", intel::tlp_label(*object.marking.tlp));
  }
  if (!question.purpose.empty()) out += fmt::format(", for \"{}\"", question.purpose);
  return out;
}

std::string_view verdict(Outcome outcome) {
  switch (outcome) {
    case Outcome::permit:
      return "permitted";
    case Outcome::needs_approval:
      return "needs approval";
    case Outcome::deny:
      break;
  }
  return "denied";
}
}  // namespace

std::string explain(const Question& question, const Decision& decision) {
  std::string out = fmt::format("{}: {}\n", subject(question), verdict(decision.outcome));
  for (const Fired& fired : decision.fired) {
    out += fmt::format("  {}: {}\n", fired.rule, fired.why);
    if (const RuleName* rule = find_rule(fired.rule); rule != nullptr)
      out += fmt::format("    {}\n", rule->meaning);
  }
  return out;
}

}  // namespace parley::policy
