#include "taxii/cursor.hpp"

#include "crypto/constant_time.hpp"
#include "crypto/hash.hpp"

namespace parley::taxii {

namespace {

constexpr std::size_t tag_bytes = 16;

/// HMAC-SHA-256 (RFC 2104), cut to 16 bytes as its section 5 allows.
Bytes tag(BytesView key, const CursorScope& scope, BytesView position) {
  Bytes message;
  append_prefixed(message, as_bytes("parley/taxii-cursor/1"));
  append_prefixed(message, as_bytes(scope.caller));
  append_prefixed(message, as_bytes(target_path(*scope.target)));
  append(message, position);
  const crypto::Hash256 full = crypto::hmac_sha256(key, message);
  return Bytes(full.begin(), full.begin() + tag_bytes);
}

}  // namespace

std::string make_cursor(BytesView key, const CursorScope& scope, const Position& position) {
  Bytes body;
  append_u64(body, static_cast<std::uint64_t>(position.after.microseconds()));
  append_u64(body, position.limit);
  append(body, canonical_match(position.match));
  Bytes out = tag(key, scope, body);
  append(out, body);
  return to_base64url(out);
}

Result<Position> read_cursor(BytesView key, const CursorScope& scope, const Query& query) {
  const auto refused = [](std::string_view why) {
    return fail(ErrorKind::bad_input, "next: " + std::string(why));
  };
  const Result<Bytes> bytes =
      query.next.size() <= max_cursor_bytes ? from_base64url(query.next) : Result<Bytes>(Bytes());
  if (!bytes || bytes->size() < tag_bytes) return refused("is no cursor of this server");
  const BytesView body = BytesView(*bytes).subspan(tag_bytes);
  if (!crypto::equal_constant_time(BytesView(*bytes).first(tag_bytes), tag(key, scope, body)))
    return refused("is no cursor of this server");
  ByteReader reader(body);
  Position out;
  PARLEY_TRY(const std::uint64_t after, reader.u64());
  PARLEY_TRY(out.limit, reader.u64());
  out.after = Timestamp::from_microseconds(static_cast<std::int64_t>(after));
  PARLEY_TRY(out.match, parse_canonical_match(as_text(body.subspan(reader.offset()))));
  if (query.has_match && query.match != out.match) return refused("belongs to other filters");
  if (query.added_after && *query.added_after > out.after) return refused("belongs to another added_after");
  return out;
}

}  // namespace parley::taxii
