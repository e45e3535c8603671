#include "exchange/lookup_ask.hpp"

#include <algorithm>

#include "encoding/canonical.hpp"
#include "encoding/json.hpp"
#include "lookup/wire.hpp"

namespace parley::exchange {
namespace {

using encoding::Json;

constexpr std::string_view ask_schema = "parley/lookup-ask/1";
constexpr std::size_t max_purpose_bytes = 128;

std::unexpected<Error> bad(std::string_view member) {
  return fail(ErrorKind::bad_input, "a question for look-ups breaks the rule of this member",
              "/" + std::string(member));
}

template <std::size_t N>
Result<ByteArray<N>> hex_member(const Json& json, std::string_view name) {
  PARLEY_TRY(const std::string text, json.string_member(name));
  PARLEY_TRY(const Bytes bytes, from_hex(text));
  return to_array<N>(bytes);
}

bool is_hash(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<void> check(const LookupAsk& ask) {
  if (!peer::is_origin(ask.initiator)) return bad("initiator");
  if (!peer::is_origin(ask.responder) || ask.responder == ask.initiator) return bad("responder");
  if (!is_hash(ask.agreement)) return bad("agreement");
  if (ask.purpose.empty() || ask.purpose.size() > max_purpose_bytes) return bad("purpose");
  if (ask.lookups == 0 || ask.lookups > lookup::max_batch) return bad("lookups");
  return {};
}

Bytes signed_bytes(BytesView ask) {
  Bytes out = to_bytes(ask_schema);
  out.push_back(0);
  append(out, ask);
  return out;
}

}  // namespace

Result<Bytes> encode_lookup_ask(const LookupAsk& ask) {
  PARLEY_CHECK(check(ask));
  const Json json = Json::object({{"schema", ask_schema},
                                  {"session", to_hex(ask.session.value())},
                                  {"exporter", to_hex(ask.exporter.value())},
                                  {"hello", to_hex(ask.hello)},
                                  {"initiator", ask.initiator},
                                  {"responder", ask.responder},
                                  {"agreement", ask.agreement},
                                  {"purpose", ask.purpose},
                                  {"epoch", ask.epoch},
                                  {"lookups", ask.lookups}});
  PARLEY_TRY(const std::string text, encoding::canonical_json(json));
  if (text.size() > max_lookup_ask_bytes)
    return fail(ErrorKind::bad_input, "a question for look-ups is too long");
  return to_bytes(text);
}

Result<LookupAsk> parse_lookup_ask(BytesView bytes) {
  if (bytes.size() > max_lookup_ask_bytes)
    return fail(ErrorKind::bad_input, "a question for look-ups is too long");
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(bytes)));
  PARLEY_TRY(const std::string schema, json.string_member("schema"));
  if (schema != ask_schema) return bad("schema");
  LookupAsk out;
  PARLEY_TRY(const auto session, hex_member<16>(json, "session"));
  out.session = peer::SessionId(session);
  PARLEY_TRY(const auto exporter, hex_member<32>(json, "exporter"));
  out.exporter = peer::TlsExporter(exporter);
  PARLEY_TRY(out.hello, hex_member<32>(json, "hello"));
  PARLEY_TRY(out.initiator, json.string_member("initiator"));
  PARLEY_TRY(out.responder, json.string_member("responder"));
  PARLEY_TRY(out.agreement, json.string_member("agreement"));
  PARLEY_TRY(out.purpose, json.string_member("purpose"));
  PARLEY_TRY(out.epoch, json.uint_member("epoch"));
  PARLEY_TRY(out.lookups, json.uint_member("lookups"));
  // One spelling only: written again it must be the same bytes.
  PARLEY_TRY(const Bytes again, encode_lookup_ask(out));
  if (!std::ranges::equal(again, bytes))
    return fail(ErrorKind::bad_input, "a question for look-ups is not in its one spelling");
  return out;
}

Result<peer::Frame> sign_lookup_ask(const LookupAsk& ask, const crypto::SigningKey& role_key) {
  PARLEY_TRY(const Bytes bytes, encode_lookup_ask(ask));
  const crypto::Signature signature = role_key.sign(signed_bytes(bytes));
  peer::Frame frame{peer::FrameType::lookup_ask, to_bytes(BytesView(signature.value()))};
  append(frame.body, BytesView(bytes));
  return frame;
}

Result<SignedLookupAsk> read_lookup_ask(BytesView body, const crypto::PublicKey& role_key) {
  constexpr std::size_t signature_bytes = 64;
  if (body.size() < signature_bytes) return fail(ErrorKind::bad_input, "a question for look-ups is cut off");
  PARLEY_TRY(const auto signature, crypto::parse_signature(body.first(signature_bytes)));
  const BytesView bytes = body.subspan(signature_bytes);
  SignedLookupAsk out;
  PARLEY_TRY(out.ask, parse_lookup_ask(bytes));
  if (!crypto::verify(role_key, signed_bytes(bytes), signature))
    return fail(ErrorKind::peer, "the peer's signature on its question is wrong");
  out.hash = crypto::sha256(bytes);
  return out;
}

}  // namespace parley::exchange
