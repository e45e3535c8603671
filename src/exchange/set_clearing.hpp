#pragma once

#include <cstdint>
#include <memory>

#include "exchange/gate.hpp"

namespace parley::state {
class Reader;
}  // namespace parley::state

namespace parley::exchange {

/// The gate's pass over the holdings of a match, in turns, so that a node with a million of them answers
/// other commands in between. Made by `Gate::begin_match_set` and given back to `Gate::finish_match_set`,
/// which alone makes something cleared of it. Reads one snapshot from beginning to end, and asks the rules
/// that were in force when it began.
class SetClearing {
 public:
  ~SetClearing();
  SetClearing(SetClearing&&) noexcept;
  SetClearing& operator=(SetClearing&&) noexcept;

  /// Looks at `most` more selectors; true when none are left.
  Result<bool> step(std::uint32_t most = 8192);
  /// How many were looked at.
  std::uint64_t seen() const;
  /// What is looked at, as it was when the clearing began: whoever says more about a cleared selector than
  /// its value reads it here, since what came later was never decided on.
  std::shared_ptr<const state::Reader> snapshot() const;

  struct State;

 private:
  friend class Gate;
  explicit SetClearing(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
