#include "canary.hpp"

awaitable<bool> g(int x) {
  co_await tick();
  co_return x > 3;
}
awaitable<void> test() {
  if (co_await g(5)) {
  } else
    std::abort();
  co_await tick();
}
