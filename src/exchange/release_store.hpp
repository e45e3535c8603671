#pragma once

#include <optional>
#include <string_view>

#include "exchange/release_book.hpp"
#include "state/document.hpp"

namespace parley::exchange {

/// A release with the version that a change must still find, so that two commands cannot both move it on.
struct StoredRelease {
  Release release;
  state::DocumentVersion version;
};

/// By id, or by its first characters (eight at least) when only one begins so; brought up to date as
/// `find_release` says, and stored again when that changed something.
Result<StoredRelease> load_release(Node& node, std::string_view id);

/// Stores a release that is new (version 0) or was loaded; `stored.version` becomes the new one.
Result<void> save_release(Node& node, StoredRelease& stored);

/// Why nothing may come of a release any more: its time, the rules or the agreement, by the latest time that
/// was seen. Nothing when it still stands; asked again at every step, so that an agreement that ends between
/// two approvals ends it. A clock that was turned back is no reason: acts wait until it is set right.
Result<std::optional<policy::Fired>> void_reason(Node& node, const Release& release);

/// Before the first byte of a release leaves, by whatever way: says so in the ledger (parley/delivery/1, once
/// for a release) and in its state (attempted).
Result<void> announce_delivery(Node& node, StoredRelease& stored);

}  // namespace parley::exchange
