#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// What to find around some objects.
struct RelatedQuery {
  std::vector<std::string> start;  ///< ids; stored or only referred to
  std::size_t steps = 2;           ///< 1 to `max_related_steps`
  /// Follow `created_by_ref` and its like, and walk on through identities. Without it everything is not two
  /// steps from everything else by the same author.
  bool authors = false;
};

inline constexpr std::size_t max_related_steps = 4;

/// What one question may cost; a second at most.
struct RelatedLimits {
  std::size_t max_objects = 50'000;  ///< found, after which it stops
  std::size_t max_edges = 200'000;   ///< looked at, after which it stops
  /// An object with more neighbours than this (a collection of everything) is told and not walked through.
  std::size_t max_fan_out = 1'000;
};

/// One object, and the way on which it was found first.
struct RelatedObject {
  std::string id;
  std::size_t step = 0;      ///< from the start, which is 0
  std::string from;          ///< the object one step nearer; empty at the start
  std::string property;      ///< the reference between them; "relationship" when one joins them
  std::string relationship;  ///< the relationship's id, or empty
  bool forward = true;       ///< from `from` to `id`, as the reference or the relationship points
};

struct Related {
  std::vector<RelatedObject> objects;  ///< by step, then id
  /// Objects that were not walked through, with the number of their neighbours.
  std::vector<std::pair<std::string, std::size_t>> not_followed;
  bool complete = true;   ///< false when a limit was reached
  std::size_t edges = 0;  ///< looked at
};

/// Everything within some steps, breadth first and in a fixed order. A relationship (of STIX 2.1 section 5.1,
/// in its latest version, not revoked) is one step from its source to its target and back; so is every
/// `*_ref` and `*_refs` between other objects (`object_refs` of a report, `sighting_of_ref`, …).
/// Proportional to the edges looked at, a few microseconds each.
Result<Related> find_related(const state::Reader& reader, const RelatedQuery& query,
                             const RelatedLimits& limits = {});

}  // namespace parley::exchange
