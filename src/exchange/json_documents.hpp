#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "exchange/node.hpp"
#include "state/document.hpp"

namespace parley::exchange {

/// A document of the store whose body is JSON, with the version that a write must still find.
struct JsonDocument {
  state::DocumentVersion version;
  encoding::Json body;
};

/// Nothing when there is none.
Result<std::optional<JsonDocument>> load_json(Node& node, state::DocumentKey key);

/// Writes over `version` (0: must not exist), synced; `conflict` when somebody else wrote in between.
Result<void> save_json(Node& node, state::DocumentKey key, const encoding::Json& body,
                       state::DocumentVersion version);

/// All documents of a collection, by id.
Result<std::vector<JsonDocument>> list_json(Node& node, std::string_view collection);

/// Ed25519 keys stand in JSON as lower-case hexadecimal.
Result<crypto::PublicKey> public_key_member(const encoding::Json& json, std::string_view key);
Result<Timestamp> time_member(const encoding::Json& json, std::string_view key);

}  // namespace parley::exchange
