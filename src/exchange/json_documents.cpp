#include "exchange/json_documents.hpp"

#include "state/store.hpp"

namespace parley::exchange {

using encoding::Json;

Result<std::optional<JsonDocument>> load_json(Node& node, state::DocumentKey key) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const std::optional<state::Document> found, reader->get_document(key));
  if (!found) return std::optional<JsonDocument>();
  PARLEY_TRY(Json body, encoding::parse_json(as_text(found->body)));
  return std::optional<JsonDocument>(JsonDocument{found->version, std::move(body)});
}

Result<void> save_json(Node& node, state::DocumentKey key, const Json& body, state::DocumentVersion version) {
  const std::string text = encoding::write_json(body);
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_CHECK(t.put_document(key, as_bytes(text), version));
    return {};
  });
}

Result<std::vector<JsonDocument>> list_json(Node& node, std::string_view collection) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  std::vector<JsonDocument> out;
  std::string after;
  for (;;) {
    PARLEY_TRY(const std::vector<state::Document> page,
               reader->list_documents(collection, after, state::max_page));
    for (const state::Document& document : page) {
      PARLEY_TRY(Json body, encoding::parse_json(as_text(document.body)));
      out.push_back({document.version, std::move(body)});
    }
    if (page.size() < state::max_page) return out;
    after = page.back().id;
  }
}

Result<crypto::PublicKey> public_key_member(const Json& json, std::string_view key) {
  PARLEY_TRY(const std::string hex, json.string_member(key));
  PARLEY_TRY(const Bytes bytes, from_hex(hex));
  return crypto::parse_public_key(bytes);
}

Result<Timestamp> time_member(const Json& json, std::string_view key) {
  PARLEY_TRY(const std::string text, json.string_member(key));
  return parse_time(text);
}

}  // namespace parley::exchange
