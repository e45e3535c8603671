#include "peer/offer.hpp"

#include <algorithm>
#include <bit>

#include "encoding/canonical.hpp"
#include "encoding/json.hpp"

namespace parley::peer {
namespace {

using encoding::Json;

constexpr std::string_view schema = "parley/match-offer/2";
constexpr std::uint64_t max_epoch = 3'000'000;  // the year 10183
constexpr encoding::JsonLimits offer_json_limits{
    .max_bytes = max_offer_bytes, .max_depth = 4, .max_values = 256};

bool is_text(std::string_view text) {
  return !text.empty() && text.size() <= max_offer_text_bytes &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<void> require(bool good, std::string_view member) {
  if (!good) return fail(ErrorKind::bad_input, "match offer: out of bounds", "/" + std::string(member));
  return {};
}

bool is_sorted_list(const std::vector<std::string>& list, std::size_t most) {
  return list.size() <= most && std::ranges::all_of(list, is_text) &&
         std::ranges::adjacent_find(list, std::ranges::greater_equal()) == list.end();
}

// Empty, or a note: printable text in lines. Whose signatures it has is for whoever knows the log's key.
bool is_head(std::string_view text) {
  return text.size() <= max_offer_head_bytes &&
         std::ranges::all_of(text, [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= ' '; });
}

Result<void> check_half(const OfferHalf& half) {
  PARLEY_CHECK(require(is_head(half.head), "head"));
  PARLEY_CHECK(require(is_head(half.peer_head), "peer_head"));
  PARLEY_CHECK(require(is_origin(half.origin.value()), "origin"));
  return require(
      half.padded_size > 0 && half.padded_size <= max_padded_size && std::has_single_bit(half.padded_size),
      "padded_size");
}

Result<void> check(const Offer& offer) {
  PARLEY_CHECK(require(is_text(offer.purpose), "purpose"));
  PARLEY_CHECK(require(offer.epoch <= max_epoch, "epoch"));
  PARLEY_CHECK(require(is_text(offer.selector_version), "selector_version"));
  PARLEY_CHECK(require(!offer.types.empty() && is_sorted_list(offer.types, max_offer_types), "types"));
  PARLEY_CHECK(require(is_sorted_list(offer.features, max_features), "features"));
  PARLEY_CHECK(
      require(!offer.protocols.empty() && is_sorted_list(offer.protocols, max_offer_protocols), "protocols"));
  PARLEY_CHECK(
      require(offer.prefer == "auto" || offer.prefer == "bytes" || offer.prefer == "time", "prefer"));
  PARLEY_CHECK(require(offer.output == "items" || offer.output == "size", "output"));
  PARLEY_CHECK(require(offer.learner == "initiator" || offer.learner == "both", "learner"));
  // The choice is made from both sizes, so it stands exactly where both stand.
  PARLEY_CHECK(require(offer.responder ? is_text(offer.protocol) : offer.protocol.empty(), "protocol"));
  PARLEY_CHECK(require(offer.responder ? is_text(offer.parameters) : offer.parameters.empty(), "parameters"));
  PARLEY_CHECK(check_half(offer.initiator));
  if (offer.responder) {
    PARLEY_CHECK(check_half(*offer.responder));
    PARLEY_CHECK(require(offer.responder->origin != offer.initiator.origin &&
                             offer.responder->role_key != offer.initiator.role_key,
                         "responder"));
  }
  return {};
}

Json half_json(const OfferHalf& half) {
  return Json::object({
      {"origin", half.origin.value()},
      {"role_key", to_base64url(half.role_key.value())},
      {"padded_size", half.padded_size},
      {"set_root", to_hex(half.set_root)},
      {"seed_commitment", to_hex(half.seed_commitment)},
      {"head", half.head},
      {"peer_head", half.peer_head},
  });
}

template <std::size_t N>
Result<ByteArray<N>> hex_member(const Json& json, std::string_view name) {
  PARLEY_TRY(const std::string text, json.string_member(name));
  PARLEY_TRY(const Bytes bytes, from_hex(text));
  return to_array<N>(bytes);
}

Result<OfferHalf> read_half(const Json& json) {
  OfferHalf half;
  PARLEY_TRY(std::string origin, json.string_member("origin"));
  half.origin = Origin(std::move(origin));
  PARLEY_TRY(const std::string key_text, json.string_member("role_key"));
  PARLEY_TRY(const Bytes key_bytes, from_base64url(key_text));
  PARLEY_TRY(const auto key, to_array<32>(key_bytes));
  half.role_key = crypto::PublicKey(key);
  PARLEY_TRY(half.padded_size, json.uint_member("padded_size"));
  PARLEY_TRY(half.set_root, hex_member<32>(json, "set_root"));
  PARLEY_TRY(half.seed_commitment, hex_member<32>(json, "seed_commitment"));
  PARLEY_TRY(half.head, json.string_member("head"));
  PARLEY_TRY(half.peer_head, json.string_member("peer_head"));
  return half;
}

Bytes signed_bytes(BytesView offer_bytes, Side side) {
  Bytes out;
  append(out, schema);
  out.push_back(0);
  out.push_back(static_cast<std::uint8_t>(side));
  append(out, offer_bytes);
  return out;
}

}  // namespace

Result<Bytes> encode_offer(const Offer& offer) {
  PARLEY_CHECK(check(offer));
  const Json json = Json::object({
      {"schema", schema},
      {"session", to_hex(offer.session.value())},
      {"exporter", to_hex(offer.exporter.value())},
      {"agreement", to_hex(offer.agreement)},
      {"purpose", offer.purpose},
      {"epoch", offer.epoch},
      {"selector_version", offer.selector_version},
      {"types", Json(Json::Array(offer.types.begin(), offer.types.end()))},
      {"output", offer.output},
      {"learner", offer.learner},
      {"hello", to_hex(offer.hello)},
      {"features", Json(Json::Array(offer.features.begin(), offer.features.end()))},
      {"protocols", Json(Json::Array(offer.protocols.begin(), offer.protocols.end()))},
      {"prefer", offer.prefer},
      {"protocol", offer.protocol},
      {"parameters", offer.parameters},
      {"initiator", half_json(offer.initiator)},
      {"responder", offer.responder ? half_json(*offer.responder) : Json()},
  });
  PARLEY_TRY(const std::string text, encoding::canonical_json(json));
  if (text.size() > max_offer_bytes) return fail(ErrorKind::bad_input, "match offer: too long");
  return to_bytes(text);
}

Result<Offer> parse_offer(BytesView bytes) {
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(bytes), offer_json_limits));
  PARLEY_TRY(const std::string name, json.string_member("schema"));
  if (name != schema) return fail(ErrorKind::bad_input, "match offer: unknown schema", "/schema");
  Offer offer;
  PARLEY_TRY(const auto session, hex_member<16>(json, "session"));
  offer.session = SessionId(session);
  PARLEY_TRY(const auto exporter, hex_member<32>(json, "exporter"));
  offer.exporter = TlsExporter(exporter);
  PARLEY_TRY(offer.agreement, hex_member<32>(json, "agreement"));
  PARLEY_TRY(offer.purpose, json.string_member("purpose"));
  PARLEY_TRY(offer.epoch, json.uint_member("epoch"));
  PARLEY_TRY(offer.selector_version, json.string_member("selector_version"));
  PARLEY_TRY(offer.types, json.strings_member("types"));
  PARLEY_TRY(offer.output, json.string_member("output"));
  PARLEY_TRY(offer.learner, json.string_member("learner"));
  PARLEY_TRY(offer.hello, hex_member<32>(json, "hello"));
  PARLEY_TRY(offer.features, json.strings_member("features"));
  PARLEY_TRY(offer.protocols, json.strings_member("protocols"));
  PARLEY_TRY(offer.prefer, json.string_member("prefer"));
  PARLEY_TRY(offer.protocol, json.string_member("protocol"));
  PARLEY_TRY(offer.parameters, json.string_member("parameters"));
  const Json* initiator = json.find("initiator");
  const Json* responder = json.find("responder");
  if (initiator == nullptr || responder == nullptr)
    return fail(ErrorKind::bad_input, "match offer: a side is missing");
  PARLEY_TRY(offer.initiator, read_half(*initiator));
  if (!responder->is_null()) {
    PARLEY_TRY(offer.responder, read_half(*responder));
  }
  // Both sides sign these very bytes: what was not written by the rule (order, spaces, further members) is
  // refused, so that a signature covers one reading only.
  PARLEY_TRY(const Bytes again, encode_offer(offer));
  if (!std::ranges::equal(again, bytes)) return fail(ErrorKind::bad_input, "match offer: not canonical");
  return offer;
}

crypto::Hash256 offer_hash(BytesView offer_bytes) {
  return crypto::sha256(offer_bytes);
}

crypto::Signature sign_offer(BytesView offer_bytes, Side side, const crypto::SigningKey& role_key) {
  return role_key.sign(signed_bytes(offer_bytes, side));
}

bool verify_offer(BytesView offer_bytes, Side side, const crypto::PublicKey& role_key,
                  const crypto::Signature& signature) {
  return crypto::verify(role_key, signed_bytes(offer_bytes, side), signature);
}

Frame make_signed_offer(const SignedOffer& offer) {
  Frame frame{FrameType::match_offer, to_bytes(BytesView(offer.signature.value()))};
  append(frame.body, offer.bytes);
  return frame;
}

Result<SignedOffer> read_signed_offer(const Frame& frame) {
  if (frame.type != FrameType::match_offer)
    return fail(ErrorKind::bad_input, "expected a match offer, got " + std::string(frame_name(frame.type)));
  ByteReader reader(frame.body);
  PARLEY_TRY(const auto signature, reader.array<64>());
  PARLEY_TRY(const BytesView bytes, reader.take(reader.remaining()));
  return SignedOffer{to_bytes(bytes), crypto::Signature(signature)};
}

}  // namespace parley::peer
