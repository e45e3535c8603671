#include <algorithm>

#include "api/endpoints.hpp"

namespace parley::api {

namespace {

net::Response plain(int status, std::string_view text) {
  net::Response out;
  out.status = status;
  out.body = std::string(text) + "\n";
  return out;
}

}  // namespace

void Router::add(std::string path, std::vector<std::string> methods, Handler handler) {
  routes_.push_back(Route{std::move(path), std::move(methods), std::move(handler)});
}

net::Response Router::handle(net::Request& request) const {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    const bool matches = route.path.ends_with('/') && route.path.size() > 1
                             ? request.path.starts_with(route.path)
                             : request.path == route.path;
    if (matches && (!best || route.path.size() > best->path.size())) best = &route;
  }
  if (!best) return plain(404, "not found");
  const auto names = [&](std::string_view method) {
    return std::find(best->methods.begin(), best->methods.end(), method) != best->methods.end();
  };
  if (!names(request.method) && !(request.method == "HEAD" && names("GET"))) {
    net::Response out = plain(405, "method not allowed");
    std::string allow;
    for (const std::string& method : best->methods) allow += (allow.empty() ? "" : ", ") + method;
    if (names("GET") && !names("HEAD")) allow += ", HEAD";
    out.fields.emplace_back("Allow", std::move(allow));
    return out;
  }
  return best->handler(request);
}

}  // namespace parley::api
