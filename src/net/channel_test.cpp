#include "net/net_fixture_test.hpp"
#include "peer/abort.hpp"

namespace parley::net {
namespace {

using namespace testing;

TEST(Channel, carries_a_session_between_two_nodes_that_pinned_each_other) {
  Pair pair;
  pair.listen();
  const auto outcome = pair.connect();
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(pair.echo->echoed, 3U);
  EXPECT_EQ(outcome->context.session.peer_origin, pair.bravo.origin);
  EXPECT_EQ(outcome->context.peer.tls_key, pair.bravo.tls.public_key());
  const auto seen = pair.ended.wait();
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->context.session.peer_origin, pair.alpha.origin);
  // Both sides bound themselves to the same connection.
  EXPECT_EQ(seen->context.session.exporter, outcome->context.session.exporter);
  EXPECT_EQ(seen->context.session.transcript, outcome->context.session.transcript);
  EXPECT_EQ(seen->bytes_sent, outcome->bytes_received);
}

TEST(Channel, gives_every_connection_another_exporter_value) {
  Pair pair;
  pair.listen();
  const auto first = pair.connect();
  const auto second = pair.connect();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->context.session.exporter, second->context.session.exporter);
}

TEST(Channel, goes_under_the_second_layer_when_both_have_its_key) {
  Pair pair;
  const auto key = std::make_shared<const crypto::Secret<32>>(ByteArray<32>{3});
  pair.alpha.layer_key = pair.bravo.layer_key = key;
  pair.listen();
  const auto outcome = pair.connect();
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_TRUE(outcome->context.session.layer_key);
  EXPECT_EQ(pair.echo->echoed, 3U);
}

TEST(Channel, holds_a_sender_back_instead_of_keeping_all_that_it_sends) {
  Pair pair;
  pair.plan = EchoPlan{.rounds = 2, .bytes = 1 << 18, .burst = 60, .echo_last = true};
  ChannelLimits limits;
  limits.queued_bytes = 300'000;  // one message and a bit: fifteen megabytes pass through it
  pair.listen(limits);
  const auto outcome = pair.connect(limits);
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(pair.echo->echoed, 2U);
  EXPECT_GT(outcome->bytes_sent, 120U << 18);
}

TEST(Channel, lets_both_sides_send_at_once_within_the_queue) {
  Pair pair;
  pair.plan = EchoPlan{.rounds = 1, .bytes = 1 << 18, .burst = 40};
  ChannelLimits limits;
  limits.queued_bytes = 12U << 20;
  pair.listen(limits);
  const auto outcome = pair.connect(limits);
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(pair.echo->echoed, 40U);
}

TEST(Channel, ends_a_failed_session_in_one_abort_that_both_sides_see) {
  Pair pair;
  pair.plan.fail_at_round = 1;
  pair.listen();
  const auto outcome = pair.connect();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::peer);
  EXPECT_EQ(outcome.error().message, "the other side aborted the session");
  ASSERT_EQ(pair.echo->aborts.size(), 1U);
  const auto abort = peer::read_abort(pair.aborts_of_bravo.wait(), pair.bravo.role.public_key());
  ASSERT_TRUE(abort) << abort.error().text();
  EXPECT_EQ(abort->session, pair.echo->session());
  // What went wrong stays with the side that found it.
  EXPECT_EQ(pair.aborted->wait().message, "a wrong message");
  EXPECT_FALSE(pair.ended.wait());
  // The node still serves.
  pair.plan.fail_at_round = -1;
  EXPECT_TRUE(pair.connect());
}

TEST(Channel, stops_a_peer_that_is_suspended_between_two_messages) {
  Pair pair;
  std::atomic<bool> suspended{false};
  pair.admit = [&](const crypto::PublicKey& key) -> Result<PeerContext> {
    if (suspended) return refuse({"peer.suspended"}, "the peer is suspended");
    PeerContext context = pair.alpha.as_peer();
    if (key != context.tls_key) return fail(ErrorKind::not_found, "unknown");
    return context;
  };
  pair.plan.on_round = [&](std::size_t round) {
    if (round == 1) suspended = true;
  };
  pair.listen();
  const auto outcome = pair.connect();
  EXPECT_FALSE(outcome);
  EXPECT_LT(pair.echo->echoed, 3U);
  EXPECT_EQ(pair.aborted->wait().rules, std::vector<std::string>{"peer.suspended"});
}

