#include "canary.hpp"

struct Req {
  Tr url;
  int n;
  Req(Tr u, int k) : url(std::move(u)), n(k) {}
};
awaitable<int> g(Req r) {
  co_await tick();
  co_return (int) r.url.s.size() + r.n;
}
awaitable<void> test() {
  int r = co_await g(Req{Tr{"http://a long url that is not sso"}, 3});
  if (r < 5) std::abort();
}
