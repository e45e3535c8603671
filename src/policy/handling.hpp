#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "intel/marking.hpp"

namespace parley::policy {

/// Who may read it, narrowest first: the audience dimension of the handling lattice.
enum class Reach : std::uint8_t { persons, role, unit, organisation, clients, community, open };

/// What may be done with it, narrowest first: the use dimension. The names follow what PAP describes.
enum class Use : std::uint8_t { passive_undetectable, passive, active, any };

/// What a handling vocabulary says, split into dimensions that do not translate into each other: TLP sets
/// `reach` and nothing else, PAP sets `use` and nothing else. A dimension that nobody set is empty: for the
/// reach that means nobody, since no marking is no permission.
struct Handling {
  std::optional<Reach> reach;
  std::optional<Use> use;
  bool unknown = false;  ///< a marking that we cannot read: nothing may be done

  bool operator==(const Handling&) const = default;
};

/// TLP 2.0: RED names persons, AMBER+STRICT stays in the organisation, AMBER reaches its clients, GREEN the
/// community, CLEAR anybody.
Reach reach_of(intel::TlpLevel level);
/// PAP: RED only what cannot be detected, AMBER passive cross-checks, GREEN active, CLEAR anything.
Use use_of(intel::PapLevel level);
/// Both dimensions of a marking.
Handling handling_of(const intel::Marking& marking);

/// The most restrictive value of each dimension. Commutative, associative, idempotent; `unknown` wins.
Handling meet(const Handling& a, const Handling& b);

/// "clear", "green", "amber", "red".
std::string_view pap_name(intel::PapLevel level);

}  // namespace parley::policy
