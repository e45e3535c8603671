#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exchange/node.hpp"
#include "exchange/taxii_book.hpp"
#include "exchange/taxii_changes.hpp"
#include "exchange/taxii_service.hpp"

namespace parley::exchange {

/// How long the status of a POST is kept; TAXII 2.1 section 4.3 asks for a day.
inline constexpr std::chrono::hours status_kept_for{48};

/// Takes an envelope, or a bundle, into the store and a collection: the same way as an import, as what a peer
/// gave. Every object stands for itself: what is wrong with one is told of it, and the rest is kept. An exact
/// duplicate is a success. `act` tells the ledger of it.
std::unique_ptr<TaxiiPosting> make_posting(Node& node, const intel::WarninglistSet& warninglists,
                                           const TaxiiCollection& collection, std::string caller,
                                           std::string body, std::unique_ptr<TaxiiChanges::Act> act);

/// The status of a POST by this caller in this API root, as it was told; `not_found` otherwise.
Result<std::string> find_status(const state::Reader& reader, std::string_view root, std::string_view caller,
                                std::string_view id, Timestamp now);
/// Takes statuses away that are older than `status_kept_for`.
Result<void> forget_statuses(Node& node);

}  // namespace parley::exchange
