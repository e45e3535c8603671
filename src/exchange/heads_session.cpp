#include "exchange/heads_session.hpp"

#include "ledger/ledger.hpp"

namespace parley::exchange {

namespace {

constexpr std::size_t max_note_bytes = 2000;

struct Heads {
  std::string own;    ///< newest checkpoint of the sender's log
  std::string other;  ///< newest of the receiver's log that the sender has seen
};

Result<peer::Frame> make_heads(Node& node, std::string_view peer) {
  PARLEY_TRY(const std::string seen, remembered_head(node, peer));
  peer::Frame frame{peer::FrameType::log_heads, {}};
  append_prefixed(frame.body, as_bytes(node.ledger().checkpoint()));
  append_prefixed(frame.body, as_bytes(seen));
  return frame;
}

Result<Heads> read_heads(const peer::Frame& frame) {
  if (frame.type != peer::FrameType::log_heads)
    return fail(ErrorKind::peer, "the peer sent a " + std::string(peer::frame_name(frame.type)) +
                                     " frame where heads were asked for");
  ByteReader reader(frame.body);
  PARLEY_TRY(const BytesView own, reader.prefixed(max_note_bytes));
  PARLEY_TRY(const BytesView other, reader.prefixed(max_note_bytes));
  PARLEY_CHECK(reader.expect_end());
  return Heads{std::string(as_text(own)), std::string(as_text(other))};
}

}  // namespace

HeadsInitiator::HeadsInitiator(Node& node, std::string peer_origin, bool confirm)
    : node_(node),
      peer_(std::move(peer_origin)),
      session_(peer::make_session_id(node.entropy())),
      confirm_(confirm) {}

Result<peer::Step> HeadsInitiator::start() {
  if (asked_) return fail(ErrorKind::conflict, "the heads were asked for already");
  asked_ = true;
  peer::Step step;
  step.send.push_back(peer::make_open({peer::SessionKind::heads, session_}));
  PARLEY_TRY(peer::Frame frame, make_heads(node_, peer_));
  step.send.push_back(std::move(frame));
  return step;
}

Result<peer::Step> HeadsInitiator::on_frame(const peer::Frame& frame) {
  if (!asked_ || result_) return fail(ErrorKind::conflict, "this session is over");
  PARLEY_TRY(const Heads heads, read_heads(frame));
  PARLEY_CHECK(remember_head(node_, peer_, heads.own));
  PARLEY_TRY(result_, take_word_on_head(node_, peer_, heads.other, confirm_));
  peer::Step step;
  step.done = true;
  return step;
}

HeadsResponder::HeadsResponder(Node& node, std::string peer_origin, peer::SessionId session)
    : node_(node), peer_(std::move(peer_origin)), session_(session) {}

Result<peer::Step> HeadsResponder::on_frame(const peer::Frame& frame) {
  if (over_) return fail(ErrorKind::conflict, "this session is over");
  over_ = true;
  PARLEY_TRY(const Heads heads, read_heads(frame));
  // Answered with what was known before: what the asker says of itself now confirms nothing.
  PARLEY_TRY(peer::Frame answer, make_heads(node_, peer_));
  PARLEY_CHECK(remember_head(node_, peer_, heads.own));
  PARLEY_CHECK(take_word_on_head(node_, peer_, heads.other, false));
  peer::Step step;
  step.send.push_back(std::move(answer));
  step.done = true;
  return step;
}

}  // namespace parley::exchange
