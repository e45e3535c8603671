#include "canary.hpp"

awaitable<Tr> g(int ms) {
  net::steady_timer t(co_await net::this_coro::executor);
  t.expires_after(std::chrono::milliseconds(ms));
  co_await t.async_wait(use_awaitable);
  co_return Tr{};
}
awaitable<void> test() {
  using namespace net::experimental::awaitable_operators;
  auto r = co_await (g(1) || g(1000));
  if (r.index() != 0) std::abort();
  auto [a, b] = co_await (g(1) && g(2));
  if (a.s != b.s) std::abort();
}