TEST(Channel, refuses_a_session_that_the_listener_does_not_want) {
  Pair pair;
  ChannelSettings settings = pair.bravo.settings(pair.alpha);
  settings.open_session = [](const SessionContext&,
                             const peer::OpenRequest&) -> Result<std::unique_ptr<peer::Machine>> {
    return refuse({"agreement.none"}, "no agreement in force");
  };
  auto server =
      PeerServer::listen(pair.bravo_loop, Address{"127.0.0.1", 0}, std::move(settings), pair.pinned);
  ASSERT_TRUE(server);
  pair.server = std::move(*server);
  const auto outcome = pair.connect();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the other side aborted the session");
}

TEST(Channel, bounds_the_sessions_and_the_bytes_of_a_peer) {
  Pair pair;
  ChannelLimits limits;
  limits.sessions_per_minute = 1;
  pair.listen(limits);
  // A minute may begin between two of them, so one of three must be refused, not one in particular.
  int refused = 0;
  for (int i = 0; i < 3; ++i) refused += pair.connect() ? 0 : 1;
  EXPECT_GE(refused, 1);
  EXPECT_NE(pair.bravo.events.wait_for("channel_failed").why.find("too many sessions"), std::string::npos);
}

TEST(Channel, refuses_more_bytes_than_a_session_may_bring) {
  Pair pair;
  ChannelLimits limits;
  limits.session_bytes = 1500;
  pair.listen(limits);
  EXPECT_FALSE(pair.connect());
  EXPECT_NE(pair.aborted->wait().message.find("more bytes"), std::string::npos);
}

TEST(Channel, finishes_a_running_session_when_the_node_shuts_down) {
  Pair pair;
  std::promise<void> running;
  pair.plan.on_round = [&](std::size_t round) {
    if (round == 0) running.set_value();
  };
  pair.plan.rounds = 200;
  pair.listen();
  std::thread stopper([&] {
    running.get_future().wait();
    pair.server->shutdown(60s);
  });
  const auto outcome = pair.connect();
  stopper.join();
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(pair.echo->echoed, 200U);
  EXPECT_EQ(pair.server->connections(), 0U);
  // Nobody is let in any more.
  EXPECT_FALSE(pair.connect());
}

TEST(Channel, aborts_a_session_that_outlasts_the_grace_of_a_shutdown) {
  Pair pair;
  std::promise<void> running;
  pair.plan.on_round = [&](std::size_t round) {
    if (round == 0) running.set_value();
  };
  pair.plan.rounds = 1'000'000'000;
  pair.listen();
  std::thread stopper([&] {
    running.get_future().wait();
    pair.server->shutdown(0ms);
  });
  const auto outcome = pair.connect();
  stopper.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the other side aborted the session");
  EXPECT_EQ(pair.aborted->wait().message, "the node is shutting down");
}

TEST(Channel, a_call_that_outlasts_the_grace_of_its_own_node_is_aborted) {
  Pair pair;
  std::promise<void> running;
  pair.plan.on_round = [&](std::size_t round) {
    if (round == 0) running.set_value();
  };
  pair.plan.rounds = 1'000'000'000;
  pair.listen();
  std::thread stopper([&] {
    running.get_future().wait();
    pair.calls.shutdown(0ms);
  });
  const auto outcome = pair.connect();
  stopper.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the node is shutting down");
  ASSERT_EQ(pair.echo->aborts.size(), 1U) << "the machine was told";
  EXPECT_EQ(pair.aborted->wait().message, "the other side aborted the session");
  // And no other begins.
  const auto late = pair.connect();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "the node is shutting down");
}

TEST(Channel, tells_a_caller_why_nobody_answers) {
  Pair pair;
  pair.listen();
  pair.server->shutdown(0ms);
  const auto outcome = pair.connect();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::peer);
  EXPECT_NE(outcome.error().message.find("connecting to 127.0.0.1:"), std::string::npos);
}

}  // namespace
}  // namespace parley::net
