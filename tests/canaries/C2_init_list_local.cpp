#include "canary.hpp"

awaitable<int> g(std::vector<std::string> v) {
  co_await tick();
  co_return (int) v.size();
}
awaitable<void> test() {
  std::vector<std::string> v{"a long long long string number one", "b"};
  int r = co_await g(std::move(v));
  if (r != 2) std::abort();
}
