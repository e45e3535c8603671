#pragma once

#include <memory>

#include "api/endpoints.hpp"
#include "api/taxii_endpoint.hpp"
#include "exchange/taxii_service.hpp"
#include "misp_http.hpp"
#include "net/control.hpp"
#include "net/http_server.hpp"
#include "net/later.hpp"
#include "service.hpp"

namespace parley::app {

/// What `serve` answers over HTTPS: the TAXII service of the node, MISP, and for all other paths the router.
/// The service is made when somebody asks it first. Outlives the loop's threads.
class TaxiiHttp {
 public:
  TaxiiHttp(Service& service, const api::Router& router, net::EventSink events);
  /// For the listener; borrows this.
  net::HttpService http();
  net::HttpServerLimits limits() const;
  /// Before the first request; any thread.
  void start();
  /// `inner`, whose answers wait until kept pages that its commands made stale are worth nothing any more:
  /// who revoked a caller may rely on it as soon as the command has answered.
  net::ControlHandler told_after_publishing(net::ControlHandler inner);
  /// Records what was read; not on the node thread, after the listener has shut down.
  Result<void> close();

 private:
  Result<exchange::TaxiiService*> taxii();
  api::TaxiiNode node();
  void tick();

  Service& service_;
  const api::Router& router_;
  net::EventSink events_;
  exchange::TaxiiSettings settings_;
  std::unique_ptr<exchange::TaxiiService> taxii_;
  api::TaxiiEndpoint endpoint_;
  MispHttp misp_;
  net::Later later_;
};

}  // namespace parley::app
