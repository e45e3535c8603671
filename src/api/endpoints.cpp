#include "api/endpoints.hpp"

#include <algorithm>

#include "api/openapi.hpp"

namespace parley::api {

namespace {

net::Response text(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
  net::Response out;
  out.status = status;
  out.content_type = std::move(type);
  out.body = std::move(body);
  // What these endpoints say is true at this moment only, tiles excepted.
  out.fields.emplace_back("Cache-Control", "no-store");
  out.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return out;
}

// The public text of an error: what kind, never the details, which may hold paths and values.
net::Response refusal(const Error& error) {
  if (error.kind == ErrorKind::not_found) return text(404, "not found\n");
  if (error.kind == ErrorKind::bad_input) return text(400, "bad request\n");
  return text(500, "internal error\n");
}

bool is_tile_path(std::string_view path) {
  return path.starts_with("tile/") && path.size() <= 128 && path.find("//") == std::string_view::npos &&
         path.find("..") == std::string_view::npos && std::all_of(path.begin(), path.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.';
         });
}

net::Response tile(const NodeEndpoints& endpoints, const net::Request& request) {
  constexpr std::string_view prefix = "/ledger/";
  const std::string_view path = std::string_view(request.path).substr(prefix.size());
  if (!is_tile_path(path)) return text(404, "not found\n");
  const Result<Bytes> bytes = endpoints.tile(path);
  if (!bytes) return refusal(bytes.error());
  net::Response out;
  out.content_type = "application/octet-stream";
  // C2SP tlog-tiles: a tile never changes once it is there.
  out.fields.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  out.fields.emplace_back("X-Content-Type-Options", "nosniff");
  out.body = std::string(as_text(*bytes));
  return out;
}

}  // namespace

Router make_node_router(NodeEndpoints endpoints) {
  const auto node = std::make_shared<const NodeEndpoints>(std::move(endpoints));
  Router router;
  // It runs on the node thread: an answer means that the node still takes its steps.
  router.add("/healthz", {"GET"}, [](const net::Request&) { return text(200, "ok\n"); });
  router.add("/api/v1/openapi.json", {"GET"}, [](const net::Request&) {
    return text(200, std::string(openapi_document()), "application/json");
  });
  if (node->ready)
    router.add("/readyz", {"GET"}, [node](const net::Request&) {
      return node->ready() ? text(200, "ready\n") : text(503, "not ready\n");
    });
  if (node->metrics)
    router.add("/metrics", {"GET"}, [node](const net::Request&) {
      return text(200, node->metrics(), "text/plain; version=0.0.4; charset=utf-8");
    });
  if (node->checkpoint)
    router.add("/ledger/checkpoint", {"GET"}, [node](const net::Request&) {
      Result<std::string> note = node->checkpoint();
      return note ? text(200, std::move(*note)) : refusal(note.error());
    });
  if (node->tile)
    router.add("/ledger/tile/", {"GET"},
               [node](const net::Request& request) { return tile(*node, request); });
  return router;
}

}  // namespace parley::api
