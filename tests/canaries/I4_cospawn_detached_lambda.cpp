#include "canary.hpp"

awaitable<void> test() {
  Tr t;
  auto ex = co_await net::this_coro::executor;
  net::co_spawn(
      ex,
      [t]() -> awaitable<void> {
        co_await tick();
        if (t.s.size() < 5) std::abort();
      },
      net::detached);
  co_await tick();
  co_await tick();
  co_await tick();
}
