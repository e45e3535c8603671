#pragma once

#include <memory>

#include "exchange/lookup_book.hpp"
#include "exchange/lookup_permission.hpp"
#include "exchange/lookup_store.hpp"

namespace parley::exchange {

/// Whether everything in an own set may still be told, after the holdings changed: the gate's pass over the
/// holdings again, in turns, and then each item of the set and each label held against it. What is new in the
/// holdings does not matter: it waits for the next set.
class LookupRecheck {
 public:
  enum class Verdict { more, stands, stale };

  static Result<LookupRecheck> begin(Node& node, LookupStore& files, const LookupPermission& permission,
                                     std::uint64_t epoch);
  ~LookupRecheck();
  LookupRecheck(LookupRecheck&&) noexcept;
  LookupRecheck& operator=(LookupRecheck&&) noexcept;

  /// One turn. `stands` is remembered until the holdings change again. A list that is gone or damaged is
  /// `stale`: nothing shows any more what would be told.
  Result<Verdict> step();

 private:
  struct State;
  explicit LookupRecheck(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
