#include "canary.hpp"

awaitable<int> g(Tr a, std::unique_ptr<int> p, const Tr& c) {
  co_await tick();
  co_return *p + (int)a.s.size() + (int)c.s.size();
}
awaitable<void> test() {
  int r = co_await g(Tr{}, std::make_unique<int>(4), Tr{});
  if (r < 5) std::abort();
}
