#include "record/jws.hpp"

#include <algorithm>

#include "encoding/canonical.hpp"

namespace parley::record {
namespace {

/// The one header that is written and accepted for a key id. A header with other members, another order or
/// white space is another statement: nothing outside the payload may vary.
std::string header_text(std::string_view kid) {
  return R"({"alg":"Ed25519","kid":")" + std::string(kid) + R"("})";
}

constexpr std::size_t kid_digits = 16;

/// "parley/NAME/1" with NAME of lower-case letters and dashes.
Result<void> check_schema(std::string_view schema) {
  constexpr std::string_view prefix = "parley/";
  const auto bad = [&](std::string what) {
    return fail(ErrorKind::bad_input, std::move(what) + ": " + std::string(schema.substr(0, 80)), "/schema");
  };
  if (!schema.starts_with(prefix)) return bad("not a schema of Parley");
  const std::string_view rest = schema.substr(prefix.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return bad("a schema is written parley/NAME/MAJOR");
  const std::string_view name = rest.substr(0, slash);
  if (!std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }))
    return bad("a schema's name has lower-case letters and dashes");
  if (rest.substr(slash + 1) != "1") return bad("this version reads major version 1 of its schemas only");
  return {};
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  ///< header '.' payload
};

Result<Parts> split(std::string_view jws) {
  if (jws.size() > max_statement_bytes)
    return fail(ErrorKind::bad_input,
                "a statement longer than " + std::to_string(max_statement_bytes) + " bytes");
  const std::size_t first = jws.find('.');
  const std::size_t second = first == std::string_view::npos ? first : jws.find('.', first + 1);
  if (second == std::string_view::npos || jws.find('.', second + 1) != std::string_view::npos)
    return fail(ErrorKind::bad_input, "a compact JWS has three parts between two dots");
  return Parts{jws.substr(0, first), jws.substr(first + 1, second - first - 1), jws.substr(second + 1),
               jws.substr(0, second)};
}

Result<void> read_common_members(Statement& out) {
  encoding::JsonLimits limits;
  limits.max_bytes = max_statement_bytes;
  limits.max_depth = 16;
  limits.max_values = 200'000;
  PARLEY_TRY(out.members, encoding::parse_json(out.payload, limits));
  if (!out.members.is_object()) return fail(ErrorKind::bad_input, "the payload must be a JSON object");
  PARLEY_TRY(out.schema, out.members.string_member("schema"));
  PARLEY_CHECK(check_schema(out.schema));
  PARLEY_TRY(out.id, out.members.string_member("id"));
  PARLEY_TRY(out.node, out.members.string_member("node"));
  if (out.id.empty() || out.id.size() > 64 || out.node.empty() || out.node.size() > 255)
    return fail(ErrorKind::bad_input, "id or node is empty or too long");
  PARLEY_TRY(const std::string created, out.members.string_member("created"));
  PARLEY_TRY(out.created, parse_time(created));
  return {};
}

/// Everything but the signature. The header's exact form is checked by writing it again.
Result<Statement> read(std::string_view jws, const Parts& parts) {
  PARLEY_TRY(const Bytes header, from_base64url(parts.header));
  constexpr std::size_t kid_at = 24;  // where the key id stands in header_text
  const std::string_view text = as_text(header);
  Statement out;
  if (text.size() >= kid_at + kid_digits) out.key_id = text.substr(kid_at, kid_digits);
  if (text != header_text(out.key_id) || !std::all_of(out.key_id.begin(), out.key_id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      }))
    return fail(ErrorKind::bad_input,
                R"(the JWS header must be {"alg":"Ed25519","kid":"16 hexadecimal digits"} and nothing else)");
  PARLEY_TRY(const Bytes payload, from_base64url(parts.payload));
  out.jws = jws;
  out.payload = as_text(payload);
  PARLEY_CHECK(read_common_members(out));
  return out;
}

}  // namespace

std::string key_id(const crypto::PublicKey& key) {
  return to_hex(crypto::sha256(key.value())).substr(0, kid_digits);
}

Result<std::string> sign_statement(const Json& payload, const crypto::SigningKey& key) {
  PARLEY_TRY(const std::string canonical, encoding::canonical_json(payload));
  std::string out =
      to_base64url(as_bytes(header_text(key_id(key.public_key())))) + '.' + to_base64url(as_bytes(canonical));
  const crypto::Signature signature = key.sign(as_bytes(out));
  out += '.' + to_base64url(signature.value());
  // What we would refuse to read we must not sign.
  auto check = peek_statement(out);
  if (!check) return fail(ErrorKind::internal, "not a statement: " + check.error().text());
  return out;
}

Result<Statement> peek_statement(std::string_view jws) {
  PARLEY_TRY(const Parts parts, split(jws));
  PARLEY_TRY(const Bytes signature, from_base64url(parts.signature));
  PARLEY_CHECK(crypto::parse_signature(signature));
  return read(jws, parts);
}

Result<Statement> verify_statement(std::string_view jws, const crypto::PublicKey& key) {
  PARLEY_TRY(const Parts parts, split(jws));
  PARLEY_TRY(const Bytes bytes, from_base64url(parts.signature));
  PARLEY_TRY(const crypto::Signature signature, crypto::parse_signature(bytes));
  // The signature comes first: nothing that the key did not sign is parsed further than it must be.
  if (!crypto::verify(key, as_bytes(parts.signed_text), signature))
    return fail(ErrorKind::not_proven, "the signature is not by key " + key_id(key));
  PARLEY_TRY(Statement out, read(jws, parts));
  if (out.key_id != key_id(key))
    return fail(ErrorKind::bad_input, "the header names key " + out.key_id + ", signed by " + key_id(key));
  out.signer = key;
  return out;
}

crypto::Hash256 payload_hash(const Statement& statement) {
  return crypto::sha256(as_bytes(statement.payload));
}

}  // namespace parley::record
