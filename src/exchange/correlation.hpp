#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "exchange/node.hpp"
#include "state/holding.hpp"

namespace parley::exchange {

/// Another place where a value is said.
struct Neighbour {
  enum class Relation : std::uint8_t {
    equal,     ///< the same value
    part,      ///< one part of a composite value, or one value of a pattern with several
    contains,  ///< a network that the address or network lies in
    inside,    ///< an address in the network that was asked for
  };
  Relation relation = Relation::equal;
  std::string object_id;  ///< empty for a plain list
  std::string object_type;
  std::string value;  ///< as it stands there
  std::string kind;   ///< of a MISP attribute its type; else the type of the object
  std::string event;  ///< that a MISP attribute is part of
  std::string source;
  state::MarkingCode marking = state::MarkingCode::none;
};

inline constexpr std::size_t default_neighbours = 100;
inline constexpr std::size_t max_neighbours = 1'000;
/// Addresses of one network that are looked at.
inline constexpr std::size_t max_addresses = 10'000;

struct Neighbours {
  std::vector<Neighbour> found;
  std::string cursor;  ///< empty: nothing is behind
};

std::string_view relation_name(Neighbour::Relation relation);

/// Everything that says the same value, whatever its type: by the rules of MISP (exact, each part of
/// composite values, CIDR containment for addresses; types that do not correlate are left out, and so is
/// fuzzy hashing). No pair is stored: the index has a row for each value of each object, and this asks it.
/// O(log n + page), with at most 129 look-ups more for an address.
Result<Neighbours> find_neighbours(Node& node, const std::string& value, std::size_t limit,
                                   const std::string& cursor);

}  // namespace parley::exchange
