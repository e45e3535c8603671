#include "canary.hpp"

struct Req {
  Tr url;
  Tr b;
  int n;
};
awaitable<Req> g() {
  co_await tick();
  co_return Req{Tr{"http://a long url that is not sso"}, Tr{}, 3};
}
awaitable<void> test() {
  auto r = co_await g();
  if (r.n != 3) std::abort();
  Req q = co_await g();
  if (q.url.s.size() < 4) std::abort();
}
