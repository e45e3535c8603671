#include "canary.hpp"

awaitable<bool> g(int x) {
  co_await tick();
  co_return x > 3;
}
awaitable<void> test() {
  bool hit = false;
  if (co_await g(5) && co_await g(6)) hit = true;
  if (!hit) std::abort();
}
