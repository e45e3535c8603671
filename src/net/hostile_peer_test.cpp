#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

#include "net/openssl.hpp"
#include "net/raw_peer_test.hpp"
#include "peer/abort.hpp"

namespace parley::net {
namespace {

using namespace testing;

// Every test ends here: whatever a hostile peer did, the next honest one is served.
void expect_still_serving(Pair& pair) {
  pair.plan = EchoPlan{};
  pair.plan.rounds = 2;
  const auto outcome = pair.connect();
  EXPECT_TRUE(outcome) << outcome.error().text();
}

peer::Frame open_frame(std::uint8_t id) {
  return peer::make_open({peer::SessionKind::match, peer::SessionId(ByteArray<16>{id})});
}

using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

TEST(HostilePeer, with_an_unknown_key_gets_no_byte_of_content) {
  Pair pair;
  pair.listen();
  const Party stranger("stranger.example.org/log");
  RawPeer raw(pair.server->address(), stranger);
  // In TLS 1.3 a client finishes before the server has looked at its certificate: what counts is that the
  // server never writes.
  static_cast<void>(raw.handshake());
  raw.write(write_upgrade_request("127.0.0.1"));
  EXPECT_EQ(raw.read_to_end(), "");
  const Event event = pair.bravo.events.wait_for("peer_refused");
  EXPECT_EQ(event.severity, Severity::warning);
  EXPECT_NE(event.why.find("handshake"), std::string::npos);
  EXPECT_TRUE(event.address.starts_with("127.0.0.1:"));
  EXPECT_EQ(pair.bravo.events.count("peer_refused"), 1U);
  expect_still_serving(pair);
}

TEST(HostilePeer, that_is_suspended_gets_no_byte_of_content) {
  Pair pair;
  std::atomic<bool> suspended{true};
  pair.admit = [&](const crypto::PublicKey&) -> Result<PeerContext> {
    if (suspended) return refuse({"peer.suspended"}, "the peer is suspended");
    return pair.alpha.as_peer();
  };
  pair.listen();
  RawPeer raw(pair.server->address(), pair.alpha);
  static_cast<void>(raw.handshake());
  raw.write(write_upgrade_request("127.0.0.1"));
  EXPECT_EQ(raw.read_to_end(), "");
  EXPECT_NE(pair.bravo.events.wait_for("peer_refused").why.find("suspended"), std::string::npos);
  suspended = false;
  expect_still_serving(pair);
}

// A key that claims Alpha's public half and signs with another private one: what somebody has who copied
// Alpha's certificate from the wire.
PkeyPtr make_stolen_key(const crypto::PublicKey& claimed, const crypto::SigningKey& own) {
  ByteArray<32> public_half = claimed.value();
  ByteArray<32> private_half = *to_array<32>(own.seed().view());
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string("pub", public_half.data(), public_half.size()),
      OSSL_PARAM_construct_octet_string("priv", private_half.data(), private_half.size()),
      OSSL_PARAM_construct_end()};
  std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "ED25519", nullptr));
  EVP_PKEY* key = nullptr;
  EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters), 1);
  return PkeyPtr(key);
}

TEST(HostilePeer, with_the_certificate_but_not_the_key_of_a_peer_is_refused) {
  Pair pair;
  pair.listen();
  const Party thief("thief.example.org/log");
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  const auto certificate = read_certificate(pair.alpha.certificate);
  const PkeyPtr key = make_stolen_key(pair.alpha.tls.public_key(), thief.tls);
  ASSERT_EQ(SSL_CTX_use_certificate(context.get(), certificate->get()), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey(context.get(), key.get()), 1);
  RawPeer raw(pair.server->address(), context.get());
  static_cast<void>(raw.handshake());
  raw.write(write_upgrade_request("127.0.0.1"));
  EXPECT_EQ(raw.read_to_end(), "");
  const Event event = pair.bravo.events.wait_for("peer_refused");
  EXPECT_NE(event.why.find("signature"), std::string::npos) << event.why;
  expect_still_serving(pair);
}

