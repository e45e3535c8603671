#pragma once

#include "state/search.hpp"
#include "state_sqlite/session.hpp"

namespace parley::state_sqlite {

/// `state::Searching` over a session.
class SqliteSearching final : public state::Searching {
 public:
  explicit SqliteSearching(Session& session) : session_(session) {}

  Result<void> for_each_with_prefix(intel::SelectorType type, std::string_view prefix,
                                    const std::function<bool(const state::SelectorSummary&)>& visit,
                                    const intel::Selector* after) const override;
  Result<std::vector<intel::Selector>> list_in_scope(const state::Scope& scope, intel::SelectorType type,
                                                     std::string_view after,
                                                     std::size_t limit) const override;
  Result<std::optional<intel::Selector>> for_each_listed(
      std::span<const intel::SelectorType> types, const intel::Selector* after, std::size_t most,
      const std::function<bool(const state::SelectorSummary&)>& visit) const override;
  Result<std::vector<std::optional<state::MarkingCode>>> find_markings(
      std::span<const std::string> ids) const override;
  Result<std::vector<state::ContentKey>> find_text(const std::vector<state::TextTerm>& terms,
                                                   state::ContentKey before,
                                                   std::size_t limit) const override;
  Result<bool> has_text(const std::vector<state::TextTerm>& terms, state::ContentKey key) const override;
  Result<std::vector<state::ContentKey>> find_saying(std::string_view value, state::ContentKey after,
                                                     std::size_t limit) const override;
  Result<std::vector<state::ContentKey>> list_newest(state::ContentKey before,
                                                     std::size_t limit) const override;
  Result<std::optional<state::StoredContent>> find_content(state::ContentKey key) const override;
  Result<bool> is_current(state::ContentKey key) const override;
  Result<std::optional<Timestamp>> ended(state::ContentKey key) const override;
  Result<std::vector<Validity>> list_valid_until(Timestamp until, const Validity& after,
                                                 std::size_t limit) const override;
  Result<std::vector<state::Sighting>> find_sightings(const intel::Selector& selector) const override;
  Result<std::vector<state::Sighting>> list_sightings(state::SightingKind kind, const state::Sighting* after,
                                                      std::size_t limit) const override;
  Result<state::IndexStatus> index_status() const override;
  Result<std::vector<std::string>> dump_indexes() const override;

 private:
  Session& session_;  ///< outlives this
};

}  // namespace parley::state_sqlite
