#include "canary.hpp"

awaitable<bool> g(Tr t) {
  co_await tick();
  co_return t.s.size() > 3;
}
awaitable<void> test() {
  bool hit = false;
  if (co_await g(Tr{}) && co_await g(Tr{"abcdef"})) hit = true;
  if (!hit) std::abort();
}
