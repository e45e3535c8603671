#include "api/login.hpp"

namespace parley::api {

Login::Verdict Login::judge(const Result<Credentials>& shown, const net::Request& request) {
  using Kind = Verdict::Kind;
  if (!shown) return {Kind::wrong, {}, shown.error()};
  if (shown->none()) return {};
  const crypto::Hash256 digest = credential_digest(key_, request);
  const Timestamp now = clock_.now();
  if (!throttle_.may_try(request.network, digest, now)) return {Kind::too_often, {}, {}};
  auto name = authenticate_(*shown);
  if (name) {
    throttle_.succeeded(digest);
    return {Kind::known, std::move(*name), {}};
  }
  if (name.error().kind != ErrorKind::not_found) return {Kind::failed, {}, std::move(name.error())};
  throttle_.failed(request.network, digest, now);
  return {Kind::wrong, {}, std::move(name.error())};
}

}  // namespace parley::api
