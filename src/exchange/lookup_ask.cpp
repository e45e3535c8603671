#include "exchange/lookup_ask.hpp"

#include <algorithm>

#include "encoding/canonical.hpp"
#include "encoding/json.hpp"
#include "lookup/wire.hpp"

namespace parley::exchange {
namespace {

using encoding::Json;

constexpr std::string_view ask_schema = "parley/lookup-ask/1";
constexpr std::string_view offer_schema = "parley/lookup-offer/1";
constexpr std::size_t max_purpose_bytes = 128;
constexpr std::size_t signature_bytes = 64;

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
  if (ask.head.size() > max_lookup_head_bytes) return bad("head");
  if (ask.peer_head.size() > max_lookup_head_bytes) return bad("peer_head");
  return {};
}

Bytes signed_bytes(std::string_view schema, BytesView content) {
  Bytes out = to_bytes(schema);
  out.push_back(0);
  append(out, content);
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
                                  {"lookups", ask.lookups},
                                  {"head", ask.head},
                                  {"peer_head", ask.peer_head}});
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
  PARLEY_TRY(out.head, json.string_member("head"));
  PARLEY_TRY(out.peer_head, json.string_member("peer_head"));
  // One spelling only: written again it must be the same bytes.
  PARLEY_TRY(const Bytes again, encode_lookup_ask(out));
  if (!std::ranges::equal(again, bytes))
    return fail(ErrorKind::bad_input, "a question for look-ups is not in its one spelling");
  return out;
}

Result<peer::Frame> sign_lookup_ask(const LookupAsk& ask, const crypto::SigningKey& role_key) {
  PARLEY_TRY(const Bytes bytes, encode_lookup_ask(ask));
  const crypto::Signature signature = role_key.sign(signed_bytes(ask_schema, bytes));
  peer::Frame frame{peer::FrameType::lookup_ask, to_bytes(BytesView(signature.value()))};
  append(frame.body, BytesView(bytes));
  return frame;
}

Result<SignedLookupAsk> read_lookup_ask(BytesView body, const crypto::PublicKey& role_key) {
  if (body.size() < signature_bytes) return fail(ErrorKind::bad_input, "a question for look-ups is cut off");
  PARLEY_TRY(const auto signature, crypto::parse_signature(body.first(signature_bytes)));
  const BytesView bytes = body.subspan(signature_bytes);
  SignedLookupAsk out;
  PARLEY_TRY(out.ask, parse_lookup_ask(bytes));
  if (!crypto::verify(role_key, signed_bytes(ask_schema, bytes), signature))
    return fail(ErrorKind::peer, "the peer's signature on its question is wrong");
  out.hash = crypto::sha256(bytes);
  return out;
}

Result<Bytes> encode_lookup_offer(const LookupOffer& offer) {
  if (offer.head.size() > max_lookup_head_bytes) return bad("head");
  if (offer.peer_head.size() > max_lookup_head_bytes) return bad("peer_head");
  const Json json = Json::object({{"schema", offer_schema},
                                  {"ask", to_hex(offer.ask)},
                                  {"set", to_hex(offer.set)},
                                  {"head", offer.head},
                                  {"peer_head", offer.peer_head}});
  PARLEY_TRY(const std::string text, encoding::canonical_json(json));
  if (text.size() > max_lookup_ask_bytes)
    return fail(ErrorKind::bad_input, "an offer of look-ups is too long");
  return to_bytes(text);
}

Result<LookupOffer> parse_lookup_offer(BytesView bytes) {
  if (bytes.size() > max_lookup_ask_bytes)
    return fail(ErrorKind::bad_input, "an offer of look-ups is too long");
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(bytes)));
  PARLEY_TRY(const std::string schema, json.string_member("schema"));
  if (schema != offer_schema) return bad("schema");
  LookupOffer out;
  PARLEY_TRY(out.ask, hex_member<32>(json, "ask"));
  PARLEY_TRY(out.set, hex_member<32>(json, "set"));
  PARLEY_TRY(out.head, json.string_member("head"));
  PARLEY_TRY(out.peer_head, json.string_member("peer_head"));
  PARLEY_TRY(const Bytes again, encode_lookup_offer(out));
  if (!std::ranges::equal(again, bytes))
    return fail(ErrorKind::bad_input, "an offer of look-ups is not in its one spelling");
  return out;
}

Result<peer::Frame> sign_lookup_offer(const LookupOffer& offer, std::string_view set_jws,
                                      const crypto::SigningKey& role_key) {
  PARLEY_TRY(const Bytes bytes, encode_lookup_offer(offer));
  const crypto::Signature signature = role_key.sign(signed_bytes(offer_schema, bytes));
  peer::Frame frame{peer::FrameType::lookup_set, to_bytes(BytesView(signature.value()))};
  append_prefixed(frame.body, bytes);
  append(frame.body, set_jws);
  return frame;
}

Result<SignedLookupOffer> read_lookup_offer(BytesView body, const crypto::Hash256& ask,
                                            const crypto::PublicKey& role_key) {
  ByteReader reader(body);
  PARLEY_TRY(const BytesView signature_view, reader.take(signature_bytes));
  PARLEY_TRY(const auto signature, crypto::parse_signature(signature_view));
  PARLEY_TRY(const BytesView bytes, reader.prefixed(max_lookup_ask_bytes));
  PARLEY_TRY(const BytesView set, reader.take(reader.remaining()));
  SignedLookupOffer out;
  PARLEY_TRY(out.offer, parse_lookup_offer(bytes));
  if (!crypto::verify(role_key, signed_bytes(offer_schema, bytes), signature))
    return fail(ErrorKind::peer, "the peer's signature on its offer of look-ups is wrong");
  if (out.offer.ask != ask || out.offer.set != crypto::sha256(set))
    return fail(ErrorKind::peer, "the peer's offer is about another question or another set");
  out.set_jws = as_text(set);
  return out;
}

}  // namespace parley::exchange
