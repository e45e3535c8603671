#include "misp_http.hpp"

#include <utility>

namespace parley::app {

MispHttp::MispHttp(Service& service, Authenticate authenticate)
    : service_(service),
      endpoint_(node(std::move(authenticate)), service.home().clock(), service.home().entropy()) {}

Result<exchange::MispService*> MispHttp::misp() {
  if (!misp_) {
    PARLEY_TRY(const intel::WarninglistSet* lists, service_.home().warninglists());
    exchange::MispSettings settings;
    if (!service_.home().config().misp_version.empty()) {
      PARLEY_TRY(settings.version, misp_sync::parse_version(service_.home().config().misp_version));
    }
    misp_ = std::make_unique<exchange::MispService>(service_.node(), *lists, settings);
  }
  return misp_.get();
}

api::MispNode MispHttp::node(Authenticate authenticate) {
  api::MispNode out;
  out.authenticate = std::move(authenticate);
  out.begin = [this](const misp_sync::Request& request, std::string body) -> api::MispNode::Steps {
    const auto service = misp();
    if (!service)
      return [error = service.error()]() -> Result<std::optional<misp_sync::Answer>> {
        return std::unexpected<Error>(error);
      };
    std::shared_ptr<exchange::MispWork> work = (*service)->begin(request, std::move(body));
    return [work] { return work->step(); };
  };
  out.refuse_unread = [this](const misp_sync::Request& request) -> std::optional<misp_sync::Answer> {
    const auto service = misp();
    if (!service) return misp_sync::error_answer(service.error(), request.path);
    return (*service)->refuse_unread(request);
  };
  return out;
}

Result<void> MispHttp::tick() {
  return misp_ ? misp_->tick() : Result<void>();
}

Result<void> MispHttp::close() {
  return misp_ ? misp_->close() : Result<void>();
}

}  // namespace parley::app
