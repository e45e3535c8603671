#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "pattern/moment.hpp"
#include "pattern/syntax.hpp"

namespace parley::pattern {

/// The observation level of a pattern as what must be found: leaves that each want a number of observations,
/// and what joins them. START and STOP have moved down to the leaves, REPEATS has become a count where that
/// says the same.
struct PlanNode {
  enum class Kind : std::uint8_t {
    leaf,
    all,          ///< every child, with observations of its own
    any,          ///< one child
    followed_by,  ///< two children, the first not later than the second
    within,       ///< one child, its observations within `span`
    repeats,      ///< one child, `count` times with observations of its own
  };
  /// An observation expression whose observations count only from `begin` to `end`, both included.
  struct Alternative {
    NodeIndex observation = no_node;
    Moment begin = first_moment;
    Moment end = last_moment;
  };
  Kind kind = Kind::leaf;
  std::vector<std::uint32_t> children;
  std::vector<Alternative> alternatives;  ///< of a leaf: an observation that fits any of them
  std::uint64_t count = 1;                ///< of a leaf and of `repeats`
  Moment span;
};

/// At most this many leaves, copies by REPEATS counted: bounds how deep the search can get.
inline constexpr std::size_t max_plan_leaves = 1000;

struct Plan {
  std::vector<PlanNode> nodes;  ///< children before what holds them; the last one is the root
  std::uint32_t root = 0;
};

/// Bad input for what `check_pattern` calls unusable, and for a pattern of more than `max_plan_leaves`.
Result<Plan> make_plan(const Pattern& pattern);

}  // namespace parley::pattern
