#include "canary.hpp"

awaitable<int> one(int i) {
  co_return i;
}
awaitable<void> test() {
  long s = 0;
  for (int i = 0; i < 2000000; ++i) s += co_await one(i);
  if (s < 0) std::abort();
}
