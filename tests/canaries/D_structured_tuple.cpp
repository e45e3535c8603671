#include "canary.hpp"

awaitable<void> test() {
  net::steady_timer t(co_await net::this_coro::executor);
  t.expires_after(std::chrono::milliseconds(1));
  auto [ec] = co_await t.async_wait(tup);
  if (ec) std::abort();
}
