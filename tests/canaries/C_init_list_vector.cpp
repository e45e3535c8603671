#include "canary.hpp"

awaitable<int> g(std::vector<std::string> v) {
  co_await tick();
  co_return (int) v.size();
}
awaitable<void> test() {
  int r = co_await g({"a long long long string number one", "b long long long string number two"});
  if (r != 2) std::abort();
}
