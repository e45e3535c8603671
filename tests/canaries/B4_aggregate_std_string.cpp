#include "canary.hpp"

struct Req {
  std::string url;
  int n = 0;
};
awaitable<int> g(Req r) {
  co_await tick();
  co_return (int) r.url.size() + r.n;
}
awaitable<void> test() {
  int r = co_await g(Req{.url = "http://a long url that is not sso", .n = 3});
  if (r < 5) std::abort();
}
