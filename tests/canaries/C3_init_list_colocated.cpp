#include "canary.hpp"

awaitable<int> g(std::vector<Tr> v) {
  co_await tick();
  co_return (int) v.size();
}
awaitable<void> test() {
  int r = co_await g(std::vector<Tr>{Tr{}, Tr{}});
  if (r != 2) std::abort();
}
