#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "api/misp_endpoint.hpp"
#include "exchange/misp_service.hpp"
#include "service.hpp"

namespace parley::app {

/// What `serve` answers of MISP. The service is made when somebody asks it first. Outlives the loop's
/// threads.
class MispHttp {
 public:
  using Authenticate = std::function<Result<std::string>(const api::Credentials&)>;
  /// `authenticate` knows the users, who are those of TAXII.
  MispHttp(Service& service, Authenticate authenticate);

  net::Response answer(net::Request& request) { return endpoint_.answer(request); }
  std::optional<net::Response> before_body(const net::Request& request) {
    return endpoint_.before_body(request);
  }
  std::uint64_t max_body() const { return exchange::MispSettings().max_body; }

  /// Every few seconds, on the node thread.
  Result<void> tick();
  /// Records what was read; on the node thread.
  Result<void> close();

 private:
  Result<exchange::MispService*> misp();
  api::MispNode node(Authenticate authenticate);

  Service& service_;
  std::unique_ptr<exchange::MispService> misp_;
  api::MispEndpoint endpoint_;
};

}  // namespace parley::app
