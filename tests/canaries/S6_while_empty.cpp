#include "canary.hpp"

awaitable<bool> g(Tr t) {
  co_await tick();
  co_return t.s.size() > 3;
}
awaitable<void> test() {
  while (!co_await g(Tr{})) {
  }
}
