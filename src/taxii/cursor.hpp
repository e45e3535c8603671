#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "taxii/query.hpp"
#include "taxii/target.hpp"

namespace parley::taxii {

/// For whom and for what a cursor was made.
struct CursorScope {
  std::string_view caller;
  const Target* target = nullptr;  ///< root, collection (its id), resource and object
};

/// Where a list goes on. The filters travel inside, so that a client may repeat them or leave them out.
struct Position {
  Timestamp after;  ///< date added of the last object that was looked at
  Match match;
  std::uint64_t limit = 0;  ///< what the client asked for; 0: nothing
};

/// `next`: base64url of HMAC-SHA-256 (RFC 2104, cut to 16 bytes) and position. The HMAC covers caller, API
/// root, collection, resource and object, so a cursor is worth nothing to another caller or elsewhere.
/// `key` is secret, of one use.
std::string make_cursor(BytesView key, const CursorScope& scope, const Position& position);

/// Reads and checks a cursor against the request that carries it: `bad_input` when it was not made by this
/// key for this caller and place, or when the request repeats filters that are others. Of `added_after`
/// beside it only a value behind the position is another filter: an earlier one says nothing new.
Result<Position> read_cursor(BytesView key, const CursorScope& scope, const Query& query);

}  // namespace parley::taxii
