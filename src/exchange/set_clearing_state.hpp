#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/off_limits.hpp"
#include "exchange/set_clearing.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// What the gate and the clearing that it began share.
struct SetClearing::State {
  explicit State(policy::Policy rules) : policy(std::move(rules)) {}

  policy::Policy policy;  ///< the rules that were in force at the beginning
  policy::Question question;
  Clearance clearance;
  std::shared_ptr<const state::Reader> reader;
  /// What these rules reach through the objects behind holdings; searched for at the first step.
  std::optional<OffLimits> off_limits;
  /// In the order of their names, so that what comes out is in the order of the bytes that are matched.
  std::vector<intel::SelectorType> types;
  std::size_t at = 0;
  std::optional<intel::Selector> last;  ///< where the walk through `types[at]` stands
  std::uint64_t seen = 0;
  SelectorSet set;
  std::string key;
  std::unordered_map<std::string, std::string> answers;
};

}  // namespace parley::exchange
