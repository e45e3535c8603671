#include "service.hpp"

#include <algorithm>

#include "exchange/agreement_session.hpp"
#include "exchange/heads_session.hpp"
#include "exchange/lookup_session.hpp"
#include "exchange/match_choice.hpp"
#include "exchange/match_session.hpp"
#include "exchange/notices.hpp"
#include "exchange/received_abort.hpp"
#include "exchange/release_session.hpp"
#include "net/certificate.hpp"
#include "peer/invitation.hpp"

namespace parley::app {

namespace {

/// The peer as the channel needs it. When both invitations were exchanged, their two secrets give the key of
/// the second encryption layer.
net::PeerContext context_of(const exchange::PeerRecord& peer, const std::string& own_origin) {
  net::PeerContext context;
  context.tls_key = peer.tls_key;
  context.pinned.origin = peer::Origin(peer.origin);
  context.pinned.role_key = peer.role_key;
  context.pinned.suspended = peer.status == exchange::PeerStatus::suspended;
  if (!peer.own_secret.empty() && !peer.pairing_secret.empty())
    context.pinned.layer_key = std::make_shared<const crypto::Secret<32>>(peer::combine_pairing_secrets(
        peer::Origin(own_origin), peer.own_secret, context.pinned.origin, peer.pairing_secret));
  return context;
}

}  // namespace

Json answer_json(const Answer& answer) {
  return Json::object({{"output", answer.output}, {"exit", answer.exit}});
}

Result<std::string> Args::text(std::string_view key) const {
  const Json* value = args_.find(key);
  if (value == nullptr || !value->is_string())
    return fail(ErrorKind::usage, key == "agreement" || key == "purpose"
                                      ? "--" + std::string(key) + " is missing"
                                      : "the argument \"" + std::string(key) + "\" is missing");
  return *value->if_string();
}

std::string Args::text_or(std::string_view key, std::string_view fallback) const {
  const Json* value = args_.find(key);
  return value != nullptr && value->is_string() ? *value->if_string() : std::string(fallback);
}

Result<std::chrono::hours> Args::days(std::uint64_t otherwise, std::uint64_t most) const {
  const std::uint64_t days = number("days").value_or(otherwise);
  if (days < 1 || days > most) return fail(ErrorKind::usage, "--days: from 1 to " + std::to_string(most));
  return std::chrono::hours(24 * days);
}

std::optional<std::uint64_t> Args::number(std::string_view key) const {
  const Json* value = args_.find(key);
  return value != nullptr ? value->uint_value() : std::nullopt;
}

bool Args::flag(std::string_view key) const {
  const Json* value = args_.find(key);
  return value != nullptr && value->is_bool() && *value->if_bool();
}

std::vector<std::string> Args::list(std::string_view key) const {
  std::vector<std::string> out;
  const Json* value = args_.find(key);
  if (value == nullptr || !value->is_array()) return out;
  for (const Json& element : *value->if_array())
    if (element.is_string()) out.push_back(*element.if_string());
  return out;
}

Service::Command immediate(std::function<Result<Answer>(Service&, const Args&)> run) {
  return [run = std::move(run)](Service& service, const Args& args, const Service::Reply& reply) {
    auto answer = run(service, args);
    if (answer)
      reply->result(answer_json(*answer));
    else
      reply->error(answer.error());
  };
}

Service::Service(net::NodeLoop& loop, Home& home, net::EventSink events)
    : loop_(loop), home_(home), events_(std::move(events)), calls_(loop) {
  add_intel_commands(commands_);
  add_export_commands(commands_);
  add_search_commands(commands_);
  add_related_commands(commands_);
  add_report_commands(commands_);
  add_taxii_server_commands(commands_);
  add_officer_commands(commands_);
  add_peer_commands(commands_);
  add_agreement_commands(commands_);
  add_match_commands(commands_);
  add_lookup_commands(commands_);
  add_release_commands(commands_);
  add_policy_commands(commands_);
  add_ledger_commands(commands_);
  add_taxii_client_commands(commands_);
  add_misp_commands(commands_);
}

net::ControlHandler Service::handler() {
  return [this](const Json& request, std::shared_ptr<net::ControlReply> reply) {
    auto name = request.string_member("command");
    if (!name) return reply->error(name.error());
    const auto found = commands_.find(*name);
    if (found == commands_.end())
      return reply->error({ErrorKind::usage,
                           "this node has no command \"" + *name + "\"; is it of another version?",
                           {},
                           {}});
    static const Json none = Json::object();
    const Json* args = request.find("args");
    found->second(*this, Args(args != nullptr ? *args : none), std::move(reply));
  };
}

Result<void> Service::refresh_pinned() {
  PARLEY_TRY(std::vector<exchange::PeerRecord> peers, exchange::list_peers(node()));
  std::vector<crypto::PublicKey> keys;
  for (const exchange::PeerRecord& peer : peers)
    if (peer.status == exchange::PeerStatus::active) keys.push_back(peer.tls_key);
  pinned_->replace(keys);
  return {};
}

net::ChannelSettings Service::channel_settings() {
  net::ChannelSettings settings;
  settings.origin = peer::Origin(node().identity().origin);
  settings.role_key = &node().keys().role;
  settings.tls_key = &node().keys().tls;
  if (tls_certificate_.empty()) {
    auto made = net::make_certificate(node().keys().tls, node().identity().origin);
    if (made) tls_certificate_ = *made;  // an empty one fails at the first handshake, with its reason
  }
  settings.tls_certificate = tls_certificate_;
  settings.features = exchange::match_features();
  for (const std::string_view one : {std::string_view("agreement/1"), std::string_view("release/1"),
                                     std::string_view(exchange::lookup_feature)})
    settings.features.emplace_back(one);
  std::ranges::sort(settings.features);
  settings.clock = &home_.clock();
  settings.entropy = &home_.entropy();
  settings.admit = [this](const crypto::PublicKey& key) -> Result<net::PeerContext> {
    PARLEY_TRY(exchange::PeerRecord peer, exchange::find_peer_by_tls_key(node(), key));
    if (peer.status == exchange::PeerStatus::suspended)
      return refuse({"peer-suspended"}, "the peer " + peer.name + " is suspended");
    return context_of(peer, node().identity().origin);
  };
  settings.open_session = [this](const net::SessionContext& context,
                                 const peer::OpenRequest& open) -> Result<std::unique_ptr<peer::Machine>> {
    const std::string& origin = context.session.peer_origin.value();
    switch (open.kind) {
      case peer::SessionKind::agreement:
        return std::make_unique<exchange::AgreementReceiver>(node(), origin, open.session);
      case peer::SessionKind::match:
        return std::make_unique<exchange::MatchResponder>(node(), home_.runs(), context.session,
                                                          open.session);
      case peer::SessionKind::lookup:
        return std::make_unique<exchange::LookupResponder>(node(), home_.lookups(), context.session,
                                                           open.session);
      case peer::SessionKind::heads:
        return std::make_unique<exchange::HeadsResponder>(node(), origin, open.session);
      case peer::SessionKind::release: {
        PARLEY_TRY(const intel::WarninglistSet* lists, home_.warninglists());
        return std::make_unique<exchange::ReleaseReceiver>(node(), origin, open.session, lists);
      }
    }
    return fail(ErrorKind::bad_input, "unknown kind of session");
  };
  // Before anything is asked of a peer or told to it: whether one of both was set back to an older copy.
  settings.first_session = [this](const net::SessionContext& context) -> std::shared_ptr<peer::Machine> {
    const std::vector<std::string>& features = context.session.features;
    if (std::ranges::find(features, exchange::heads_feature) == features.end()) return nullptr;
    return std::make_shared<exchange::HeadsInitiator>(node(), context.session.peer_origin.value(), false);
  };
  settings.abort_received = [this](const net::PeerContext& peer, std::string_view jws) {
    // The session has ended either way; a ledger that cannot be written shows at the next act.
    static_cast<void>(exchange::keep_abort(node(), peer.pinned.origin.value(), jws));
  };
  settings.calls = calls_.state();
  settings.events = events_;
  return settings;
}

void Service::tell_peer(const exchange::PeerRecord& peer, std::string notice_jws, Json output,
                        const Reply& reply) {
  const auto told = [output = std::move(output), reply](const Result<net::Outcome>& outcome) {
    Json answer = output;
    answer.set("told", outcome.has_value());
    if (!outcome) answer.set("why_not_told", outcome.error().text());
    reply->result(answer_json({std::move(answer)}));
  };
  auto address = net::parse_address(peer.address);
  if (!address) return told(std::unexpected<Error>(address.error()));
  net::ChannelSettings settings = channel_settings();
  settings.first_session = nullptr;
  // That it is suspended is what it is told: this one call is made all the same, and carries nothing else.
  settings.admit = [this, origin = peer.origin](const crypto::PublicKey& key) -> Result<net::PeerContext> {
    PARLEY_TRY(const exchange::PeerRecord now, exchange::find_peer(node(), origin));
    if (now.tls_key != key) return fail(ErrorKind::not_found, "another peer answered");
    net::PeerContext context = context_of(now, node().identity().origin);
    context.pinned.suspended = false;
    return context;
  };
  net::connect_and_run(
      loop_, *address, peer.tls_key, std::move(settings),
      [this,
       jws = std::move(notice_jws)](const net::SessionContext&) -> Result<std::shared_ptr<peer::Machine>> {
        return std::make_shared<exchange::NoticeSender>(node(), jws);
      },
      told);
}

void Service::call_peer(const exchange::PeerRecord& peer, net::MachineFactory factory,
                        std::function<void(Result<net::Outcome>)> done) {
  if (peer.status == exchange::PeerStatus::suspended)
    return done(refuse({"peer-suspended"},
                       "the peer " + peer.name + " is suspended; `parley peer resume` takes it up again"));
  auto address = net::parse_address(peer.address);
  if (!address) return done(std::unexpected<Error>(address.error()));
  net::connect_and_run(loop_, *address, peer.tls_key, channel_settings(), std::move(factory),
                       std::move(done));
}

}  // namespace parley::app
