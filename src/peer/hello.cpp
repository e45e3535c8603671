#include "peer/hello.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace parley::peer {
namespace {

constexpr std::string_view proof_label = "parley/hello/1";
constexpr std::string_view transcript_label = "parley/hello-transcript/1";

bool is_feature(std::string_view text) {
  return !text.empty() && text.size() <= max_feature_bytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-';
  });
}

void append_short(Bytes& out, std::string_view text) {
  out.push_back(static_cast<std::uint8_t>(text.size()));
  append(out, text);
}

Result<std::string> take_short(ByteReader& reader) {
  PARLEY_TRY(const std::uint8_t size, reader.u8());
  PARLEY_TRY(const BytesView bytes, reader.take(size));
  return std::string(as_text(bytes));
}

/// Both ends may be offered; the highest version in both ranges is used.
std::optional<std::uint16_t> common_version(VersionRange a, VersionRange b) {
  const std::uint16_t version = std::min(a.max, b.max);
  if (version < std::max(a.min, b.min)) return std::nullopt;
  return version;
}

std::string range_text(VersionRange range) {
  return std::to_string(range.min) + " to " + std::to_string(range.max);
}

}  // namespace

RoleKeyId role_key_id(const crypto::PublicKey& key) {
  return RoleKeyId(crypto::sha256(key.value()));
}

bool is_origin(std::string_view text) {
  return !text.empty() && text.size() <= max_origin_bytes &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '+'; });
}

Bytes encode_hello(const Hello& hello) {
  Bytes out;
  out.push_back(static_cast<std::uint8_t>(hello.side));
  append_u16(out, hello.versions.min);
  append_u16(out, hello.versions.max);
  out.push_back(static_cast<std::uint8_t>(hello.features.size()));
  for (const std::string& feature : hello.features) append_short(out, feature);
  append_short(out, hello.origin.value());
  append(out, hello.role_key.value());
  append(out, hello.nonce.value());
  return out;
}

Result<Hello> parse_hello(BytesView body) {
  ByteReader reader(body);
  Hello hello;
  PARLEY_TRY(const std::uint8_t side, reader.u8());
  if (side != 1 && side != 2) return fail(ErrorKind::bad_input, "hello: side is neither 1 nor 2");
  hello.side = static_cast<Side>(side);
  PARLEY_TRY(hello.versions.min, reader.u16());
  PARLEY_TRY(hello.versions.max, reader.u16());
  if (hello.versions.min == 0 || hello.versions.min > hello.versions.max)
    return fail(ErrorKind::bad_input, "hello: not a version range: " + range_text(hello.versions));
  PARLEY_TRY(const std::uint8_t count, reader.u8());
  if (count > max_features)
    return fail(ErrorKind::bad_input, "hello: " + std::to_string(count) + " features, at most " +
                                          std::to_string(max_features) + " are allowed");
  for (std::uint8_t i = 0; i < count; ++i) {
    PARLEY_TRY(std::string feature, take_short(reader));
    if (!is_feature(feature) || (i > 0 && hello.features.back() >= feature))
      return fail(ErrorKind::bad_input, "hello: features must be sorted, distinct and of a-z 0-9 . / -");
    hello.features.push_back(std::move(feature));
  }
  PARLEY_TRY(std::string origin, take_short(reader));
  if (!is_origin(origin)) return fail(ErrorKind::bad_input, "hello: not an origin");
  hello.origin = Origin(std::move(origin));
  PARLEY_TRY(const auto key, reader.array<32>());
  hello.role_key = RoleKeyId(key);
  PARLEY_TRY(const auto nonce, reader.array<32>());
  hello.nonce = Nonce(nonce);
  PARLEY_CHECK(reader.expect_end());
  return hello;
}

HelloMachine::HelloMachine(HelloConfig config, Entropy& entropy) : config_(std::move(config)) {
  PARLEY_ASSERT(config_.role_key != nullptr);
  if (config_.peer.layer_key) config_.features.emplace_back(seal_feature);
  std::ranges::sort(config_.features);
  const auto twice = std::ranges::unique(config_.features);
  config_.features.erase(twice.begin(), twice.end());
  PARLEY_ASSERT(config_.features.size() <= max_features && std::ranges::all_of(config_.features, is_feature));
  PARLEY_ASSERT(is_origin(config_.own_origin.value()));
  own_ = {config_.side,
          config_.versions,
          config_.features,
          config_.own_origin,
          role_key_id(config_.role_key->public_key()),
          Nonce(entropy.array<32>())};
  own_body_ = encode_hello(own_);
}

