#include "taxii_http.hpp"

#include <algorithm>
#include <utility>

namespace parley::app {

namespace {

// Readings of a minute are closed once the next one is over, so kept answers are counted well before.
constexpr std::chrono::seconds tick_period{2};

exchange::TaxiiCredentials shown(const api::Credentials& credentials) {
  exchange::TaxiiCredentials out;
  out.basic_user = credentials.user;
  out.basic_password = credentials.password;
  out.bearer = credentials.token;
  out.certificate = credentials.certificate;
  return out;
}

/// Publishes before it hands an answer on.
class PublishedReply final : public net::ControlReply {
 public:
  PublishedReply(std::shared_ptr<net::ControlReply> inner, api::TaxiiEndpoint& endpoint)
      : inner_(std::move(inner)), endpoint_(&endpoint) {}
  void progress(std::string_view step, std::uint64_t done, std::uint64_t total) override {
    inner_->progress(step, done, total);
  }
  void result(const encoding::Json& value) override {
    endpoint_->publish();
    inner_->result(value);
  }
  void error(const Error& error) override {
    endpoint_->publish();
    inner_->error(error);
  }
  bool cancelled() const override { return inner_->cancelled(); }

 private:
  std::shared_ptr<net::ControlReply> inner_;
  api::TaxiiEndpoint* endpoint_;
};

net::Response no_body_here() {
  net::Response out;
  out.status = 413;
  out.body = "no body is taken here\n";
  return out;
}

}  // namespace

TaxiiHttp::TaxiiHttp(Service& service, const api::Router& router, net::EventSink events)
    : service_(service),
      router_(router),
      events_(std::move(events)),
      endpoint_(node(), service.home().clock(), service.home().entropy()),
      misp_(service,
            [this](const api::Credentials& credentials) -> Result<std::string> {
              PARLEY_TRY(exchange::TaxiiService* const taxii, this->taxii());
              return taxii->authenticate(shown(credentials));
            }),
      later_(service.loop()) {}

Result<exchange::TaxiiService*> TaxiiHttp::taxii() {
  if (!taxii_) {
    PARLEY_TRY(const intel::WarninglistSet* lists, service_.home().warninglists());
    taxii_ = std::make_unique<exchange::TaxiiService>(service_.node(), *lists, settings_,
                                                      &service_.home().store());
  }
  return taxii_.get();
}

api::TaxiiNode TaxiiHttp::node() {
  api::TaxiiNode out;
  out.authenticate = [this](const api::Credentials& credentials) -> Result<std::string> {
    PARLEY_TRY(exchange::TaxiiService* const taxii, this->taxii());
    return taxii->authenticate(shown(credentials));
  };
  out.answer = [this](const taxii::Request& request) {
    const auto taxii = this->taxii();
    return taxii ? (*taxii)->answer(request) : taxii::error_answer(taxii.error());
  };
  out.begin_posting = [this](const taxii::Request& request, std::string body,
                             taxii::Answer& refusal) -> api::TaxiiNode::Steps {
    const auto taxii = this->taxii();
    if (!taxii) {
      refusal = taxii::error_answer(taxii.error());
      return {};
    }
    std::shared_ptr<exchange::TaxiiPosting> posting =
        (*taxii)->begin_posting(request, std::move(body), refusal);
    if (!posting) return {};
    return [posting] { return posting->step(); };
  };
  out.epoch = [this] { return taxii_ ? taxii_->epoch() : 0; };
  out.note_served = [this](std::uint64_t ticket, std::uint64_t times) {
    if (taxii_) taxii_->note_served(ticket, times);
  };
  return out;
}

net::HttpService TaxiiHttp::http() {
  net::HttpService out;
  out.answer = [this](net::Request& request) {
    if (api::TaxiiEndpoint::owns(request.path)) return endpoint_.answer(request);
    return api::MispEndpoint::owns(request.path) ? misp_.answer(request) : router_.handle(request);
  };
  out.before_body = [this](const net::Request& request) -> std::optional<net::Response> {
    if (api::TaxiiEndpoint::owns(request.path)) return endpoint_.before_body(request);
    return api::MispEndpoint::owns(request.path) ? misp_.before_body(request) : no_body_here();
  };
  out.ready = [this](const net::Request& request) -> std::optional<net::Response> {
    if (!api::TaxiiEndpoint::owns(request.path)) return std::nullopt;
    return endpoint_.ready(request);
  };
  out.refuse = [](const net::HttpRefusal& refusal) {
    return api::MispEndpoint::owns(refusal.target) ? api::MispEndpoint::refuse(refusal)
                                                   : api::TaxiiEndpoint::refuse(refusal);
  };
  return out;
}

net::HttpServerLimits TaxiiHttp::limits() const {
  net::HttpServerLimits out;
  // Each service holds what it takes to its own bound.
  out.message.body_bytes = std::max(settings_.max_content_length, misp_.max_body());
  out.connections = service_.home().config().https_connections;
  out.connections_per_address = service_.home().config().https_connections_per_address;
  return out;
}

void TaxiiHttp::start() {
  service_.loop().after_each_task([this] { endpoint_.publish(); });
  service_.loop().post([this] { later_.set(tick_period, [this] { tick(); }); });
}

net::ControlHandler TaxiiHttp::told_after_publishing(net::ControlHandler inner) {
  return [this, inner = std::move(inner)](const encoding::Json& request,
                                          std::shared_ptr<net::ControlReply> reply) {
    inner(request, std::make_shared<PublishedReply>(std::move(reply), endpoint_));
  };
}

void TaxiiHttp::tick() {
  endpoint_.report_served();
  if (taxii_) {
    if (const auto done = taxii_->tick(); !done && events_)
      events_(net::Event{net::Severity::error, "taxii_readings_not_recorded", {}, {}, done.error().message});
  }
  if (const auto done = misp_.tick(); !done && events_)
    events_(net::Event{net::Severity::error, "misp_readings_not_recorded", {}, {}, done.error().message});
  later_.set(tick_period, [this] { tick(); });
}

Result<void> TaxiiHttp::close() {
  return service_.loop().run([this]() -> Result<void> {
    later_.forget();
    endpoint_.report_served();
    PARLEY_CHECK(misp_.close());
    return taxii_ ? taxii_->close() : Result<void>();
  });
}

}  // namespace parley::app
