#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/peers.hpp"
#include "home.hpp"
#include "net/channel.hpp"
#include "net/control.hpp"
#include "net/node_loop.hpp"

namespace parley::app {

using encoding::Json;

/// What a command answers: its JSON, and the exit code that goes with it.
struct Answer {
  Json output;
  int exit = 0;
};
Json answer_json(const Answer& answer);

/// The arguments of a command. Missing or mistyped ones are usage errors that name the argument.
class Args {
 public:
  explicit Args(const Json& args) : args_(args) {}
  Result<std::string> text(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;
  std::optional<std::uint64_t> number(std::string_view key) const;
  /// --days: from 1 to `most`.
  Result<std::chrono::hours> days(std::uint64_t otherwise, std::uint64_t most) const;
  bool flag(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;
  bool has(std::string_view key) const { return args_.contains(key); }

 private:
  const Json& args_;
};

/// An opened home that answers commands: behind the control socket of a running node, or for one command in a
/// process of its own. Lives on the node thread; made and destroyed while the loop runs nothing of it.
class Service {
 public:
  Service(net::NodeLoop& loop, Home& home, net::EventSink events);

  /// Answers {"command", "args"}.
  net::ControlHandler handler();
  /// How this node talks to peers, for the listener and for calls.
  net::ChannelSettings channel_settings();
  /// TLS keys of the active peers, kept level with the store.
  std::shared_ptr<net::PinnedKeys> pinned() { return pinned_; }
  Result<void> refresh_pinned();

  net::NodeLoop& loop() { return loop_; }
  /// Whether it is there for one command, so that nothing else comes between the steps of that.
  bool is_alone() const { return is_alone_; }
  void set_alone() { is_alone_ = true; }
  /// The calls that `call_peer` and `tell_peer` have under way.
  net::PeerCalls& calls() { return calls_; }
  Home& home() { return home_; }
  exchange::Node& node() { return home_.node(); }

  using Reply = std::shared_ptr<net::ControlReply>;
  using Command = std::function<void(Service&, const Args&, Reply)>;
  using Commands = std::map<std::string, Command, std::less<>>;

  /// Runs one session with a peer; `done` is called on the node thread.
  void call_peer(const exchange::PeerRecord& peer, net::MachineFactory factory,
                 std::function<void(Result<net::Outcome>)> done);
  /// Carries a signed notice to a peer, suspended or not, and completes `output` with whether it was told.
  void tell_peer(const exchange::PeerRecord& peer, std::string notice_jws, Json output, const Reply& reply);

 private:
  net::NodeLoop& loop_;
  Home& home_;
  net::EventSink events_;
  net::PeerCalls calls_;
  std::string tls_certificate_;
  std::shared_ptr<net::PinnedKeys> pinned_ = std::make_shared<net::PinnedKeys>();
  Commands commands_;
  bool is_alone_ = false;
};

/// A command that answers at once.
Service::Command immediate(std::function<Result<Answer>(Service&, const Args&)> run);

void add_intel_commands(Service::Commands& commands);
void add_export_commands(Service::Commands& commands);
void add_search_commands(Service::Commands& commands);
void add_related_commands(Service::Commands& commands);
void add_report_commands(Service::Commands& commands);
void add_taxii_server_commands(Service::Commands& commands);
void add_officer_commands(Service::Commands& commands);
void add_peer_commands(Service::Commands& commands);
void add_agreement_commands(Service::Commands& commands);
void add_match_commands(Service::Commands& commands);
void add_lookup_commands(Service::Commands& commands);
/// An officer's answer about a match; with the last one that it needs, the match runs.
void submit_match_approval(Service& service, const std::string& answer, const Service::Reply& reply);
void add_release_commands(Service::Commands& commands);
void add_policy_commands(Service::Commands& commands);
void add_ledger_commands(Service::Commands& commands);
void add_taxii_client_commands(Service::Commands& commands);
void add_misp_commands(Service::Commands& commands);

}  // namespace parley::app
