#pragma once

#include <chrono>
#include <memory>

#include "exchange/expiry.hpp"
#include "indexing.hpp"
#include "net/later.hpp"
#include "service.hpp"

namespace parley::app {

/// What a node that serves does for search by itself, between its other work: what was imported is indexed
/// within seconds, and every hour what has expired is taken out. Begun and ended on the node thread; the
/// service must outlive it.
class UpkeepTimer {
 public:
  explicit UpkeepTimer(Service& service)
      : service_(service), models_(service.home().config().decay), later_(service.loop()) {}
  void begin() { tick(); }
  void end() { later_.forget(); }

 private:
  void tick();
  /// Whether there is more to do at once.
  Result<bool> work();
  /// Whether the node thread has had much else to do since `rest_`.
  bool is_needed_elsewhere() const;

  Service& service_;
  exchange::DecayModels models_;
  net::Later later_;
  struct {
    std::chrono::steady_clock::time_point since;
    std::chrono::steady_clock::duration busy{};
  } rest_;
  Indexing indexing_{std::chrono::milliseconds(10)};  // others are served in between
  std::unique_ptr<exchange::Expiry> expiry_;
  std::uint64_t seen_changes_ = ~std::uint64_t{0};
  Timestamp next_expiry_;
};

}  // namespace parley::app
