#include "upkeep_timer.hpp"

#include "state/store.hpp"

namespace parley::app {

namespace {

// A step takes about 10 ms: half of the time while nobody asks for anything, else a tenth.
constexpr std::chrono::milliseconds pause{10};
constexpr std::chrono::milliseconds long_pause{90};
constexpr std::chrono::milliseconds idle{2'000};
constexpr std::chrono::hours expire_every{1};

}  // namespace

Result<bool> UpkeepTimer::work() {
  const std::uint64_t changes = service_.node().store().changes();
  if (changes != seen_changes_) {
    PARLEY_TRY(const bool more, indexing_.step(service_.node()));
    if (more) return true;
    seen_changes_ = changes;
  }
  const Timestamp now = service_.node().clock().now();
  if (!expiry_ && now >= next_expiry_) {
    expiry_ = std::make_unique<exchange::Expiry>(service_.node(), models_, exchange::ExpiryOptions{});
    next_expiry_ = now + expire_every;
  }
  if (!expiry_) return false;
  PARLEY_TRY(const bool done, expiry_->step());
  if (done) expiry_.reset();
  return true;
}

bool UpkeepTimer::is_needed_elsewhere() const {
  const auto elapsed = std::chrono::steady_clock::now() - rest_.since;
  return (service_.loop().busy() - rest_.busy) * 5 > elapsed;
}

void UpkeepTimer::tick() {
  const auto begin = std::chrono::steady_clock::now();
  const bool is_short = !is_needed_elsewhere();
  const Result<bool> more = work();
  // What fails now (a full disk, somebody else who is writing) is tried again soon, expiry from its
  // beginning: what it took out before is taken out, and it finds the rest.
  if (!more && expiry_) {
    expiry_.reset();
    next_expiry_ = service_.node().clock().now();
  }
  // What this took is counted as soon as it has ended, and is no work for somebody else.
  const auto end = std::chrono::steady_clock::now();
  rest_ = {end, service_.loop().busy() + (end - begin)};
  later_.set(!more || !*more ? idle : is_short ? pause : long_pause, [this] { tick(); });
}

}  // namespace parley::app
