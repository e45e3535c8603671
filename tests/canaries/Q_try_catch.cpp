#include "canary.hpp"

awaitable<int> bad() {
  Tr t;
  co_await tick();
  throw std::runtime_error("x");
  co_return 1;
}
awaitable<void> test() {
  bool caught = false;
  Tr k;
  try {
    Tr z;
    co_await bad();
  } catch (const std::exception&) {
    caught = true;
  }
  if (!caught) std::abort();
  co_await tick();
}