TEST(HostilePeer, that_answers_in_the_place_of_another_is_found_out_by_the_caller) {
  Pair pair;
  pair.listen();
  const Party charlie("charlie.example.org/log");
  const auto outcome = pair.connect_as(pair.alpha.settings(pair.bravo), charlie.tls.public_key());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::peer);
  EXPECT_NE(outcome.error().message.find("certificate verify failed"), std::string::npos)
      << outcome.error().message;
  EXPECT_FALSE(pair.echo);
  expect_still_serving(pair);
}

TEST(HostilePeer, that_holds_the_tls_key_but_not_the_role_key_fails_the_hello) {
  Pair pair;
  pair.listen();
  Party half("alpha.example.org/log");
  half.role = crypto::SigningKey::generate(half.entropy);
  RawPeer raw(pair.server->address(), pair.alpha);
  ASSERT_TRUE(raw.upgrade());
  raw.hello(half, pair.bravo);
  ASSERT_FALSE(raw.answers().empty());
  const peer::Frame last = raw.answers().back();
  EXPECT_EQ(last.type, peer::FrameType::abort);
  EXPECT_TRUE(peer::read_abort(as_text(last.body), pair.bravo.role.public_key()));
  expect_still_serving(pair);
}

TEST(HostilePeer, cannot_talk_tls_1_2) {
  Pair pair;
  pair.listen();
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  auto certificate = read_certificate(pair.alpha.certificate);
  auto key = ed25519_key(pair.alpha.tls);
  SSL_CTX_use_certificate(context.get(), certificate->get());
  SSL_CTX_use_PrivateKey(context.get(), key->get());
  RawPeer raw(pair.server->address(), context.get());
  EXPECT_FALSE(raw.handshake());
  pair.bravo.events.wait_for("peer_refused");
  expect_still_serving(pair);
}

TEST(HostilePeer, without_a_certificate_is_refused) {
  Pair pair;
  pair.listen();
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  RawPeer raw(pair.server->address(), context.get());
  static_cast<void>(raw.handshake());
  EXPECT_EQ(raw.read_to_end(), "");
  pair.bravo.events.wait_for("peer_refused");
  expect_still_serving(pair);
}

TEST(HostilePeer, gets_no_ticket_to_resume_with) {
  Pair pair;
  pair.listen();
  RawPeer raw(pair.server->address(), pair.alpha);
  ASSERT_TRUE(raw.upgrade());
  ASSERT_TRUE(raw.hello(pair.alpha, pair.bravo));
  EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get0_session(raw.ssl())), 0);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(SSL_get0_session(raw.ssl())), 0U);
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get0_session(raw.ssl())), 0);
}

// Where a peer may stop for ever or go away.
enum class Stage { tcp, tls_bytes, tls, http_half, http, hello_half, hello, opened, frame_half, in_session };
constexpr Stage stages[] = {Stage::tcp,        Stage::tls_bytes,  Stage::tls,   Stage::http_half,
                            Stage::http,       Stage::hello_half, Stage::hello, Stage::opened,
                            Stage::frame_half, Stage::in_session};

// Goes as far as `stage` and no further.
void go_to(Stage stage, RawPeer& raw, Pair& pair) {
  if (stage == Stage::tcp) return;
  if (stage == Stage::tls_bytes) {
    ASSERT_EQ(::send(raw.socket(), "\x16\x03\x01\x02", 4, MSG_NOSIGNAL), 4);
    return;
  }
  ASSERT_TRUE(raw.handshake());
  if (stage == Stage::tls) return;
  const std::string request = write_upgrade_request("127.0.0.1");
  if (stage == Stage::http_half) {
    raw.write(std::string_view(request).substr(0, 30));
    return;
  }
  ASSERT_TRUE(raw.write(request));
  ASSERT_TRUE(check_upgrade_answer(raw.read_head()));
  if (stage == Stage::http) return;
  if (stage == Stage::hello_half) {
    raw.write(as_text(Bytes{0, 0, 0, 60, 1, 1, 1}));
    return;
  }
  ASSERT_TRUE(raw.hello(pair.alpha, pair.bravo));
  if (stage == Stage::hello) return;
  ASSERT_TRUE(raw.write(open_frame(1)));
  if (stage == Stage::opened) return;
  if (stage == Stage::frame_half) {
    raw.write(as_text(Bytes{0, 0, 1, 0, 0x33, 1, 2, 3}));
    return;
  }
  ASSERT_TRUE(raw.write(message_frame(100, 1)));
  EXPECT_EQ(raw.read_frame(), message_frame(100, 1));
}

