#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "state/store.hpp"
#include "state_sqlite/session.hpp"

/// The small tables: sources, label sets, documents, counters.
namespace parley::state_sqlite {

Result<state::SourceId> add_source(Session& session, const state::Source& source);
Result<std::optional<state::StoredSource>> find_source(Session& session, state::SourceId id);
Result<std::vector<state::StoredSource>> list_sources(Session& session);

Result<state::LabelSetId> add_labels(Session& session, std::span<const std::string> labels);

Result<state::DocumentVersion> put_document(Session& session, state::DocumentKey key, BytesView body,
                                            state::DocumentVersion expected);
Result<bool> erase_document(Session& session, state::DocumentKey key);
Result<std::optional<state::Document>> get_document(Session& session, state::DocumentKey key);
Result<std::vector<state::Document>> list_documents(Session& session, std::string_view collection,
                                                    std::string_view after_id, std::size_t limit);

Result<std::int64_t> add_counter(Session& session, std::string_view name, std::int64_t delta);
Result<std::int64_t> read_counter(Session& session, std::string_view name);

}  // namespace parley::state_sqlite
