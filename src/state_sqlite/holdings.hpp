#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "state/store.hpp"
#include "state_sqlite/session.hpp"

/// The table `holding`, clustered by (type, value, object, source): a selector's holdings lie together, and
/// a walk in its order is the enumeration that matching needs.
namespace parley::state_sqlite {

/// How a value is stored: hashes as bytes, everything else as it is. Order is that of the values.
/// `bad_input` for a hash that is not lower-case hexadecimal. The view lives in `buffer` or in `selector`.
Result<BytesView> encode_value(const intel::Selector& selector, Bytes& buffer);
void decode_value(intel::SelectorType type, BytesView stored, std::string& out);

Result<std::vector<state::StoredHolding>> find_holdings(Session& session, const intel::Selector& selector);
Result<std::optional<state::SelectorSummary>> find_selector(Session& session,
                                                            const intel::Selector& selector);
Result<void> for_each_selector(Session& session, std::span<const intel::SelectorType> types,
                               const std::function<bool(const state::SelectorSummary&)>& visit,
                               const intel::Selector* after = nullptr);
/// As `state::Searching` says.
Result<std::optional<intel::Selector>> for_each_listed(
    Session& session, std::span<const intel::SelectorType> types, const intel::Selector* after,
    std::size_t most, const std::function<bool(const state::SelectorSummary&)>& visit);
Result<void> for_each_with_prefix(Session& session, intel::SelectorType type, std::string_view prefix,
                                  const std::function<bool(const state::SelectorSummary&)>& visit,
                                  const intel::Selector* after);
Result<std::vector<state::SelectorCount>> count_selectors(Session& session);

Result<std::vector<state::Outcome>> put_holdings(Session& session,
                                                 std::span<const state::NewHolding> holdings,
                                                 state::Remarking remarking);
Result<state::LoadCounts> load_holdings(Session& session, const state::HoldingBatch& batch,
                                        std::span<const intel::Selector> sorted);
Result<std::uint64_t> set_open_case(Session& session, const intel::Selector& selector, bool open);

}  // namespace parley::state_sqlite
