#pragma once

// What every canary includes: Asio's coroutines, and a value that notices when a compiler copies, moves or
// destroys it wrongly. A canary is a `test()` coroutine; the runner puts each into a namespace of its own.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdlib>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace net = boost::asio;
using net::awaitable;
using net::use_awaitable;
inline constexpr auto tup = net::as_tuple(net::use_awaitable);

namespace tl {
using std::expected;
using std::unexpected;
}  // namespace tl

inline long live = 0;

// Counts its lives and holds memory: one destruction too many is a double free or a wrong count.
struct Tr {
  std::string s;
  Tr* self = this;
  Tr() : Tr("a text that is too long for the small string buffer") {}
  Tr(const char* text) : s(text) { ++live; }
  Tr(const Tr& other) : s(other.s) { ++live; }
  Tr(Tr&& other) noexcept : s(std::move(other.s)) { ++live; }
  Tr& operator=(const Tr& other) {
    s = other.s;
    return *this;
  }
  Tr& operator=(Tr&& other) noexcept {
    s = std::move(other.s);
    return *this;
  }
  ~Tr() {
    if (self != this) std::abort();
    self = nullptr;
    --live;
  }
};

inline awaitable<void> tick() {
  net::steady_timer timer(co_await net::this_coro::executor);
  timer.expires_after(std::chrono::microseconds(50));
  co_await timer.async_wait(use_awaitable);
}
