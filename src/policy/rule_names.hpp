#pragma once

#include <span>
#include <string_view>

namespace parley::policy {

/// A rule by its stable name, and what it says in one sentence. docs/spec/policy.md lists the same.
struct RuleName {
  std::string_view name;
  std::string_view meaning;
};

/// Every rule that a decision can name, those that only the gate and the approvals apply included.
std::span<const RuleName> all_rules();

/// Null for a name that no rule has.
const RuleName* find_rule(std::string_view name);

}  // namespace parley::policy
