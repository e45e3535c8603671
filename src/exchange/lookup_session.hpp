#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/lookup_permission.hpp"
#include "exchange/lookup_store.hpp"
#include "exchange/node.hpp"
#include "intel/selector.hpp"
#include "peer/hello.hpp"
#include "peer/machine.hpp"

namespace parley::exchange {

/// What both sides announce in the hello when they can do this.
inline constexpr std::string_view lookup_feature = "lookup/2";

/// What one side knows when a batch is over.
struct LookupRun {
  std::string session;  ///< UUID, the same on both sides
  std::string peer;     ///< origin
  std::uint64_t evaluations = 0;
  std::uint64_t budget_left = 0;  ///< look-ups left today under the agreement, by the asked side's count
  std::uint64_t set_items = 0;    ///< padded
  std::uint64_t set_bytes = 0;
  bool downloaded = false;  ///< the set's file was fetched now
  std::string leak_statement;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::string statement;                      ///< id of the own record
  std::optional<std::uint64_t> ledger_index;  ///< of the own record
};

/// One value that was asked, and what came out.
struct LookedUp {
  intel::Selector selector;
  bool hit = false;
  std::string pointer;  ///< of a label: where to ask further; empty for none
  std::string marking;  ///< of what lies there: "TLP:GREEN", …; empty for none
};

/// The side that asks. Sequence (docs/spec/lookup.md):
///
///   A → B  OPEN, LOOKUP_ASK              A's signed question: agreement, purpose, how many; heads of both
///   logs B → A  LOOKUP_PROGRESS …, LOOKUP_SET  B's signed offer with the heads, and its statement of the
///   set, built
///                                         now where there is none; or LOOKUP_PENDING, and officers decide
///   A → B  LOOKUP_FETCH                  only when A lacks the file
///   B → A  LOOKUP_CHUNK …
///   A → B  LOOKUP_RECORD, LOOKUP_QUERY   A's record, in A's ledger already
///   B → A  LOOKUP_RECORD, LOOKUP_ANSWER  B's, in B's ledger already, after the budgets were charged
///
/// A reports findings only after the proof held and B's record is in its own ledger.
class LookupInitiator final : public peer::Machine {
 public:
  /// Told while the set is built and fetched: name of the step, done, in all.
  using OnProgress = std::function<void(std::string_view, std::uint64_t, std::uint64_t)>;

  /// 1 to `lookup::max_batch` selectors, each once. `files` outlives the machine.
  LookupInitiator(Node& node, LookupStore& files, peer::PeerSession session, LookupQuestion question,
                  std::vector<intel::Selector> selectors);
  ~LookupInitiator() override;
  void on_progress(OnProgress told);
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  Result<peer::Step> resume() override;
  void on_abort(const Error& reason) override;
  peer::SessionId session() const override;
  std::optional<ByteArray<32>> offer_hash() const override;

  /// After `done`: nothing when the set waits for officers of the peer.
  const std::optional<LookupRun>& run() const;
  const std::vector<LookedUp>& findings() const;
  bool waits_for_peer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The side that is asked. Made by the driver for an OPEN frame of kind `lookup`.
class LookupResponder final : public peer::Machine {
 public:
  LookupResponder(Node& node, LookupStore& files, peer::PeerSession session, peer::SessionId id);
  ~LookupResponder() override;
  Result<peer::Step> start() override;
  Result<peer::Step> on_frame(const peer::Frame& frame) override;
  Result<peer::Step> resume() override;
  void on_abort(const Error& reason) override;
  peer::SessionId session() const override;
  std::optional<ByteArray<32>> offer_hash() const override;

  /// After `done`.
  const std::optional<LookupRun>& run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
