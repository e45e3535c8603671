#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "encoding/json.hpp"
#include "pattern/moment.hpp"

namespace parley::pattern {

/// Bounds on the data that patterns are matched against.
struct ObservationLimits {
  std::size_t max_observations = 1'000'000;
  std::size_t max_objects = 4'000'000;  ///< over all observations
};

/// An observable of an observation.
struct ObservedObject {
  std::string_view name;  ///< by which others refer to it: its id in STIX 2.1, its key in `objects` in 2.0
  std::string_view type;
  const encoding::Json* json = nullptr;
};

/// One observed-data object with what it holds.
struct Observation {
  std::string_view id;  ///< empty when it has none
  Moment first;
  Moment last;
  std::uint64_t count = 1;  ///< number_observed: that many observations that look the same
  /// Sorted by name, each name once. References lead to these alone (STIX 2.1 section 9.7.4).
  std::vector<ObservedObject> objects;

  const encoding::Json* find(std::string_view name) const;
};

/// The observed-data objects of some JSON: an object, a bundle or an array of both. Observables of STIX 2.1
/// may stand anywhere in it, those of 2.0 stand inside. Everything else is passed over.
///
/// Keeps views into the JSON, which must live as long.
class Observations {
 public:
  /// Bad input with the JSON pointer of an observed-data object without first_observed, last_observed or
  /// number_observed, or with wrong ones.
  static Result<Observations> read(const encoding::Json& data, const ObservationLimits& limits = {});

  std::size_t size() const { return all_.size(); }
  const Observation& operator[](std::size_t index) const { return all_[index]; }

 private:
  friend class ObservationReader;
  std::vector<Observation> all_;
};

}  // namespace parley::pattern
