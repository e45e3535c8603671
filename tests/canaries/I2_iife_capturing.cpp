#include "canary.hpp"

awaitable<void> test() {
  Tr t;
  auto ex = co_await net::this_coro::executor;
  auto a = [t]() -> awaitable<void> {
    co_await tick();
    if (t.s.size() < 5) std::abort();
  }();
  co_await std::move(a);
}
