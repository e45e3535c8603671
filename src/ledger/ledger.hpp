#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "crypto/ed25519.hpp"
#include "merkle/checkpoint.hpp"
#include "merkle/tlog_proof.hpp"
#include "merkle/tree.hpp"
#include "record/leaf.hpp"

namespace parley::log {
class Log;
}

namespace parley::ledger {

using merkle::LeafIndex;
using merkle::TreeSize;

/// A statement that is to be recorded: its bytes and the random opening of its commitment.
struct Entry {
  std::string_view jws;
  record::Opening opening{};
};

/// What an append gives back, once it is durable.
struct Receipt {
  LeafIndex index;
  Timestamp time;  ///< as it stands in the leaf
};

/// A leaf and its path under one checkpoint: all that a verifier needs besides statement and opening.
struct LeafProof {
  record::LeafBytes leaf{};
  merkle::TlogProof proof;
};

/// Names and limits of a ledger.
struct LedgerOptions {
  std::string origin;
  /// How far the clock may stand behind the last leaf. Within it the leaf takes the last leaf's time, so
  /// times never go backwards; beyond it the append is refused, because a leaf that lies by hours is worth
  /// less than none.
  std::chrono::microseconds max_clock_behind = std::chrono::minutes(5);
  std::size_t max_batch = 4096;  ///< entries of one append
};

/// The node's own transparency log: leaves that commit to statements, hashed as RFC 6962 says, headed by a
/// signed C2SP checkpoint. Owns the tree in memory (64 bytes a leaf) and borrows the log and nothing else.
/// One thread at a time.
///
/// Crash story: leaves and the checkpoint that covers them go to the log in one write and one sync, and
/// nothing (receipt, checkpoint, proof) is handed out before that returns. A crash before leaves the old
/// checkpoint, a crash after it the new one; there is no state between. When the write fails the ledger
/// refuses everything further: what the disk holds is then only known after opening it again.
class Ledger {
 public:
  /// Replays the log, recomputes the root and compares it with the stored checkpoint. An empty log gets no
  /// checkpoint until the first append. `conflict` with a clear text for: a checkpoint of another origin or
  /// key, a log longer or shorter than its checkpoint, another root at the same size, a leaf that is no leaf.
  static Result<Ledger> open(log::Log& log, const crypto::SigningKey& log_key, LedgerOptions options);

  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  /// Records statements in the order given; returns when they are durable. `conflict` when the clock stands
  /// too far behind; then nothing was recorded.
  Result<std::vector<Receipt>> append(std::span<const Entry> entries, Timestamp now);

  TreeSize size() const;
  merkle::Hash root() const;
  /// The newest signed checkpoint; empty before the first append.
  const std::string& checkpoint() const;
  const std::string& origin() const;
  /// The key that verifies the checkpoints.
  merkle::VerifierKey verifier_key() const;
  /// Time of the newest leaf.
  std::optional<Timestamp> last_time() const;

  /// Inclusion of a leaf under the newest checkpoint.
  Result<LeafProof> prove(LeafIndex index) const;
  /// RFC 9162 section 2.1.4.1 between two sizes of this log.
  Result<std::vector<merkle::Hash>> consistency(TreeSize old_size, TreeSize new_size) const;
  Result<record::LeafBytes> leaf(LeafIndex index) const;
  /// The newest leaf with this commitment; reads backwards from the end, at most `window` leaves. How an
  /// index is found again after a crash between log and state.
  Result<std::optional<LeafIndex>> find(const record::Commitment& commitment, std::uint64_t window) const;

  /// The bytes behind "checkpoint" or "tile/…" (C2SP tlog-tiles), `not_found` for what does not exist.
  Result<Bytes> resource(std::string_view path) const;

 private:
  struct State;
  explicit Ledger(State state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::ledger
