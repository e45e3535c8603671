#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "intel/marking.hpp"

namespace parley::policy {

/// Who may read it, narrowest first: the audience dimension of the handling lattice.
enum class Reach : std::uint8_t { persons, role, unit, organisation, clients, community, open };

/// What may be done with it, narrowest first: the use dimension. The names follow what PAP describes.
enum class Use : std::uint8_t { passive_undetectable, passive, active, any };

/// Permissible Actions Protocol, in its own order.
enum class PapLevel : std::uint8_t { clear, green, amber, red };

/// "clear", "green", "amber", "red"; "white" is read as clear, as older data writes it.
std::optional<PapLevel> parse_pap(std::string_view text);
std::string_view pap_name(PapLevel level);

/// What a handling vocabulary says, split into dimensions that do not translate into each other: TLP sets
/// `reach` and nothing else, PAP sets `use` and nothing else. A dimension that nobody set is empty: for the
/// reach that means nobody, since no marking is no permission.
struct Handling {
  std::optional<Reach> reach;
  std::optional<Use> use;
  bool unknown = false;  ///< a marking that we cannot read: nothing may be done

  bool operator==(const Handling&) const = default;
};

Handling from_tlp(intel::TlpLevel level);
Handling from_pap(PapLevel level);

/// The most restrictive value of each dimension. Commutative, associative, idempotent; `unknown` wins.
Handling meet(const Handling& a, const Handling& b);

}  // namespace parley::policy
