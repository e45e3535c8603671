#pragma once

// One node that lives in memory, for tests: SQLite in memory, a log on a simulated disk, a clock that stands,
// randomness from a seed.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "crypto/seeded.hpp"
#include "exchange/node.hpp"
#include "ledger/ledger.hpp"
#include "log_file/file_log.hpp"
#include "log_file/simulated_disk.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::exchange {

class MemoryNode {
 public:
  explicit MemoryNode(const std::string& name = "CERT Alpha",
                      std::string_view policy_toml = policy::default_policy_toml())
      : entropy(crypto::Secret<32>(ByteArray<32>{7}), name),
        policy(policy::Policy::load_or_closed(policy_toml)),
        store(state_sqlite::open_memory().value()),
        log(log_file::open(disk.disk(), entropy).value()),
        keys{crypto::SigningKey::generate(entropy), crypto::SigningKey::generate(entropy),
             crypto::SigningKey::generate(entropy)},
        origin("node.example/" + std::to_string(std::hash<std::string>()(name) % 1000)) {
    reopen();
  }

  /// The ledger and the node anew over the same store and log, as after a restart.
  void reopen() {
    node.reset();
    ledger::LedgerOptions options;
    options.origin = origin;
    ledger = std::make_unique<ledger::Ledger>(ledger::Ledger::open(*log, keys.log, options).value());
    node = std::make_unique<Node>(Identity{"CERT Alpha", "national_cert", "XA", origin},
                                  Keys{keys.role.clone(), keys.log.clone(), keys.tls.clone()}, policy, "",
                                  Node::Parts{*store, *ledger, clock, entropy, parallel});
  }

  ManualClock clock{Timestamp::from_seconds(1'800'000'000)};
  crypto::SeededEntropy entropy;
  SerialParallel parallel;
  policy::Policy policy;
  log_file::SimulatedDisk disk{1};
  std::unique_ptr<state::Store> store;
  std::unique_ptr<log_file::FileLog> log;
  Keys keys;
  std::string origin;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<Node> node;
};

}  // namespace parley::exchange
