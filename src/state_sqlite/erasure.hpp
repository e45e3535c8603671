#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "state/upkeep.hpp"
#include "state_sqlite/session.hpp"

/// Taking out of the tables `holding`, `object`, `reference`, `member` and of every index, and the table
/// `sighting`. As `state::Upkeep` says.
namespace parley::state_sqlite {

Result<state::UpkeepCounts> retract(Session& session, const intel::Selector& selector,
                                    std::optional<state::ObjectKey> object,
                                    std::optional<state::SourceId> source);
Result<state::UpkeepCounts> end_object(Session& session, std::string_view id, Timestamp at);
Result<state::UpkeepCounts> erase_object(Session& session, std::string_view id,
                                         std::optional<state::SourceId> source);

/// After a newer content of an object (`newer`) stands beside an older one (`older`): takes out what only the
/// older one says. `source`: of a peer that said both; nothing when both are our own.
Result<void> retract_superseded(Session& session, std::int64_t anchor, std::string_view type,
                                std::string_view older, std::string_view newer,
                                std::optional<state::SourceId> source);

struct SightingCounts {
  std::uint64_t changed = 0;
  std::uint64_t holdings = 0;  ///< that are seen later than before
};
Result<SightingCounts> put_sightings(Session& session, std::span<const state::Sighting> sightings);
Result<std::vector<state::Sighting>> find_sightings(Session& session, const intel::Selector& selector);
Result<std::vector<state::Sighting>> list_sightings(Session& session, state::SightingKind kind,
                                                    const state::Sighting* after, std::size_t limit);

}  // namespace parley::state_sqlite
