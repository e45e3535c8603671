#include "canary.hpp"

struct Req {
  Tr url;
  Tr body;
  int n;
};
awaitable<int> g(Req r) {
  co_await tick();
  co_return (int) r.url.s.size() + r.n;
}
awaitable<void> test() {
  Req q{Tr{"http://a long url that is not sso"}, Tr{}, 3};
  int r = co_await g(std::move(q));
  if (r < 5) std::abort();
}
