#include "canary.hpp"

awaitable<Tr> g() {
  co_await tick();
  co_return Tr{};
}
awaitable<void> test() {
  bool b = live == 0;
  Tr x = b ? co_await g() : Tr{"other"};
  if (x.s.size() < 6) std::abort();
}
