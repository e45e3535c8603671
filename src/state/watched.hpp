#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "intel/selector.hpp"
#include "state/store.hpp"

namespace parley::state {

/// The id of an object or a selector, as a hash: what something was made from, or what a commit has changed.
/// That two share one costs a look too much, and never one too few.
using Touch = std::uint32_t;
Touch touch_of(std::string_view id);
Touch touch_of(const intel::Selector& selector);

/// What a computation has asked the store for.
class Lookups {
 public:
  void add(Touch touch) { touches_.push_back(touch); }
  void add(std::span<const Touch> touches) {
    touches_.insert(touches_.end(), touches.begin(), touches.end());
  }
  /// It asked for what no touch can name: any change may concern it.
  void add_everything() { everything_ = true; }
  bool everything() const { return everything_; }
  std::size_t size() const { return touches_.size(); }
  /// Those after the first `begin`.
  std::span<const Touch> since(std::size_t begin) const { return std::span(touches_).subspan(begin); }
  /// Each once, in order; empties it.
  std::vector<Touch> take();

 private:
  std::vector<Touch> touches_;
  bool everything_ = false;
};

/// `inner`, with everything that is asked of it noted. What it borrows must outlive it.
std::unique_ptr<Reader> record_lookups(const Reader& inner, Lookups& lookups);

/// A store that knows for a while what its commits have touched, so that what was made from its records can
/// be kept as far as they are the same. Nothing is noted before somebody has asked once.
class WatchedStore final : public Store {
 public:
  /// Most commits, and touches of all of them, that are remembered.
  static constexpr std::size_t max_commits = 256;
  static constexpr std::size_t max_touches = 20'000;

  explicit WatchedStore(std::unique_ptr<Store> inner);
  ~WatchedStore() override;

  Result<std::unique_ptr<Transaction>> begin(Durability durability) override;
  Result<std::unique_ptr<Reader>> snapshot() const override { return inner_->snapshot(); }
  std::uint64_t changes() const override { return inner_->changes(); }

  /// What has changed since `changes()` was that number. Nothing when it cannot be said: too much, too long
  /// ago, objects that were there before, or by ways that are not followed (`Upkeep`).
  std::optional<std::vector<Touch>> touched_since(std::uint64_t changes);

 private:
  friend class WatchedTransaction;
  struct Commit {
    std::uint64_t from = 0, to = 0;
    std::optional<std::vector<Touch>> touched;
  };
  void note(Commit commit);

  std::unique_ptr<Store> inner_;
  bool watched_ = false;
  std::deque<Commit> commits_;  // each begins where the one before ended
  std::size_t touches_ = 0;
};

}  // namespace parley::state