class AtEveryStage : public ::testing::TestWithParam<Stage> {};

TEST_P(AtEveryStage, a_stalled_peer_is_given_up_and_others_are_served_meanwhile) {
  Pair pair;
  pair.listen(short_limits());
  RawPeer raw(pair.server->address(), pair.alpha);
  go_to(GetParam(), raw, pair);
  expect_still_serving(pair);  // while it stalls
  // Given up: the connection ends although this side says nothing.
  if (GetParam() <= Stage::tls_bytes)
    drain(raw.socket());
  else
    raw.read_to_end();
  expect_still_serving(pair);
}

TEST_P(AtEveryStage, a_peer_that_disconnects_leaves_nothing_behind) {
  Pair pair;
  pair.listen();
  {
    RawPeer raw(pair.server->address(), pair.alpha);
    go_to(GetParam(), raw, pair);
    raw.disconnect();
  }
  if (GetParam() >= Stage::opened) {
    EXPECT_EQ(pair.aborted->wait().kind, ErrorKind::peer);
    EXPECT_FALSE(pair.ended.wait());
  }
  expect_still_serving(pair);
  pair.server->shutdown(10s);
  EXPECT_EQ(pair.server->connections(), 0U);
}

TEST_P(AtEveryStage, garbage_ends_the_connection_and_nothing_else) {
  Pair pair;
  pair.listen();
  RawPeer raw(pair.server->address(), pair.alpha);
  go_to(GetParam(), raw, pair);
  const std::string garbage(20'000, '\xff');
  if (GetParam() <= Stage::tls_bytes) {
    ::send(raw.socket(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
    drain(raw.socket());
  } else {
    raw.write(garbage);
    raw.read_to_end();
  }
  pair.bravo.events.wait_for(GetParam() <= Stage::http_half ? "peer_refused" : "channel_failed");
  expect_still_serving(pair);
}

INSTANTIATE_TEST_SUITE_P(HostilePeer, AtEveryStage, ::testing::ValuesIn(stages));

TEST(HostilePeer, that_announces_an_oversized_frame_is_aborted_at_its_header) {
  Pair pair;
  pair.listen();
  RawPeer raw(pair.server->address(), pair.alpha);
  ASSERT_TRUE(raw.upgrade());
  ASSERT_TRUE(raw.hello(pair.alpha, pair.bravo));
  ASSERT_TRUE(raw.write(open_frame(1)));
  raw.write(as_text(Bytes{0x7f, 0xff, 0xff, 0xff, 0x33}));
  EXPECT_EQ(raw.read_frame().type, peer::FrameType::abort);
  EXPECT_EQ(pair.aborted->wait().kind, ErrorKind::bad_input);
  expect_still_serving(pair);
}

TEST(HostilePeer, whose_abort_is_not_its_own_ends_the_session_and_leaves_no_statement) {
  Pair pair;
  pair.plan.rounds = 5;
  pair.listen();
  const Party stranger("stranger.example.org/log");
  for (const bool own_key : {false, true}) {
    pair.aborted = std::make_shared<Box<Error>>();
    RawPeer raw(pair.server->address(), pair.alpha);
    ASSERT_TRUE(raw.upgrade());
    ASSERT_TRUE(raw.hello(pair.alpha, pair.bravo));
    ASSERT_TRUE(raw.write(open_frame(1)));
    // Another's signature; or our own, over the abort of another session.
    const peer::Abort abort{.node = pair.alpha.origin,
                            .counterparty = pair.bravo.origin,
                            .kind = "match",
                            .session = peer::SessionId(ByteArray<16>{9}),
                            .offer = std::nullopt,
                            .created = pair.alpha.clock.now()};
    const auto jws = peer::sign_abort(abort, pair.alpha.entropy, own_key ? pair.alpha.role : stranger.role);
    ASSERT_TRUE(raw.write(peer::make_abort_frame(*jws)));
    const peer::Frame answer = raw.read_frame();
    EXPECT_EQ(answer.type, peer::FrameType::abort);
    EXPECT_NE(pair.aborted->wait().message.find("with an abort"), std::string::npos);
    EXPECT_FALSE(pair.aborts_of_alpha.has());
  }
  expect_still_serving(pair);
}

TEST(HostilePeer, that_floods_a_session_meets_its_end) {
  Pair pair;
  ChannelLimits limits;
  limits.bytes_per_minute = 4U << 20;
  limits.queued_bytes = 1U << 20;
  pair.plan.rounds = 1'000'000;
  pair.listen(limits);
  RawPeer raw(pair.server->address(), pair.alpha);
  ASSERT_TRUE(raw.upgrade());
  ASSERT_TRUE(raw.hello(pair.alpha, pair.bravo));
  ASSERT_TRUE(raw.write(open_frame(1)));
  // Writes until it cannot; it reads nothing, so the echoes fill its buffers as well.
  const peer::Frame frame = message_frame(1 << 16, 5);
  for (int i = 0; i < 10'000; ++i)
    if (!raw.write(frame)) break;
  const Error reason = pair.aborted->wait();
  EXPECT_TRUE(reason.kind == ErrorKind::peer || reason.rules == std::vector<std::string>{"quota.bytes"})
      << reason.text();
  EXPECT_FALSE(pair.ended.wait());
}

TEST(HostilePeer, cannot_replay_a_hello_on_another_connection) {
  Pair pair;
  pair.listen();
  RawPeer first(pair.server->address(), pair.alpha);
  ASSERT_TRUE(first.upgrade());
  ASSERT_TRUE(first.hello(pair.alpha, pair.bravo));
  RawPeer second(pair.server->address(), pair.alpha);
  ASSERT_TRUE(second.upgrade());
  for (const peer::Frame& frame : first.hello_frames()) second.write(frame);
  peer::Frame last;
  for (peer::Frame frame = second.read_frame(); !frame.body.empty(); frame = second.read_frame())
    last = frame;
  EXPECT_EQ(last.type, peer::FrameType::abort);
  pair.bravo.events.wait_for("channel_failed");
  expect_still_serving(pair);
}

TEST(HostilePeer, that_sends_content_before_its_hello_is_aborted) {
  Pair pair;
  pair.listen();
  RawPeer raw(pair.server->address(), pair.alpha);
  ASSERT_TRUE(raw.upgrade());
  raw.write(open_frame(1));
  EXPECT_EQ(raw.read_frame().type, peer::FrameType::abort);
  EXPECT_FALSE(pair.ended.has());
  expect_still_serving(pair);
}

TEST(HostilePeer, that_asks_for_something_else_is_told_so_in_http) {
  for (const auto& [request, status] :
       {std::pair{"GET /peer/v1/channel HTTP/1.1\r\nHost: a\r\n\r\n", " 405 "},
        std::pair{"POST /admin HTTP/1.1\r\nHost: a\r\n\r\n", " 404 "},
        std::pair{"POST /peer/v1/channel HTTP/1.1\r\nHost: a\r\n\r\n", " 426 "},
        std::pair{"POST /peer/v1/channel HTTP/1.0\r\nHost: a\r\n\r\n", " 505 "},
        std::pair{"POST /peer/v1/channel HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                  " 501 "}}) {
    Pair pair;
    pair.listen();
    RawPeer raw(pair.server->address(), pair.alpha);
    ASSERT_TRUE(raw.handshake());
    raw.write(std::string_view(request));
    const std::string answer = raw.read_to_end();
    EXPECT_NE(answer.find(status), std::string::npos) << request << "\n" << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
}

TEST(HostilePeer, cannot_take_all_connections_of_its_address_or_of_its_key) {
  Pair pair;
  ChannelLimits limits;
  limits.unproven_per_address = 2;
  limits.connections_per_peer = 1;
  pair.listen(limits);
  const Descriptor one = tcp_to(pair.server->address());
  const Descriptor two = tcp_to(pair.server->address());
  const Descriptor three = tcp_to(pair.server->address());
  // The first is closed without a word to make room for the third.
  EXPECT_EQ(drain(one.get()), "");
  pair.bravo.events.wait_for("peer_refused");
  expect_still_serving(pair);
}

TEST(HostilePeer, that_says_nothing_on_every_connection_keeps_no_honest_one_out) {
  Pair pair;
  ChannelLimits limits;
  limits.connections = 4;
  limits.unproven_per_address = 100;
  pair.listen(limits);
  // A channel of a proven peer is never cut for a stranger.
  RawPeer proven(pair.server->address(), pair.alpha);
  ASSERT_TRUE(proven.upgrade());
  ASSERT_TRUE(proven.hello(pair.alpha, pair.bravo));
  // An answer shows that the server has seen the proof.
  ASSERT_TRUE(proven.write(open_frame(1)));
  ASSERT_TRUE(proven.write(message_frame(10, 5)));
  ASSERT_EQ(proven.read_frame().type, peer::FrameType::match_message);
  std::vector<Descriptor> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(tcp_to(pair.server->address()));
  for (int i = 0; i < 16; ++i) EXPECT_EQ(drain(silent[static_cast<std::size_t>(i)].get()), "") << i;
  expect_still_serving(pair);
  ASSERT_TRUE(proven.write(message_frame(10, 5)));
  EXPECT_EQ(proven.read_frame().type, peer::FrameType::match_message);
}

TEST(HostilePeer, fills_no_log_with_its_refusals) {
  Pair pair;
  ChannelLimits limits;
  limits.refusal_lines_per_minute = 2;
  pair.listen(limits);
  const Party stranger("stranger.example.org/log");
  for (int i = 0; i < 12; ++i) {
    RawPeer raw(pair.server->address(), stranger);
    static_cast<void>(raw.handshake());
    EXPECT_EQ(raw.read_to_end(), "");
  }
  // All twelve have ended when an honest peer was served; a minute may have turned in between, once.
  expect_still_serving(pair);
  EXPECT_LE(pair.bravo.events.count("peer_refused"), 4U);
  EXPECT_GE(pair.bravo.events.count("peer_refused"), 2U);
}

TEST(HostilePeer, has_one_channel_when_that_is_its_quota) {
  Pair pair;
  ChannelLimits limits;
  limits.connections_per_peer = 1;
  pair.listen(limits);
  RawPeer first(pair.server->address(), pair.alpha);
  ASSERT_TRUE(first.upgrade());
  ASSERT_TRUE(first.hello(pair.alpha, pair.bravo));
  RawPeer second(pair.server->address(), pair.alpha);
  static_cast<void>(second.upgrade());
  EXPECT_EQ(second.read_to_end(), "");
  EXPECT_NE(pair.bravo.events.wait_for("peer_refused").why.find("too many connections"), std::string::npos);
}

TEST(HostilePeer, that_never_reads_cannot_hold_a_session_for_ever) {
  Pair pair;
  pair.plan.rounds = 1'000'000;
  pair.listen(short_limits());
  RawPeer raw(pair.server->address(), pair.alpha);
  ASSERT_TRUE(raw.upgrade());
  ASSERT_TRUE(raw.hello(pair.alpha, pair.bravo));
  ASSERT_TRUE(raw.write(open_frame(1)));
  const peer::Frame frame = message_frame(1 << 18, 5);
  for (int i = 0; i < 10'000; ++i)
    if (!raw.write(frame)) break;
  EXPECT_EQ(pair.aborted->wait().message, "the other side was too slow: reading what we send");
  expect_still_serving(pair);
}

}  // namespace
}  // namespace parley::net
