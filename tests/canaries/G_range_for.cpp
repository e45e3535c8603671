#include "canary.hpp"

awaitable<std::vector<Tr>> g() {
  co_await tick();
  co_return std::vector<Tr>(3);
}
awaitable<void> test() {
  int n = 0;
  for (auto& x : co_await g()) {
    co_await tick();
    n += (int)x.s.size();
  }
  if (n < 5) std::abort();
}
