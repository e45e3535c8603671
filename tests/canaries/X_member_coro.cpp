#include "canary.hpp"

struct S : std::enable_shared_from_this<S> {
  Tr t;
  awaitable<int> f(Tr a) {
    co_await tick();
    co_return (int)(t.s.size() + a.s.size());
  }
};
awaitable<void> test() {
  auto s = std::make_shared<S>();
  int r = co_await s->f(Tr{});
  if (r < 5) std::abort();
  r = co_await std::make_shared<S>()->f(Tr{});
  if (r < 5) std::abort();
}
