#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "state/store.hpp"
#include "state_sqlite/holdings.hpp"
#include "state_sqlite/members.hpp"
#include "state_sqlite/misp_events.hpp"
#include "state_sqlite/objects.hpp"
#include "state_sqlite/records.hpp"
#include "state_sqlite/searching.hpp"
#include "state_sqlite/session.hpp"

namespace parley::state_sqlite {

/// The reading half, over a session: of the snapshot (Base = state::Reader) and of the transaction
/// (Base = state::Transaction), which both are the same statements.
template <class Base>
class ReaderOver : public Base {
 public:
  explicit ReaderOver(Session& session) : session_(session), misp_events_(session), searching_(session) {}

  Result<std::optional<state::StoredObject>> find_object(std::string_view id) const override {
    return find_latest(session_, id);
  }
  Result<std::vector<state::StoredObject>> find_versions(std::string_view id) const override {
    return state_sqlite::find_versions(session_, id);
  }
  Result<std::optional<state::StoredObject>> find_object(state::ObjectKey key) const override {
    return find_by_key(session_, key);
  }
  Result<std::optional<state::ObjectKey>> find_key(std::string_view id) const override {
    return state_sqlite::find_key(session_, id);
  }
  Result<std::vector<state::StoredObject>> list_objects(std::string_view type, std::string_view after_id,
                                                        std::size_t limit) const override {
    return state_sqlite::list_objects(session_, type, after_id, limit);
  }
  Result<std::uint64_t> count_objects() const override { return state_sqlite::count_objects(session_); }
  Result<std::vector<state::StoredReference>> references_from(std::string_view id) const override {
    return state_sqlite::references_from(session_, id);
  }
  Result<std::vector<state::StoredReference>> references_to(std::string_view id) const override {
    return state_sqlite::references_to(session_, id);
  }
  Result<std::vector<state::StoredHolding>> find_holdings(const intel::Selector& selector) const override {
    return state_sqlite::find_holdings(session_, selector);
  }
  Result<std::optional<state::SelectorSummary>> find_selector(
      const intel::Selector& selector) const override {
    return state_sqlite::find_selector(session_, selector);
  }
  Result<void> for_each_selector(std::span<const intel::SelectorType> types,
                                 const std::function<bool(const state::SelectorSummary&)>& visit,
                                 const intel::Selector* after = nullptr) const override {
    return state_sqlite::for_each_selector(session_, types, visit, after);
  }
  Result<std::vector<state::SelectorCount>> count_selectors() const override {
    return state_sqlite::count_selectors(session_);
  }
  Result<state::MemberPage> list_members(std::string_view collection, Timestamp after,
                                         const state::MemberFilter& filter,
                                         std::size_t limit) const override {
    return state_sqlite::list_members(session_, collection, after, filter, limit);
  }
  Result<std::uint64_t> count_members(std::string_view collection) const override {
    return state_sqlite::count_members(session_, collection);
  }
  Result<std::vector<state::StoredContent>> list_contents(state::ContentKey after,
                                                          std::size_t limit) const override {
    return state_sqlite::list_contents(session_, after, limit);
  }
  Result<bool> append_content(state::ContentKey key, std::string& out) const override {
    return state_sqlite::append_content(session_, key, out);
  }
  Result<std::vector<std::size_t>> append_contents(std::span<const state::ContentKey> keys, std::string& out,
                                                   std::size_t max_bytes) const override {
    return state_sqlite::append_contents(session_, keys, out, max_bytes);
  }
  Result<std::optional<state::StoredSource>> find_source(state::SourceId id) const override {
    return state_sqlite::find_source(session_, id);
  }
  Result<std::vector<state::StoredSource>> list_sources() const override {
    return state_sqlite::list_sources(session_);
  }
  Result<std::optional<state::Document>> get_document(state::DocumentKey key) const override {
    return state_sqlite::get_document(session_, key);
  }
  Result<std::vector<state::Document>> list_documents(std::string_view collection, std::string_view after_id,
                                                      std::size_t limit) const override {
    return state_sqlite::list_documents(session_, collection, after_id, limit);
  }
  Result<std::int64_t> counter(std::string_view name) const override { return read_counter(session_, name); }
  const state::Searching& searching() const override { return searching_; }
  const state::MispEvents& misp_events() const override { return misp_events_; }

 protected:
  Session& session_;  ///< outlives this
  SqliteMispEvents misp_events_;

 private:
  SqliteSearching searching_;
};

}  // namespace parley::state_sqlite
