#include "canary.hpp"

template <class T>
using R = tl::expected<T, std::string>;
#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)
#define CO_TRY_(v, d, e)                                  \
  auto v = (e);                                           \
  if (!v) co_return tl::unexpected(std::move(v).error()); \
  d = std::move(*v)
#define CO_TRY(d, e) CO_TRY_(CAT(_t, __COUNTER__), d, e)
awaitable<R<Tr>> g(bool ok) {
  co_await tick();
  if (!ok) co_return tl::unexpected(std::string("no, this is a long error message"));
  co_return Tr{};
}
awaitable<R<int>> h(bool ok) {
  CO_TRY(auto x, co_await g(true));
  CO_TRY(auto y, co_await g(ok));
  co_return (int)(x.s.size() + y.s.size());
}
awaitable<void> test() {
  auto a = co_await h(true);
  if (!a || *a < 5) std::abort();
  auto b = co_await h(false);
  if (b) std::abort();
}
