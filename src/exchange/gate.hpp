#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "exchange/cleared.hpp"
#include "exchange/peers.hpp"
#include "intel/selector.hpp"
#include "policy/policy.hpp"

namespace parley::exchange {

/// The own side of a match: canonical selectors, sorted and each once.
struct SelectorSet {
  std::vector<intel::Selector> selectors;
  /// How many holdings stayed behind, by the rule that held them: "tlp-ceiling" -> 12.
  std::map<std::string, std::uint64_t> held_out;
};

/// What a match asks of the gate.
struct MatchQuestion {
  std::string peer;       ///< name or origin
  std::string agreement;  ///< hash
  std::string purpose;
  std::vector<intel::SelectorType> types;  ///< empty: all types of the agreement
  policy::MatchOutput output = policy::MatchOutput::size;
};

/// An object for a release as it is held: raw STIX JSON and what the node knows of it.
struct HeldObject {
  std::string raw;
  std::string received_from;  ///< origin of the peer that it came from; empty when own
  std::string open_case;
};

/// Something that stays behind when a package is built.
struct Removed {
  std::string what;  ///< id, or id and JSON pointer: "indicator--…#/object_marking_refs"
  std::string rule;
  std::string why;
};

/// The one gate: everything that leaves the node passes here, and nothing else can make a `Cleared`.
/// Cheap to construct; asks the policy that is in force at the moment of the call.
class Gate {
 public:
  explicit Gate(Node& node) : node_(&node) {}

  /// The act alone, before any item: peer, agreement in force, purpose, types, output.
  Result<policy::Decision> check_match(const MatchQuestion& question);

  /// The holdings that may take part in a match with this peer: strictest marking of each selector within
  /// the peer's ceiling, nothing off limits, no open case unless the policy names it, nothing received from
  /// somebody else under a marking that forbids passing on. Deny wins over all holdings of a selector.
  /// One pass over the holdings of the types asked for.
  Result<Cleared<SelectorSet>> clear_match_set(const MatchQuestion& question);

  /// Looks at the exact bytes of a package: parses it again, and refuses unless every object may go to the
  /// peer under the agreement and purpose, every reference stays inside the package (or names an object that
  /// everybody has, such as a TLP marking definition), no property is one that the policy strips, and no
  /// free text carries a selector that is held under a stricter marking, off limits or part of an open case.
  Result<Cleared<Bytes>> clear_package(policy::Act act, std::string_view peer, std::string_view agreement,
                                       std::string_view purpose, Bytes package);

 private:
  Node* node_;
};

}  // namespace parley::exchange
