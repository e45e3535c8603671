#include "canary.hpp"

awaitable<void> body(Tr t) {
  co_await tick();
  if (t.s.size() < 5) std::abort();
}
awaitable<void> test() {
  Tr t;
  auto ex = co_await net::this_coro::executor;
  co_await net::co_spawn(ex, body(t), use_awaitable);
}
