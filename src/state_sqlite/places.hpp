#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "intel/network.hpp"
#include "state/search.hpp"
#include "state_sqlite/session.hpp"

/// The tables `place_index` and `place_waiting`: held values of some types by where they lie. A place is
///
///   4, the address     of an IPv4 address, and of a URL whose host is one
///   6, the address     the same of IPv6
///   "org.example.a."   the labels of a host name from the last to the first, each with a dot behind it
///
/// so that whatever lies in a network or below a domain is one range. The table says the value only where the
/// place does not: of e-mail addresses and URLs.
///
/// Storing a holding only writes its value down (`WaitingPlaces`), many in one row; `index_places` sorts them
/// in. A value is in the index at last exactly while anything holds it.
namespace parley::state_sqlite {

bool has_place(intel::SelectorType type);
/// In canonical form; empty for a value without a place.
Bytes place_of(intel::SelectorType type, std::string_view value);

/// Gathers values of new holdings. Whoever makes one calls `finish`.
class WaitingPlaces {
 public:
  explicit WaitingPlaces(Session& session) : session_(session) {}
  /// In any order, repeats allowed, values of any type.
  Result<void> add(intel::SelectorType type, BytesView value) {
    if (!has_place(type)) return {};
    return add_held(type, value);
  }
  Result<void> finish();

 private:
  static constexpr std::size_t max_row_bytes = 256U << 10U;
  Result<void> add_held(intel::SelectorType type, BytesView value);

  Session& session_;
  intel::SelectorType type_{};
  Bytes held_;
};

/// Sorts about `most` waiting values in; whether there are more.
Result<bool> index_places(Session& session, std::size_t most);
/// After the last holding of a value went.
Result<void> forget_place(Session& session, const intel::Selector& selector);
/// Takes everything out of the index; `index_places` walks all holdings then.
Result<void> forget_places(Session& session);

Result<std::vector<intel::Selector>> list_in_scope(Session& session, const state::Scope& scope,
                                                   intel::SelectorType type, std::string_view after,
                                                   std::size_t limit);
/// Batches that wait, and whether all holdings are still to be walked.
Result<state::IndexStatus> place_status(Session& session);

}  // namespace parley::state_sqlite
