#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/http_message.hpp"

namespace parley::api {

/// Dispatches by path. A route answers the methods that it names; another method is 405 with `Allow`, an
/// unknown path 404. HEAD is answered by the GET handler, without the body. Runs on the node thread.
class Router {
 public:
  /// It may take the body out of the request.
  using Handler = std::function<net::Response(net::Request&)>;
  /// An exact path, or a prefix when it ends in '/'. The longest match wins. `methods` such as {"GET"}.
  void add(std::string path, std::vector<std::string> methods, Handler handler);
  net::Response handle(net::Request& request) const;
  net::Response handle(net::Request&& request) const { return handle(request); }

 private:
  struct Route {
    std::string path;
    std::vector<std::string> methods;
    Handler handler;
  };
  std::vector<Route> routes_;
};

/// What the public endpoints of a node read from it; all called on the node thread.
struct NodeEndpoints {
  /// Whether the node can serve: success, or why not (only that it is not ready is told outside).
  std::function<Result<void>()> ready;
  /// Metrics, Prometheus text format 0.0.4.
  std::function<std::string()> metrics;
  /// The latest checkpoint, a signed note.
  std::function<Result<std::string>()> checkpoint;
  /// A tile by its path below `/ledger/` (C2SP tlog-tiles), such as "tile/0/000" or "tile/entries/000.p/7";
  /// the path holds only [0-9a-z/.x]. `not_found` when the ledger has none.
  std::function<Result<Bytes>(std::string_view path)> tile;
};

/// `/api/v1/openapi.json`, `/healthz`, `/readyz`, `/metrics`, `/ledger/checkpoint`, `/ledger/tile/…`.
/// Functions that are empty leave their endpoint out.
Router make_node_router(NodeEndpoints endpoints);

}  // namespace parley::api
