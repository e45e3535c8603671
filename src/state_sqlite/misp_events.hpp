#pragma once

#include "state/misp_event.hpp"
#include "state_sqlite/session.hpp"

namespace parley::state_sqlite {

/// The table `misp_event` over a session.
class SqliteMispEvents final : public state::MispEvents {
 public:
  explicit SqliteMispEvents(Session& session) : session_(session) {}

  Result<std::optional<state::StoredMispEvent>> find(std::string_view uuid) const override;
  Result<std::optional<state::MispEventEntry>> find_entry(std::string_view uuid) const override;
  Result<std::optional<std::string>> first_uuid(std::string_view beginning) const override;
  Result<std::optional<state::StoredMispEvent>> find_of(std::string_view uuid, state::SourceId source,
                                                        bool received) const override;
  Result<std::vector<state::MispEventEntry>> list(const state::MispEventPlace& after,
                                                  std::size_t limit) const override;
  Result<std::uint64_t> count() const override;
  Result<void> put(const state::NewMispEvent& event) override;
  Result<bool> erase(std::string_view uuid) override;

 private:
  Session& session_;  ///< outlives this
};

}  // namespace parley::state_sqlite
