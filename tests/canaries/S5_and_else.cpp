#include "canary.hpp"

awaitable<bool> g(Tr t) {
  co_await tick();
  co_return t.s.size() > 3;
}
awaitable<void> test() {
  if (co_await g(Tr{}) && co_await g(Tr{"abcdef"})) {
  } else
    std::abort();
  co_await tick();
}
