#include "client/cursor_store.hpp"

#include "crypto/hash.hpp"
#include "state/store.hpp"

namespace parley::client {

namespace {

constexpr std::string_view collection_name = "taxii_pull_cursors";

std::string key_of(const Url& url) {
  return to_hex(crypto::sha256(as_bytes(url.text())));
}

}  // namespace

Result<std::optional<PullCursor>> load_cursor(exchange::Node& node, const Url& collection) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto document, reader->get_document({collection_name, key_of(collection)}));
  if (!document) return std::optional<PullCursor>();
  PARLEY_TRY(const encoding::Json json, encoding::parse_json(as_text(document->body)));
  PARLEY_TRY(PullCursor cursor, PullCursor::from_json(json));
  return std::optional<PullCursor>(std::move(cursor));
}

Result<void> save_cursor(exchange::Node& node, const Url& collection, const PullCursor& cursor) {
  encoding::Json json = cursor.to_json();
  json.set("url", collection.text());
  const std::string key = key_of(collection);
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    PARLEY_TRY(const auto before, t.get_document({collection_name, key}));
    const auto version = before ? before->version : state::DocumentVersion(0);
    PARLEY_CHECK(t.put_document({collection_name, key}, to_bytes(encoding::write_json(json)), version));
    return {};
  });
}

}  // namespace parley::client