Result<HelloMachine::Step> HelloMachine::start() {
  if (state_ != State::fresh) return fail(ErrorKind::internal, "this hello has already begun");
  if (config_.peer.suspended) {
    state_ = State::failed;
    return refuse({"peer-suspended"}, config_.peer.origin.value() + " is suspended: resume it to talk to it");
  }
  state_ = State::wait_hello;
  Step step;
  if (config_.side == Side::initiator) step.send.push_back({FrameType::hello, own_body_});
  return step;
}

Result<HelloMachine::Step> HelloMachine::on_frame(const Frame& frame) {
  auto step = advance(frame);
  if (!step) state_ = State::failed;
  return step;
}

Result<HelloMachine::Step> HelloMachine::advance(const Frame& frame) {
  Step step;
  if (state_ == State::wait_hello && frame.type == FrameType::hello) {
    PARLEY_TRY(peer_, parse_hello(frame.body));
    peer_body_ = frame.body;
    PARLEY_CHECK(check_peer(peer_));
    if (config_.side == Side::responder) {
      // Said even when no version is common, so that the other side can tell its operator why.
      step.send.push_back({FrameType::hello, own_body_});
      step.send.push_back({FrameType::hello_proof, proof()});
    }
    state_ = State::wait_proof;
    return step;
  }
  if (state_ == State::wait_proof && frame.type == FrameType::hello_proof) {
    PARLEY_TRY(const auto bytes, to_array<64>(frame.body));
    const Side signer = peer_.side;
    if (!crypto::verify(config_.peer.role_key, signed_bytes(signer), crypto::Signature(bytes)))
      return fail(ErrorKind::peer, "hello: the signature of " + config_.peer.origin.value() +
                                       " is wrong; it may not be who it says it is");
    const auto version = common_version(own_.versions, peer_.versions);
    if (!version)
      return fail(ErrorKind::peer, "hello: no common protocol version: this node speaks " +
                                       range_text(own_.versions) + ", " + peer_.origin.value() + " speaks " +
                                       range_text(peer_.versions) + "; update the older one");
    version_ = *version;
    if (config_.side == Side::initiator) step.send.push_back({FrameType::hello_proof, proof()});
    step.session = make_session();
    state_ = State::done;
    return step;
  }
  return fail(ErrorKind::bad_input, "hello: unexpected " + std::string(frame_name(frame.type)) + " frame");
}

Result<void> HelloMachine::check_peer(const Hello& hello) {
  if (hello.side == own_.side || hello.nonce == own_.nonce || hello.origin == own_.origin ||
      hello.role_key == own_.role_key)
    return fail(ErrorKind::peer, "hello: the peer sent this node's own hello back");
  if (hello.origin != config_.peer.origin)
    return fail(ErrorKind::peer, "hello: expected " + config_.peer.origin.value() +
                                     ", but the peer says it is " + hello.origin.value());
  if (hello.role_key != role_key_id(config_.peer.role_key))
    return fail(ErrorKind::peer,
                "hello: " + hello.origin.value() + " uses another role key than its invitation named");
  const bool sealed = std::ranges::find(hello.features, seal_feature) != hello.features.end();
  if (sealed != (config_.peer.layer_key != nullptr))
    return fail(ErrorKind::peer,
                "hello: only one side has both pairing secrets; each must accept the other's "
                "newest invitation");
  return {};
}

Bytes HelloMachine::proof() const {
  const crypto::Signature signature = config_.role_key->sign(signed_bytes(config_.side));
  return to_bytes(BytesView(signature.value()));
}

Bytes HelloMachine::transcript_bytes(std::string_view label) const {
  const bool first = config_.side == Side::initiator;
  Bytes out;
  append(out, label);
  out.push_back(0);
  append(out, config_.exporter.value());
  append_prefixed(out, first ? own_body_ : peer_body_);
  append_prefixed(out, first ? peer_body_ : own_body_);
  return out;
}

Bytes HelloMachine::signed_bytes(Side signer) const {
  Bytes out = transcript_bytes(proof_label);
  out.push_back(static_cast<std::uint8_t>(signer));
  return out;
}

PeerSession HelloMachine::make_session() const {
  PeerSession session;
  session.side = config_.side;
  session.version = version_;
  std::ranges::set_intersection(own_.features, peer_.features, std::back_inserter(session.features));
  session.own_origin = own_.origin;
  session.peer_origin = peer_.origin;
  session.peer_role_key = config_.peer.role_key;
  session.exporter = config_.exporter;
  session.layer_key = config_.peer.layer_key;
  session.transcript = crypto::sha256(transcript_bytes(transcript_label));
  return session;
}

}  // namespace parley::peer
