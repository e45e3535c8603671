#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "exchange/lookup_book.hpp"
#include "exchange/lookup_permission.hpp"
#include "exchange/lookup_proposal.hpp"
#include "exchange/lookup_store.hpp"

namespace parley::exchange {

/// Sets that may take each other's place within one epoch, because the rules changed or a file was damaged.
inline constexpr std::int64_t max_sets_per_epoch = 8;

/// The set of a name as it can answer now: its statement, its key and its file are all there, and the rules
/// are those that it was built under. Nothing otherwise.
Result<std::optional<KnownSet>> usable_set(Node& node, LookupStore& files, const LookupPermission& permission,
                                           std::uint64_t epoch);

/// Which set to build, and how far.
struct SetOrder {
  LookupPermission permission;
  std::uint64_t epoch = 0;
  std::string proposal;          ///< id of what officers approved; empty where nobody has to
  bool commitment_only = false;  ///< up to the root that officers are asked about
};

/// Builds the set of one name, in turns of the node thread of about 100 ms: the gate's pass over the
/// holdings, the bounds of the agreement and the caps of types with few values, the commitment to the items,
/// the word of the officers where the policy wants it, labels where the agreement has them, the values under
/// a new key, the filter. In the end the statement stands in the ledger before anything leaves, and an older
/// key of that name is erased.
class LookupBuilding {
 public:
  /// `refused` as a match would be. `files` outlives it.
  static Result<LookupBuilding> begin(Node& node, LookupStore& files, SetOrder order);
  ~LookupBuilding();
  LookupBuilding(LookupBuilding&&) noexcept;
  LookupBuilding& operator=(LookupBuilding&&) noexcept;

  /// One turn; true when the set, or the commitment, stands. `refused` by `set-too-small`, `set-too-large`,
  /// `enumerable-cap`, `policy-changed`, `lookup-sets-per-day`, or as `check_lookup_approved` says; what
  /// officers approved is void when the set is another one by now.
  Result<bool> step();
  /// OPRF values so far, and in all: a function of the padded size. Nothing before they begin, since that
  /// part tells something of the real one.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> progress() const;
  const LookupPermission& permission() const;
  /// Once `step` has said true: one or the other.
  bool has_set() const;
  const KnownSet& set() const;
  SetCommitment take_commitment();

 private:
  struct State;
  explicit LookupBuilding(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
