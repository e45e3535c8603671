#include "canary.hpp"

awaitable<void> test() {
  Tr t;
  auto ex = co_await net::this_coro::executor;
  co_await net::co_spawn(
      ex,
      [t]() -> awaitable<void> {
        co_await tick();
        if (t.s.size() < 5) std::abort();
      },
      use_awaitable);
}
