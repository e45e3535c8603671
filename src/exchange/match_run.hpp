#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "exchange/node.hpp"
#include "exchange/run_store.hpp"
#include "intel/selector.hpp"
#include "match/parameters.hpp"
#include "peer/hello.hpp"
#include "policy/agreement.hpp"

namespace parley::state {
class Reader;
class Transaction;
}  // namespace parley::state

namespace parley::exchange {

/// How far a run has come. Only `done` has a result; `begun` and `aborted` runs count against the budget all
/// the same, because the peer has seen protocol messages.
enum class RunStatus { begun, done, aborted };
std::string_view run_status_name(RunStatus status);

/// What one side keeps of a match run.
struct MatchRun {
  std::string id;    ///< UUID, the same on both sides
  std::string peer;  ///< origin
  peer::Side role = peer::Side::initiator;
  RunStatus status = RunStatus::begun;
  std::string agreement;  ///< hash
  std::string purpose;
  std::uint64_t epoch = 0;  ///< days since 1970-01-01, UTC
  std::vector<intel::SelectorType> types;
  policy::MatchOutput output = policy::MatchOutput::size;
  match::Learner learner = match::Learner::receiver;
  std::string protocol;
  std::string protocol_reason;  ///< why this one, in plain words
  std::string proposal;         ///< id of the proposal that officers approved; empty where nobody had to
  std::string security;         ///< "semi-honest" or "malicious", of the protocol that ran
  std::uint64_t own_size = 0;
  std::uint64_t own_size_padded = 0;
  std::uint64_t peer_size_padded = 0;
  std::string offer;       ///< the canonical bytes that both signed
  std::string offer_hash;  ///< hexadecimal
  std::string transcript_hash;
  std::string outgoing_hash;  ///< over own protocol messages
  std::string set_root;       ///< own
  std::string leak_statement;
  std::uint64_t budget_before = 0;  ///< runs left today in this direction, before and after
  std::uint64_t budget_after = 0;
  Timestamp begun;
  Timestamp ended;
  Timestamp audit_until;  ///< the run key is destroyed then
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t charged = 0;  ///< to the asker's budgets here, on the side that answered: items
  /// Number of common items; known to those who learn: the initiator, or both.
  std::optional<std::uint64_t> size;
  std::vector<intel::Selector> matches;  ///< for who learns and output `items`
  std::string statement;                 ///< id of the own match record in the ledger
  std::string peer_statement;            ///< id of the peer's, in this ledger too
  std::vector<std::string> disclosures;  ///< open what the own record seals: the number of hits
  std::optional<std::uint64_t> ledger_index;
};

/// By id, or by its first characters (eight at least) when only one begins so. With its matches.
Result<MatchRun> find_run(Node& node, std::string_view id);
/// Puts a run into the store, its matches beside it; whoever calls it has begun the transaction.
Result<void> store_run(state::Transaction& transaction, const MatchRun& run);

/// Whether a run of that id was ever begun here.
Result<bool> is_known_run(const state::Reader& reader, std::string_view id);

/// Newest first, without their matches.
Result<std::vector<MatchRun>> list_runs(Node& node);

/// What `parley match --json` prints (design.md), with more members.
encoding::Json run_json(const MatchRun& run);

/// The key of a run's sealed records; `not_found` once it was destroyed.
Result<crypto::Secret<32>> run_key(Node& node, std::string_view run);
Result<void> store_run_key(state::Transaction& transaction, std::string_view run,
                           const crypto::Secret<32>& key);
Result<void> erase_run_key(state::Transaction& transaction, std::string_view run);

/// Destroys the keys of runs whose audit period is over, and their sealed records: the replay of those is
/// "not shown" from then on. Returns how many. Called when a home is opened and once a day.
Result<std::uint64_t> destroy_expired_run_keys(Node& node, RunStore& runs);

}  // namespace parley::exchange
