#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exchange/decay.hpp"
#include "exchange/lookup_store.hpp"
#include "exchange/node.hpp"
#include "exchange/run_store.hpp"
#include "intel/warninglist.hpp"
#include "ledger/ledger.hpp"
#include "log_file/file_log.hpp"
#include "net/https_proxy.hpp"
#include "net/system.hpp"
#include "net/threaded_parallel.hpp"
#include "policy/policy.hpp"
#include "state/watched.hpp"

namespace parley::app {

/// Settings of a node, config.toml.
struct Config {
  std::string peer_address;                ///< host:port that goes into invitations
  std::string peer_listen;                 ///< host:port to listen on for peers; empty: the peer address
  std::string listen;                      ///< host:port of the HTTPS endpoints; empty: none
  std::size_t https_connections = 10'000;  ///< at once
  std::size_t https_connections_per_address = 2'500;  ///< the same from one address
  std::vector<exchange::DecayModel> decay;            ///< asked before the built-in ones
  net::HttpsProxy proxy;     ///< through which other people's servers are asked; not set: the environment's
  std::string no_proxy;      ///< which of them are asked directly all the same (net::is_direct)
  std::string misp_version;  ///< what we say to MISP instances to be; empty: the usual
};

struct InitOptions {
  exchange::Identity identity;  ///< an empty origin is made from the name
  Config config;
  std::string warninglists;  ///< folder to copy lists from; empty: none
};

/// The folder of one node, opened: every part that a use case needs, and the lock that makes this process its
/// only owner. See docs/spec/home.md for the files.
class Home {
 public:
  /// Makes keys, log and default policy, and records parley/node/1 as the first leaf. Refuses a folder that
  /// holds a node already.
  static Result<exchange::Identity> create(const std::string& path, InitOptions options);

  /// Takes the lock, opens store and ledger, brings both level, loads policy and warninglists. `conflict`
  /// when another process owns the home. A policy that does not load closes the node: nothing leaves.
  static Result<std::unique_ptr<Home>> open(const std::string& path);
  ~Home();
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  const std::string& path() const { return path_; }
  const Config& config() const { return config_; }
  exchange::Node& node() { return *node_; }
  state::WatchedStore& store() { return *store_; }
  exchange::RunStore& runs() { return *runs_; }
  exchange::LookupStore& lookups() { return *lookups_; }
  net::SystemClock& clock() { return clock_; }
  net::SystemEntropy& entropy() { return entropy_; }
  /// Lists in HOME/warninglists, read at the first import.
  Result<const intel::WarninglistSet*> warninglists();
  /// Checks a policy file and puts it in force: written to the home first, then used.
  Result<void> install_policy(const std::string& text);
  /// What is due by now: keys of runs whose audit period is over, proposals whose time is. When the home is
  /// opened, and every hour of a node that serves.
  Result<void> tidy();
  /// Bytes of a torn append that were cut off when the log was opened.
  std::uint64_t cut_bytes() const;

 private:
  Home() = default;

  std::string path_;
  int lock_ = -1;
  Config config_;
  net::SystemClock clock_;
  net::SystemEntropy entropy_;
  net::ThreadedParallel parallel_;
  std::unique_ptr<state::WatchedStore> store_;
  std::unique_ptr<log_file::FileLog> log_;
  std::unique_ptr<crypto::SigningKey> log_key_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<policy::Policy> policy_;
  std::unique_ptr<exchange::RunStore> runs_;
  std::unique_ptr<exchange::LookupStore> lookups_;
  std::unique_ptr<intel::WarninglistSet> warninglists_;
  std::unique_ptr<exchange::Node> node_;
};

}  // namespace parley::app
