#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exchange/decay.hpp"
#include "exchange/node.hpp"
#include "state/search.hpp"
#include "state/upkeep.hpp"

namespace parley::exchange {

struct ExpiryOptions {
  bool dry_run = false;  ///< only tell what would go
  /// Take out what has decayed by any model, not only by those that say so.
  bool all_decayed = false;
};

/// One thing that has expired.
struct Expired {
  std::string what;  ///< an object's id, or a value
  std::string why;   ///< "valid_until", "sighting", or "decay" and the model
};

struct ExpiryReport {
  static constexpr std::size_t max_listed = 1'000;
  std::uint64_t looked_at = 0;  ///< objects and values
  state::UpkeepCounts counts;   ///< of a dry run, holdings and objects that would go
  std::uint64_t by_validity = 0;
  std::uint64_t by_sighting = 0;
  std::uint64_t by_decay = 0;
  std::vector<Expired> listed;  ///< the first ones
};

/// Takes out of matches, collections and search what counts no more: objects whose `valid_until` is over,
/// values that a sighting has expired and that were not seen since, and values that have decayed by a model
/// that takes them out. Contents stay, and are told as ended. What belongs to an open case stays whole.
///
/// In steps of a few milliseconds, each a transaction; the same again is not done twice. What a source still
/// says is held again when it is imported again, and expires again.
class Expiry {
 public:
  Expiry(Node& node, const DecayModels& models, ExpiryOptions options);
  Expiry(Expiry&&) noexcept;
  ~Expiry();

  /// Whether everything was looked at.
  Result<bool> step();
  ExpiryReport& report();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::exchange
