#pragma once

// What the coroutines of `net` share. For the sources of `net` alone: nothing above it sees Asio.
//
// Coroutine rules (g++ 12 miscompiles what breaks them; tools/check_coawait.py checks them): one co_await per
// statement, its arguments names, literals, std::move(name) or plain calls; its result bound to a name and
// tested in a later statement; parameters by value; no capturing lambda coroutines.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "net/node_loop.hpp"

namespace parley::net {

namespace asio = boost::asio;
using asio::awaitable;
using ErrorCode = boost::system::error_code;

/// Completion token: co_await gives (error code, …) instead of throwing.
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

using Deadline = std::chrono::steady_clock::time_point;
inline Deadline after(std::chrono::milliseconds wait) {
  return std::chrono::steady_clock::now() + wait;
}

inline std::unexpected<Error> network_error(std::string_view doing, const ErrorCode& error) {
  return fail(ErrorKind::peer, std::string(doing) + ": " + error.message());
}

/// Runs `work` on the node thread and continues the coroutine on the IO thread with what it returned. `work`
/// must return a Result. When the node takes no more tasks the coroutine gets a `conflict`.
template <class R>
awaitable<R> node_call(NodeLoop& loop, std::move_only_function<R()> work) {
  auto initiate = [](auto handler, NodeLoop* on, std::move_only_function<R()> task) {
    // The handler owns the coroutine's frame, so it is run and destroyed on the IO thread, whatever happens.
    using Handler = decltype(handler);
    struct Call {
      Handler handler;
      R answer;
    };
    auto call = std::make_unique<Call>(std::move(handler),
                                       fail(ErrorKind::conflict, "the node is too busy or shutting down"));
    auto* raw = call.get();
    auto finish = [](asio::io_context& io, std::unique_ptr<Call> done) {
      asio::post(io, [done = std::move(done)]() mutable {
        Handler resume = std::move(done->handler);
        R answer = std::move(done->answer);
        done.reset();
        std::move(resume)(std::move(answer));
      });
    };
    // The call is released by whoever finishes it: the node thread once it ran, or this one when refused.
    call.release();
    const bool queued = on->post([raw, finish, on, task = std::move(task)]() mutable {
      raw->answer = task();
      task = nullptr;
      finish(on->io(), std::unique_ptr<Call>(raw));
    });
    if (!queued) finish(on->io(), std::unique_ptr<Call>(raw));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(R)>(initiate, asio::use_awaitable, &loop,
                                                                      std::move(work));
}

/// A condition of the IO thread: coroutines wait on it, with a deadline, and look again at what they wait
/// for.
class Signal {
 public:
  explicit Signal(asio::io_context& io) : timer_(io) {}
  void notify() { timer_.cancel(); }
  /// True when notified, false at the deadline. Spurious wake-ups are possible, lost ones are not as long as
  /// the condition is tested without a co_await in between.
  awaitable<bool> wait_until(Deadline deadline) {
    timer_.expires_at(deadline);
    const auto [error] = co_await timer_.async_wait(as_result);
    co_return error == asio::error::operation_aborted;
  }

 private:
  asio::steady_timer timer_;
};

/// Calls back when a wait lasts too long. Destroying or disarming it forgets the wait.
class Watchdog {
 public:
  explicit Watchdog(asio::io_context& io) : timer_(io) {}
  /// `bark` is called on the IO thread at the deadline unless the watchdog was armed anew or disarmed first.
  template <class F>
  void arm(std::chrono::milliseconds after, F bark) {
    timer_.expires_after(after);
    timer_.async_wait([turn = ++*turn_, now = turn_, bark = std::move(bark)](const ErrorCode& error) mutable {
      // A cancelled timer may have expired already; the turn tells whether this wait still counts.
      if (!error && *now == turn) bark();
    });
  }
  void disarm() {
    ++*turn_;
    timer_.cancel();
  }
  ~Watchdog() { disarm(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  asio::steady_timer timer_;
  std::shared_ptr<std::uint64_t> turn_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace parley::net
