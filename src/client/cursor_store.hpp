#pragma once

#include <optional>

#include "client/pull.hpp"
#include "exchange/node.hpp"

namespace parley::client {

/// How far a collection has been read, kept in the node's store under the collection's URL.
Result<std::optional<PullCursor>> load_cursor(exchange::Node& node, const Url& collection);
/// Returns when it is durable.
Result<void> save_cursor(exchange::Node& node, const Url& collection, const PullCursor& cursor);

}  // namespace parley::client
