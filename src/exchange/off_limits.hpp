#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "intel/selector.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// The selectors that rules put off limits through the objects behind them: those of a STIX type that is off
/// limits, of an actor, or of an object that refers to one. An import asks the same of what it reads; this
/// finds what was imported before the rules were written. Labels and values need no search: holdings carry
/// them.
class OffLimits {
 public:
  /// Linear in the objects that are off limits and what refers to them; with names of actors also in all
  /// objects of the types that have names. Nothing to do without rules on types and actors.
  static Result<OffLimits> find(const state::Reader& reader, const policy::Policy& policy);

  /// The rule that holds the selector, "off-limits-actor" or "off-limits-type"; empty for none.
  std::string_view rule_of(const intel::Selector& selector) const;
  std::size_t size() const { return rules_.size(); }

 private:
  std::unordered_map<intel::Selector, std::string_view> rules_;
};

}  // namespace parley::exchange
