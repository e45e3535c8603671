#include "canary.hpp"

awaitable<int> g() {
  co_await tick();
  co_return 2;
}
awaitable<void> test() {
  switch (co_await g()) {
    case 2: {
      Tr t;
      co_await tick();
      break;
    }
    default:
      std::abort();
  }
  switch (int k = co_await g(); k) {
    case 2:
      co_await tick();
      break;
    default:
      std::abort();
  }
}
