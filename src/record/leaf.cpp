#include "record/leaf.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "encoding/json.hpp"

namespace parley::record {

Commitment commit(const Opening& opening, std::string_view jws) {
  return crypto::hmac_sha256(opening, as_bytes(jws));
}

LeafBytes make_leaf(const Leaf& leaf) {
  // Written by hand: the members are few, sorted, and plain ASCII, so this is their RFC 8785 form.
  const std::string text = R"({"commitment":")" + to_hex(leaf.commitment) + R"(","time":")" +
                           format_time(leaf.time) + R"(","v":1})";
  PARLEY_ASSERT(text.size() <= leaf_size);
  LeafBytes out;
  out.fill(' ');
  std::copy(text.begin(), text.end(), out.begin());
  return out;
}

Result<Leaf> parse_leaf(BytesView bytes) {
  if (bytes.size() != leaf_size)
    return fail(ErrorKind::bad_input, "a leaf has 256 bytes, this has " + std::to_string(bytes.size()));
  PARLEY_TRY(const encoding::Json json, encoding::parse_json(as_text(bytes)));
  PARLEY_TRY(const std::string commitment, json.string_member("commitment"));
  PARLEY_TRY(const std::string time, json.string_member("time"));
  Leaf leaf;
  PARLEY_TRY(const Bytes hash, from_hex(commitment));
  PARLEY_TRY(leaf.commitment, to_array<32>(hash));
  PARLEY_TRY(leaf.time, parse_time(time));
  const LeafBytes again = make_leaf(leaf);
  if (!std::equal(again.begin(), again.end(), bytes.begin()))
    return fail(ErrorKind::bad_input, "a leaf must have the one form that is written");
  return leaf;
}

}  // namespace parley::record
