#include "canary.hpp"

awaitable<bool> g(int x) {
  co_await tick();
  co_return x > 3;
}
awaitable<void> test() {
  int k = 0;
  if (co_await g(5)) {
    k = 1;
  } else {
    std::abort();
  }
  co_await tick();
  if (k != 1) std::abort();
}
