#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "state/store.hpp"
#include "state_sqlite/session.hpp"

/// The tables `object` and `reference`. The first version of an object is its anchor: the key that
/// holdings name, whatever version comes later.
namespace parley::state_sqlite {

Result<std::optional<state::StoredObject>> find_latest(Session& session, std::string_view id);
Result<std::vector<state::StoredObject>> find_versions(Session& session, std::string_view id);
Result<std::optional<state::StoredObject>> find_by_key(Session& session, state::ObjectKey key);
Result<std::optional<state::ObjectKey>> find_key(Session& session, std::string_view id);
Result<std::vector<state::StoredObject>> list_objects(Session& session, std::string_view type,
                                                      std::string_view after_id, std::size_t limit);
Result<std::vector<state::StoredContent>> list_contents(Session& session, state::ContentKey after,
                                                        std::size_t limit);
/// As `state::Searching` says.
Result<std::vector<std::optional<state::MarkingCode>>> find_markings(Session& session,
                                                                     std::span<const std::string> ids);
Result<std::uint64_t> count_objects(Session& session);
Result<std::vector<state::StoredReference>> references_from(Session& session, std::string_view id);
Result<std::vector<state::StoredReference>> references_to(Session& session, std::string_view id);

Result<std::vector<state::Outcome>> put_objects(Session& session, std::span<const state::NewObject> objects,
                                                state::Remarking remarking);

}  // namespace parley::state_sqlite
