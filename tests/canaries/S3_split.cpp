#include "canary.hpp"

awaitable<bool> g(Tr t) {
  co_await tick();
  co_return t.s.size() > 3;
}
awaitable<void> test() {
  const bool a = co_await g(Tr{});
  const bool b = a ? true : false;
  if (!b) std::abort();
  const bool c = co_await g(Tr{"abcdef"});
  if (!c) std::abort();
}
