#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/node.hpp"
#include "misp/value.hpp"

namespace parley::state {
class Reader;
}

namespace parley::exchange {

/// That somebody has seen the value of an attribute. Sightings are told and never changed.
struct MispSighting {
  std::string uuid;       ///< lower case
  std::string attribute;  ///< UUID, lower case
  std::int64_t type = 0;  ///< 0 seen, 1 false positive, 2 expiration
  std::int64_t time = 0;  ///< when, seconds since 1970
  std::string source;     ///< what the teller says of where
  std::string caller;     ///< who told us

  misp::Value to_json(std::string_view event) const;
};

/// Most sightings of one event.
inline constexpr std::size_t max_sightings = 20'000;
inline constexpr std::int64_t max_sighting_type = 2;

/// The sightings that were told to us of an event's attributes, kept beside the event, so that a new version
/// of it does not take them away.
struct MispSightings {
  std::vector<MispSighting> all;
  std::int64_t latest = 0;  ///< when the last one came in, seconds; 0: none

  static Result<MispSightings> load(const state::Reader& reader, std::string_view event);
  /// Those with a new UUID are added, durably; returns how many. `bad_input` above `max_sightings`.
  static Result<std::size_t> add(Node& node, std::string_view event, std::vector<MispSighting> sightings);
  /// Puts each with its attribute in the event (the inside of `Event`), those of attributes that are there.
  void attach(misp::Value& event) const;
};

/// What clients write as a sighting; `bad_input` for a type that MISP does not have or a UUID that is none.
/// Fills in a UUID and `now` where they are missing.
Result<MispSighting> read_sighting(const misp::Value& json, std::string_view caller,
                                   std::string_view attribute, Node& node);

}  // namespace parley::exchange
