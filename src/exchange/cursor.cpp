#include "exchange/cursor.hpp"

#include "crypto/constant_time.hpp"
#include "crypto/hash.hpp"

namespace parley::exchange {

namespace {

constexpr std::size_t max_cursor_bytes = 16'384;

/// HMAC-SHA-256 over filter and key under a key that only cursors use, cut to 16 bytes.
Bytes tag(Node& node, std::string_view key, std::string_view filter) {
  const crypto::Secret<32> secret = crypto::derive_secret(node.keys().role.seed().view(), "parley/cursor/1");
  Bytes message;
  append_prefixed(message, as_bytes(filter));
  append(message, key);
  const crypto::Hash256 full = crypto::hmac_sha256(secret.view(), message);
  return Bytes(full.begin(), full.begin() + 16);
}

}  // namespace

std::string make_cursor(Node& node, std::string_view last_key, std::string_view filter) {
  Bytes bytes = tag(node, last_key, filter);
  append(bytes, last_key);
  return to_base64url(bytes);
}

Result<std::string> read_cursor(Node& node, std::string_view cursor, std::string_view filter) {
  if (cursor.empty()) return std::string();
  const auto refused = [] {
    return fail(ErrorKind::usage, "this cursor is not of this list; start again without it");
  };
  if (cursor.size() > max_cursor_bytes) return refused();
  auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() < 16) return refused();
  std::string key(as_text(BytesView(*bytes).subspan(16)));
  if (!crypto::equal_constant_time(BytesView(*bytes).first(16), tag(node, key, filter))) return refused();
  return key;
}

}  // namespace parley::exchange
