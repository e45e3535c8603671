#pragma once

#include <string>

#include "exchange/node.hpp"
#include "policy/policy.hpp"

namespace parley::exchange {

/// A question for the rules as a person asks it.
struct RuleQuestion {
  std::string peer;       ///< name or origin
  std::string agreement;  ///< id, hash or unique beginning; empty: none
  std::string purpose;
  std::string act = "release";  ///< match, release or export
  std::string object;           ///< STIX id, "type:value", or empty for the act alone
};

struct RuleAnswer {
  policy::Decision decision;
  std::string text;  ///< in plain words, one line a rule
};

/// What the policy in force says, and which rule decides; nothing is stored or sent. `usage` for an act or a
/// selector that is none, `not_found` for an object that is not held.
Result<RuleAnswer> ask_rules(Node& node, const RuleQuestion& question);

}  // namespace parley::exchange
