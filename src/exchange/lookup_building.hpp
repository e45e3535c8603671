#pragma once

#include <cstdint>
#include <memory>

#include "exchange/lookup_book.hpp"
#include "exchange/lookup_permission.hpp"
#include "exchange/lookup_store.hpp"

namespace parley::exchange {

/// Sets that may take each other's place within one epoch, because the rules changed or a file was damaged.
inline constexpr std::int64_t max_sets_per_epoch = 8;

/// The set of a name as it can answer now: its statement, its key and its file are all there, and the rules
/// are those that it was built under. Nothing otherwise.
Result<std::optional<KnownSet>> usable_set(Node& node, LookupStore& files, const LookupPermission& permission,
                                           std::uint64_t epoch);

/// Builds the set of one name, in turns of the node thread of about 100 ms: the gate's pass over the
/// holdings, the bounds of the agreement and the caps of types with few values, labels where the agreement
/// has them, the values under a new key, the filter. In the end the statement stands in the ledger before
/// anything leaves, and an older key of that name is erased.
class LookupBuilding {
 public:
  /// `refused` as a match would be. `files` outlives it.
  static Result<LookupBuilding> begin(Node& node, LookupStore& files, LookupPermission permission,
                                      std::uint64_t epoch);
  ~LookupBuilding();
  LookupBuilding(LookupBuilding&&) noexcept;
  LookupBuilding& operator=(LookupBuilding&&) noexcept;

  /// One turn; true when the set stands. `refused` by `set-too-small`, `set-too-large`, `enumerable-cap`,
  /// `policy-changed`, `lookup-sets-per-day`.
  Result<bool> step();
  /// Items under the key so far, and in all; zeros while the holdings are looked at.
  std::uint64_t done() const;
  std::uint64_t total() const;
  /// Once `step` has said true.
  const KnownSet& set() const;

 private:
  struct State;
  explicit LookupBuilding(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
