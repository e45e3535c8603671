#include "canary.hpp"

struct Opt {
  std::string name = "default default default default";
  std::vector<std::string> v{};
  std::optional<Tr> t;
};
awaitable<int> g(Opt o) {
  co_await tick();
  co_return (int) o.name.size();
}
awaitable<void> test() {
  int r = co_await g({.name = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", .t = Tr{}});
  if (r < 5) std::abort();
}
