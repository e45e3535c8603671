#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "record/head.hpp"

namespace parley::record {

/// Bounds on the members of a statement that came from elsewhere.
struct FieldLimits {
  std::size_t max_text = 8192;
  std::size_t max_elements = 100'000;
};

/// The hexadecimal text of a hash or key as a statement writes it: lower case, nothing else.
Result<Bytes> hex_member(const Json& object, std::string_view key, std::size_t bytes);
Result<crypto::Hash256> hash_member(const Json& object, std::string_view key);
Result<crypto::PublicKey> key_member(const Json& object, std::string_view key);
Result<Timestamp> time_member(const Json& object, std::string_view key);
/// Not longer than the limit and without control characters.
Result<std::string> text_member(const Json& object, std::string_view key);
Result<std::vector<std::string>> texts_member(const Json& object, std::string_view key);
/// Sorted and each once, as lists stand whose order means nothing.
Result<std::vector<std::string>> sorted_member(const Json& object, std::string_view key);
/// One of `allowed`.
Result<std::string> choice_member(const Json& object, std::string_view key,
                                  std::initializer_list<std::string_view> allowed);
/// The digests of `_sd`; none when there is no such member.
Result<std::vector<std::string>> sealed_member(const Json& object);

/// `id`, `node`, `created`, after checking that `schema` is the expected one.
Result<Head> head_members(const Json& payload, std::string_view schema);
/// The reverse: the object that the other members are added to.
Json start_payload(std::string_view schema, const Head& head);

Json texts_json(const std::vector<std::string>& texts);
std::string hex(const crypto::Hash256& hash);
std::string hex(const crypto::PublicKey& key);

}  // namespace parley::record
