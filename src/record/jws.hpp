#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "encoding/json.hpp"

namespace parley::record {

using encoding::Json;

/// Longest compact JWS that is read, in bytes. A statement is a record of an act, not a container.
inline constexpr std::size_t max_statement_bytes = 1 << 20;

/// A statement: a compact JWS (RFC 7515 section 7.1) with `alg` "Ed25519" (RFC 9864) whose payload is a JSON
/// object with the members `schema` ("parley/NAME/1"), `id` (UUID), `node` (log origin of the signer's node)
/// and `created` (RFC 3339), and those of its schema. docs/spec/statement.md is the format.
struct Statement {
  std::string jws;      ///< as it was signed, byte for byte
  std::string payload;  ///< the signed payload bytes, decoded and otherwise untouched
  Json members;         ///< the payload, parsed
  std::string schema;   ///< "parley/match/1"
  std::string id;
  std::string node;
  Timestamp created;
  std::string key_id;        ///< `kid` of the header
  crypto::PublicKey signer;  ///< the key that it was verified with; all zero in what `peek_statement` returns
};

/// `kid` of a key: the first 8 bytes of SHA-256 over its 32 bytes, in hexadecimal. A hint, never an
/// authority.
std::string key_id(const crypto::PublicKey& key);

/// Signs a payload: canonical form (RFC 8785), header `{"alg":"Ed25519","kid":"…"}`. Fails with `internal`
/// when the payload lacks a member that every statement has, or cannot be written in canonical form.
Result<std::string> sign_statement(const Json& payload, const crypto::SigningKey& key);

/// Verifies signature, header and the common members. `bad_input` for anything that is not a statement in its
/// one accepted encoding (an unknown major version of a schema included), `not_proven` for a signature that
/// is not `key`'s.
Result<Statement> verify_statement(std::string_view jws, const crypto::PublicKey& key);

/// The same reading without a signature check: to find out whose key to take. Trust nothing in it.
Result<Statement> peek_statement(std::string_view jws);

/// Name of a statement's content: SHA-256 of the payload bytes. Two parties that sign one payload
/// (agreements) sign one name.
crypto::Hash256 payload_hash(const Statement& statement);

}  // namespace parley::record
