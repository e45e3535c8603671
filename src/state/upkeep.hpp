#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "intel/selector.hpp"
#include "state/object.hpp"
#include "state/sighting.hpp"
#include "state/source.hpp"

namespace parley::state {

/// What a call of `Upkeep` took out, or would have.
struct UpkeepCounts {
  std::uint64_t objects = 0;   ///< that are there no more, or no longer hold
  std::uint64_t contents = 0;  ///< erased
  std::uint64_t holdings = 0;
  std::uint64_t members = 0;  ///< of collections
  std::uint64_t held = 0;     ///< holdings left alone, as a case on them is open

  UpkeepCounts& operator+=(const UpkeepCounts& other) {
    objects += other.objects;
    contents += other.contents;
    holdings += other.holdings;
    members += other.members;
    held += other.held;
    return *this;
  }
};

/// The writing half of search, part of a transaction. What is taken out here is out of every index when the
/// transaction commits. A holding whose case is open is never taken out, nor is the object behind it.
class Upkeep {
 public:
  virtual ~Upkeep() = default;

  /// Brings the indexes of words, values, places and validity on by about `most` objects and values; whether
  /// there is more to do. A crash loses nothing but the work.
  virtual Result<bool> index(std::size_t most) = 0;
  /// Forgets all that the indexes hold; `index` makes them anew.
  virtual Result<void> forget_indexes() = 0;

  /// Notes sightings. One that is there takes the new number of times. A value that was seen is last seen
  /// then at least, in all its holdings. Returns how many are new or changed; `bad_input` for a time outside
  /// the years 1 to 9999 or a value that is not canonical.
  virtual Result<std::uint64_t> put_sightings(std::span<const Sighting> sightings) = 0;

  /// Takes holdings out: of a selector, from one object (nothing: from any; 0: from plain lists) and one
  /// source (nothing: any).
  virtual Result<UpkeepCounts> retract(const intel::Selector& selector, std::optional<ObjectKey> object,
                                       std::optional<SourceId> source) = 0;

  /// The object holds no more: its holdings and its places in collections go, its contents stay for whoever
  /// asks for them, marked as ended at `at`. Storing the same versions again does not hold them again; a
  /// newer version does. With a case open on any of its holdings nothing happens, and `held` tells.
  virtual Result<UpkeepCounts> end_object(std::string_view id, Timestamp at) = 0;

  /// Erases all versions of an object, or the contents of one source: contents, references, holdings, places
  /// in collections, and what every index has of them. With a case open on any of its holdings nothing
  /// happens, and `held` tells.
  virtual Result<UpkeepCounts> erase_object(std::string_view id, std::optional<SourceId> source) = 0;
};

}  // namespace parley::state
