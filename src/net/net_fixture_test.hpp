#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "crypto/seeded.hpp"
#include "net/certificate.hpp"
#include "net/channel.hpp"
#include "net/system.hpp"

namespace parley::net::testing {

using namespace std::chrono_literals;

/// What a listener reported, to be waited for.
class EventLog {
 public:
  EventSink sink() {
    return [this](const Event& event) {
      std::lock_guard lock(mutex_);
      events_.push_back(event);
      arrived_.notify_all();
    };
  }
  /// Blocks until an event of that name has come, and returns the first. The test's own timeout ends a wait
  /// for one that never comes.
  Event wait_for(std::string_view name) {
    std::unique_lock lock(mutex_);
    while (true) {
      for (const Event& event : events_)
        if (event.name == name) return event;
      arrived_.wait(lock);
    }
  }
  std::size_t count(std::string_view name) {
    std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(events_.begin(), events_.end(), [&](const Event& e) { return e.name == name; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Event> events_;
};

/// A value that one thread sets once and another waits for.
template <class T>
class Box {
 public:
  void put(T value) {
    std::lock_guard lock(mutex_);
    value_ = std::move(value);
    set_.notify_all();
  }
  T wait() {
    std::unique_lock lock(mutex_);
    set_.wait(lock, [&] { return value_.has_value(); });
    return *value_;
  }
  bool has() {
    std::lock_guard lock(mutex_);
    return value_.has_value();
  }

 private:
  std::mutex mutex_;
  std::condition_variable set_;
  std::optional<T> value_;
};

/// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "parley-net-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A party of these tests: keys, a certificate, and a clock that stands still.
struct Party {
  explicit Party(std::string_view name)
      : origin(std::string(name)),
        entropy(crypto::Secret<32>(ByteArray<32>{9}), name),
        role(crypto::SigningKey::generate(entropy)),
        tls(crypto::SigningKey::generate(entropy)),
        certificate(*make_certificate(tls, name)) {}

  PeerContext as_peer() const {
    return PeerContext{tls.public_key(), peer::PinnedPeer{origin, role.public_key(), false, layer_key}};
  }
  /// Talks to `other` and to nobody else.
  ChannelSettings settings(const Party& other) {
    ChannelSettings out;
    out.origin = origin;
    out.role_key = &role;
    out.tls_key = &tls;
    out.tls_certificate = certificate;
    out.clock = &clock;
    out.entropy = &entropy;
    out.admit = [peer = other.as_peer()](const crypto::PublicKey& key) -> Result<PeerContext> {
      if (key != peer.tls_key) return fail(ErrorKind::not_found, "unknown peer");
      return peer;
    };
    out.events = events.sink();
    return out;
  }

  peer::Origin origin;
  crypto::SeededEntropy entropy;
  crypto::SigningKey role;
  crypto::SigningKey tls;
  std::string certificate;
  std::shared_ptr<const crypto::Secret<32>> layer_key;
  ManualClock clock{Timestamp::from_seconds(1'800'000'000)};
  EventLog events;
};

/// How an echo session goes.
struct EchoPlan {
  std::size_t rounds = 3;    ///< messages each way
  std::size_t bytes = 1000;  ///< of each
  std::size_t burst = 1;     ///< frames that the initiator sends with `more` before it listens
  bool echo_last = false;    ///< of a burst only the last message comes back
  int fail_at_round = -1;    ///< the responder's machine fails there
  std::function<void(std::size_t)> on_round{};  ///< told by the responder, on its node thread
};

inline peer::Frame message_frame(std::size_t bytes, std::uint8_t fill) {
  return peer::Frame{peer::FrameType::match_message, Bytes(bytes, fill)};
}

/// Opens a session, sends `burst` messages a round and wants each back.
class EchoInitiator final : public peer::Machine {
 public:
  EchoInitiator(EchoPlan plan, peer::SessionId id) : plan_(std::move(plan)), id_(id) {}
  Result<peer::Step> start() override {
    peer::Step step{{peer::make_open({peer::SessionKind::match, id_})}, true, false};
    return step;
  }
  Result<peer::Step> resume() override { return send(); }
  Result<peer::Step> on_frame(const peer::Frame& frame) override {
    if (frame != message_frame(plan_.bytes, 7)) return fail(ErrorKind::peer, "not the echo");
    ++echoed;
    outstanding_ = plan_.echo_last ? 0 : outstanding_ - 1;
    if (outstanding_ > 0) return peer::Step{};
    if (++round_ == plan_.rounds) return peer::Step{{}, false, true};
    return peer::Step{{}, true, false};
  }
  void on_abort(const Error& reason) override { aborts.push_back(reason); }
  peer::SessionId session() const override { return id_; }

  std::size_t echoed = 0;
  std::vector<Error> aborts;

 private:
  Result<peer::Step> send() {
    ++outstanding_;
    return peer::Step{{message_frame(plan_.bytes, 7)}, outstanding_ < plan_.burst, false};
  }
  EchoPlan plan_;
  peer::SessionId id_;
  std::size_t round_ = 0;
  std::size_t outstanding_ = 0;
};

class EchoResponder final : public peer::Machine {
 public:
  EchoResponder(EchoPlan plan, peer::SessionId id, std::shared_ptr<Box<Error>> aborted)
      : plan_(std::move(plan)), id_(id), aborted_(std::move(aborted)) {}
  Result<peer::Step> start() override { return peer::Step{}; }
  Result<peer::Step> on_frame(const peer::Frame& frame) override {
    if (frame.type != peer::FrameType::match_message) return fail(ErrorKind::peer, "unexpected frame");
    const std::size_t round = seen_++;
    if (plan_.on_round) plan_.on_round(round);
    if (static_cast<int>(round) == plan_.fail_at_round) return fail(ErrorKind::peer, "a wrong message");
    if (plan_.echo_last && seen_ % plan_.burst != 0) return peer::Step{};
    return peer::Step{{frame}, false, seen_ == plan_.rounds * plan_.burst};
  }
  void on_abort(const Error& reason) override { aborted_->put(reason); }
  peer::SessionId session() const override { return id_; }

 private:
  EchoPlan plan_;
  peer::SessionId id_;
  std::shared_ptr<Box<Error>> aborted_;
  std::size_t seen_ = 0;
};

/// Short times for tests that run into one on purpose; never waited for by a test that expects success.
inline ChannelLimits short_limits() {
  ChannelLimits out;
  out.handshake = 300ms;
  out.hello = 300ms;
  out.between_sessions = 300ms;
  out.frame = 300ms;
  out.write = 1000ms;
  out.close = 200ms;
  return out;
}

/// Two parties in one process: Alpha connects, Bravo listens, each with a loop of its own.
struct Pair {
  Pair() { pinned->add(alpha.tls.public_key()); }
  void listen(ChannelLimits limits = {}) {
    ChannelSettings settings = bravo.settings(alpha);
    settings.limits = limits;
    if (admit) settings.admit = admit;
    settings.abort_received = [this](const PeerContext&, std::string_view jws) {
      aborts_of_alpha.put(std::string(jws));
    };
    settings.open_session = [this](const SessionContext&,
                                   const peer::OpenRequest& open) -> Result<std::unique_ptr<peer::Machine>> {
      return std::make_unique<EchoResponder>(plan, open.session, aborted);
    };
    settings.session_ended = [this](const SessionContext&, const peer::OpenRequest&,
                                    const Result<Outcome>& outcome) { ended.put(outcome); };
    auto listening = PeerServer::listen(bravo_loop, Address{"127.0.0.1", 0}, std::move(settings), pinned);
    ASSERT_TRUE(listening) << listening.error().text();
    server = std::move(*listening);
  }
  /// Runs one echo session from Alpha; the machine stays in `echo`.
  Result<Outcome> connect(ChannelLimits limits = {}) {
    ChannelSettings settings = alpha.settings(bravo);
    settings.limits = limits;
    settings.abort_received = [this](const PeerContext&, std::string_view jws) {
      aborts_of_bravo.put(std::string(jws));
    };
    settings.calls = calls.state();
    return connect_as(std::move(settings), bravo.tls.public_key());
  }
  Result<Outcome> connect_as(ChannelSettings settings, const crypto::PublicKey& expected) {
    return connect_and_run(alpha_loop, server->address(), expected, std::move(settings),
                           [this](const SessionContext&) -> Result<std::shared_ptr<peer::Machine>> {
                             echo = std::make_shared<EchoInitiator>(
                                 plan, peer::SessionId(alpha.entropy.array<16>()));
                             return echo;
                           });
  }

  EchoPlan plan;
  Party alpha{"alpha.example.org/log"};
  Party bravo{"bravo.example.org/log"};
  std::shared_ptr<PinnedKeys> pinned = std::make_shared<PinnedKeys>();
  std::function<Result<PeerContext>(const crypto::PublicKey&)> admit;
  std::shared_ptr<Box<Error>> aborted = std::make_shared<Box<Error>>();
  Box<Result<Outcome>> ended;
  Box<std::string> aborts_of_alpha, aborts_of_bravo;  ///< as the other side received and checked them
  std::shared_ptr<EchoInitiator> echo;
  NodeLoop alpha_loop, bravo_loop;
  PeerCalls calls{alpha_loop};
  std::unique_ptr<PeerServer> server;
};

}  // namespace parley::net::testing
