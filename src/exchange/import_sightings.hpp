#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/import_batch.hpp"
#include "intel/selector.hpp"
#include "state/sighting.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// Targets of sightings that came before what they speak of; more are not remembered.
inline constexpr std::int64_t max_waiting_targets = 10'000;
/// Sightings that are remembered of each of them.
inline constexpr std::size_t max_waiting_sightings = 100;
/// How far a sighting may lie in the future, for clocks that differ; one beyond is none.
inline constexpr std::int64_t sighting_slack_seconds = 86'400;

/// The values that an object of the store stands for: its own selectors, those of the observables that
/// observed-data names. Empty for what is not stored.
Result<std::vector<intel::Selector>> selectors_of_object(const state::Reader& reader, std::string_view id);

/// Notes that the value was seen (0), is a false positive (1) or expires (2), as MISP numbers them. Nothing
/// happens for other kinds, times in the future, and expirations that a peer sends: nobody else takes values
/// out of what is held here. Returns how many values were noted.
Result<std::uint64_t> note_sighting(state::Transaction& transaction, state::SourceId source, bool received,
                                    std::int64_t kind, Timestamp at, Timestamp now, std::uint64_t times,
                                    std::span<const intel::Selector> selectors);

/// What imported objects say of sightings, into the table that decay and expiry read: STIX `sighting` (and
/// the `opinion` that misp-stix writes for a false positive), and those in the attributes of MISP events. A
/// STIX sighting that comes before its target counts when that comes.
class ImportSightings {
 public:
  /// After the objects of a batch were stored, in the same transaction; `stored` is what the store said.
  Result<void> note(state::Transaction& transaction, const ImportBatch& batch,
                    std::span<const state::Outcome> stored, state::SourceId source, bool received,
                    Timestamp now);

 private:
  Result<void> note_stix(state::Transaction& transaction, std::string_view id, std::string_view raw,
                         state::SourceId source, bool received, Timestamp now);
  Result<void> note_attribute(state::Transaction& transaction, std::string_view raw, state::SourceId source,
                              bool received, Timestamp now);
  Result<void> wait_for(state::Transaction& transaction, const std::string& target,
                        std::string_view sighting);
  Result<void> note_waiting(state::Transaction& transaction, const std::string& target, Timestamp now);
  Result<void> load_waiting(const state::Reader& reader);

  bool loaded_ = false;
  std::set<std::string, std::less<>> waiting_;  // targets
};

}  // namespace parley::exchange
