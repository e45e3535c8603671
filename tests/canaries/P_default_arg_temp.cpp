#include "canary.hpp"

awaitable<int> g(Tr a = Tr{}, std::string s = "a default that is a very long string here") {
  co_await tick();
  co_return (int) a.s.size() + (int)s.size();
}
awaitable<void> test() {
  int r = co_await g();
  if (r < 5) std::abort();
  r = (co_await g()) + (co_await g(Tr{"x"}));
  if (r < 5) std::abort();
}
