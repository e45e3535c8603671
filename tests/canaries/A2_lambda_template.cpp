#include "canary.hpp"

template <class F>
awaitable<int> run(F f) {
  co_await tick();
  co_return f();
}
awaitable<void> test() {
  Tr t;
  int r = co_await run([t] { return (int)t.s.size(); });
  if (r < 5) std::abort();
  co_return;
}
