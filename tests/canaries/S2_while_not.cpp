#include "canary.hpp"

awaitable<bool> g(Tr t) {
  co_await tick();
  co_return t.s.size() > 3;
}
awaitable<void> test() {
  int n = 0;
  while (!co_await g(Tr{})) {
    if (++n > 3) std::abort();
  }
}
