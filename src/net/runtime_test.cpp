#include <openssl/x509v3.h>

#include <atomic>
#include <csignal>

#include "net/address.hpp"
#include "net/net_fixture_test.hpp"
#include "net/openssl.hpp"
#include "net/quota.hpp"
#include "net/threaded_background.hpp"
#include "net/threaded_parallel.hpp"
#include "net/wait_gauge.hpp"

namespace parley::net {
namespace {

using namespace testing;

TEST(Address, reads_names_and_literals) {
  EXPECT_EQ(*parse_address("192.0.2.1:8443"), (Address{"192.0.2.1", 8443}));
  EXPECT_EQ(*parse_address("node.example.org:1"), (Address{"node.example.org", 1}));
  EXPECT_EQ(*parse_address("[2001:db8::1]:0"), (Address{"2001:db8::1", 0}));
  EXPECT_EQ(parse_address("[2001:db8::1]:65535")->text(), "[2001:db8::1]:65535");
}

TEST(Address, refuses_everything_else) {
  for (const std::string_view text : {"", ":1", "a", "a:", "a:65536", "a:-1", "a:01", "a:1x", "2001:db8::1:1",
                                      "[]:1", "a b:1", "a/b:1", "[a-b]:1"})
    EXPECT_FALSE(parse_address(text)) << text;
}

class WaitGaugeTest : public ::testing::Test {
 protected:
  using Step = std::chrono::microseconds;
  /// Turns of waiting and work; whether it was busy in the end.
  bool after(int turns, Step waiting, Step work) {
    bool out = false;
    for (int i = 0; i < turns; ++i) {
      gauge.begin_waiting(now);
      now += waiting;
      out = gauge.is_busy(now);
      now += work;
    }
    return out;
  }
  WaitGauge::Time now{std::chrono::hours(5)};
  WaitGauge gauge{now};
};

TEST_F(WaitGaugeTest, a_thread_is_busy_that_waits_for_less_than_half_of_its_time) {
  EXPECT_FALSE(gauge.is_busy(now)) << "nothing is known yet";
  EXPECT_FALSE(after(200, Step(51), Step(49)));
  EXPECT_TRUE(after(200, Step(49), Step(51)));
  EXPECT_FALSE(after(200, Step(100), Step(0)));
  EXPECT_TRUE(after(200, Step(0), Step(100)));
}

TEST_F(WaitGaugeTest, waiting_counts_though_nobody_asks_behind_it) {
  for (int i = 0; i < 100; ++i) {
    gauge.begin_waiting(now);
    now += Step(90);
    gauge.end_waiting(now);
    now += Step(5);
    EXPECT_FALSE(after(1, Step(0), Step(5)));
  }
}

TEST_F(WaitGaugeTest, only_the_last_stretch_counts) {
  EXPECT_TRUE(after(1'000, Step(0), Step(100)));
  EXPECT_FALSE(after(1, std::chrono::hours(1), Step(100))) << "nobody came for an hour";
  EXPECT_FALSE(after(40, Step(0), Step(100))) << "four milliseconds";
  EXPECT_TRUE(after(20, Step(0), Step(100)));
}

TEST_F(WaitGaugeTest, work_that_is_not_interrupted_counts_when_it_is_asked_about) {
  now += WaitGauge::stretch;
  EXPECT_TRUE(gauge.is_busy(now));
  gauge.begin_waiting(now);
  now += 2 * WaitGauge::stretch;
  EXPECT_FALSE(gauge.is_busy(now));
}

TEST(ThreadedBackground, does_one_piece_of_work_after_another_on_a_thread_of_its_own) {
  ThreadedBackground beside;
  EXPECT_TRUE(beside.is_idle());
  beside.wait();
  std::thread::id where;
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    beside.begin([&] {
      where = std::this_thread::get_id();
      ++done;
    });
    if (i % 2 == 0) {
      beside.wait();
    } else {
      while (!beside.is_idle()) std::this_thread::yield();
    }
    EXPECT_EQ(done, i + 1);
  }
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(ThreadedBackground, waits_for_its_work_when_it_goes) {
  bool done = false;
  std::promise<void> may_end;
  std::thread later;
  {
    ThreadedBackground beside;
    beside.begin([&, until = may_end.get_future().share()] {
      until.wait();
      done = true;
    });
    EXPECT_FALSE(beside.is_idle());
    later = std::thread([&] { may_end.set_value(); });
  }
  EXPECT_TRUE(done);
  later.join();
}

TEST(NodeLoop, counts_the_time_of_the_tasks_that_have_ended) {
  using namespace std::chrono_literals;
  NodeLoop loop;
  const auto busy = [&] {
    return loop.run([&]() -> Result<std::chrono::nanoseconds> { return loop.busy(); });
  };
  const auto before = *busy();
  static_cast<void>(loop.run([]() -> Result<void> {
    const auto end = std::chrono::steady_clock::now() + 3ms;
    while (std::chrono::steady_clock::now() < end) continue;
    return {};
  }));
  EXPECT_GE(*busy() - before, 3ms);
}

TEST(Certificate, is_the_same_for_the_same_key_and_names_only_the_key) {
  SystemEntropy entropy;
  const auto key = crypto::SigningKey::generate(entropy);
  const auto one = make_certificate(key, "alpha.example.org/log");
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, *make_certificate(key, "alpha.example.org/log"));
  EXPECT_EQ(*certificate_key(*one), key.public_key());
  EXPECT_TRUE(make_certificate(key, std::string(255, 'a')));
}

TEST(Certificate, for_browsers_holds_no_ed25519_key) {
  const auto made =
      make_https_certificate({"node.example.org", "192.0.2.7"}, Timestamp::from_seconds(1'800'000'000));
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_TRUE(made->key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
  const auto key = certificate_key(made->certificate_pem);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, ErrorKind::bad_input);
  const auto certificate = read_certificate(made->certificate_pem);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(X509_check_host(certificate->get(), "node.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate->get(), "192.0.2.7", 0), 1);
  EXPECT_EQ(X509_check_host(certificate->get(), "other.example.org", 0, 0, nullptr), 0);
  EXPECT_FALSE(make_https_certificate({"a,DNS:b"}, Timestamp()));
}

TEST(Certificate, that_is_not_one_is_bad_input) {
  for (const std::string_view pem :
       {"", "x", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"})
    EXPECT_FALSE(certificate_key(pem)) << pem;
}

TEST(SystemEntropy, does_not_repeat_itself) {
  SystemEntropy entropy;
  EXPECT_NE(entropy.array<32>(), entropy.array<32>());
}

TEST(SystemClock, does_not_go_back_in_a_test) {
  SystemClock clock;
  const Timestamp before = clock.now();
  EXPECT_GE(clock.now(), before);
  EXPECT_GT(before, Timestamp::from_seconds(1'700'000'000));
}

TEST(ThreadedParallel, runs_each_task_once_and_waits_for_all) {
  ThreadedParallel parallel(4);
  for (const std::size_t count : {0U, 1U, 3U, 1000U}) {
    std::vector<std::atomic<int>> runs(count);
    parallel.run(count, [&](std::size_t i) { ++runs[i]; });
    EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](const auto& n) { return n == 1; }));
  }
}

TEST(ThreadedParallel, serves_callers_one_after_another) {
  ThreadedParallel parallel(3);
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int k = 0; k < 50; ++k) parallel.run(17, [&](std::size_t) { ++total; });
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 4 * 50 * 17);
}

TEST(NodeLoop, runs_tasks_in_order_on_one_thread) {
  NodeLoop loop;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(loop.post([&, i] {
      EXPECT_TRUE(loop.on_node_thread());
      order.push_back(i);
    }));
  const Result<std::size_t> size = loop.run([&]() -> Result<std::size_t> { return order.size(); });
  EXPECT_EQ(*size, 100U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(NodeLoop, refuses_tasks_beyond_its_bound_and_keeps_those_it_took) {
  NodeLoop loop(NodeLoop::Limits{.queued_tasks = 3});
  std::promise<void> busy, go;
  ASSERT_TRUE(loop.post([&] {
    busy.set_value();
    go.get_future().wait();
  }));
  busy.get_future().wait();
  int ran = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(loop.post([&] { ++ran; }));
  EXPECT_FALSE(loop.post([&] { ran += 100; }));
  go.set_value();
  loop.stop();
  EXPECT_EQ(ran, 3);
  EXPECT_FALSE(loop.post([] {}));
  EXPECT_FALSE(loop.run([]() -> Result<int> { return 1; }));
}

TEST(NodeLoop, waits_for_a_shutdown_signal) {
  NodeLoop loop;
  Box<int> got;
  // Raised as soon as it is blocked nowhere else: the handler is in place when the wait has begun, and a
  // signal before that is held back by the mask.
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, &before);
  ::kill(::getpid(), SIGTERM);
  std::thread waiter([&] {
    got.put(wait_for_shutdown_signal(loop, [&] { pthread_sigmask(SIG_UNBLOCK, &term, nullptr); }));
  });
  EXPECT_EQ(got.wait(), SIGTERM);
  waiter.join();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(PeerQuotas, count_each_peer_for_itself_and_each_minute_anew) {
  ChannelLimits limits;
  limits.connections_per_peer = 1;
  limits.sessions_per_minute = 2;
  limits.bytes_per_minute = 100;
  PeerQuotas quotas(limits);
  const crypto::PublicKey one(ByteArray<32>{1}), two(ByteArray<32>{2});
  PeerQuotas::TimePoint now{std::chrono::hours(5)};
  EXPECT_TRUE(quotas.connect(one, now));
  EXPECT_FALSE(quotas.connect(one, now));
  EXPECT_TRUE(quotas.connect(two, now));
  quotas.disconnect(one);
  EXPECT_TRUE(quotas.connect(one, now));
  EXPECT_TRUE(quotas.open_session(one, now));
  EXPECT_TRUE(quotas.open_session(one, now));
  EXPECT_EQ(quotas.open_session(one, now).error().rules, std::vector<std::string>{"quota.sessions"});
  EXPECT_TRUE(quotas.open_session(two, now));
  EXPECT_TRUE(quotas.receive(one, 100, now));
  EXPECT_FALSE(quotas.receive(one, 1, now));
  now += std::chrono::minutes(1);
  EXPECT_TRUE(quotas.open_session(one, now));
  EXPECT_TRUE(quotas.receive(one, 1, now));
  EXPECT_FALSE(quotas.connect(one, now));
}

}  // namespace
}  // namespace parley::net
