#include "peer/seal.hpp"

#include <algorithm>

#include "crypto/aead.hpp"
#include "crypto/hash.hpp"

namespace parley::peer {
namespace {

constexpr std::string_view label = "parley/seal/1";

static_assert(max_frame_body >= max_chunk_bytes + 1 + crypto::seal_overhead);

crypto::Secret<32> direction_key(const PeerSession& session, const crypto::Secret<32>& key, Side sender) {
  Bytes info;
  append(info, label);
  info.push_back(0);
  info.push_back(static_cast<std::uint8_t>(sender));
  Bytes bytes = crypto::hkdf_sha256(key.view(), session.transcript, info, 32);
  crypto::Secret<32> out;
  std::ranges::copy(bytes, out.mutable_view().begin());
  crypto::wipe(bytes);
  return out;
}

Bytes sequence(std::uint64_t number) {
  Bytes out;
  append_u64(out, number);
  return out;
}

}  // namespace

FrameSealer::FrameSealer(const PeerSession& session, const crypto::Secret<32>& key)
    : send_key_(direction_key(session, key, session.side)),
      receive_key_(
          direction_key(session, key, session.side == Side::initiator ? Side::responder : Side::initiator)) {}

Frame FrameSealer::seal(const Frame& frame, Entropy& entropy) {
  Bytes plain;
  plain.reserve(frame.body.size() + 1);
  plain.push_back(static_cast<std::uint8_t>(frame.type));
  append(plain, frame.body);
  return {FrameType::sealed, crypto::seal(send_key_, sequence(sent_++), plain, entropy)};
}

Result<Frame> FrameSealer::open(const Frame& sealed) {
  if (sealed.type != FrameType::sealed)
    return fail(ErrorKind::peer, "the peer sent a " + std::string(frame_name(sealed.type)) +
                                     " frame outside the second encryption layer");
  auto plain = crypto::open(receive_key_, sequence(received_), sealed.body);
  if (!plain)
    return fail(ErrorKind::peer,
                "a frame does not open under the pairing secrets; exchange and accept invitations again");
  if (plain->empty()) return fail(ErrorKind::bad_input, "a sealed frame is empty");
  ++received_;
  const auto type = static_cast<FrameType>(plain->front());
  const auto limit = frame_limit(type);
  if (!limit || type == FrameType::sealed || type == FrameType::hello || type == FrameType::hello_proof ||
      plain->size() - 1 > *limit)
    return fail(ErrorKind::bad_input, "a sealed frame holds what may not be sealed, or too much of it");
  return Frame{type, Bytes(plain->begin() + 1, plain->end())};
}

}  // namespace parley::peer
