#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "lookup/fuse_layout.hpp"

namespace parley::lookup {

/// The order in which the slots of a filter are written, so that in the end the four slots of every key XOR
/// to that key's value: the peeling of the key's hypergraph, backwards (Graf and Lemire, section 3.1).
class FusePlan {
 public:
  /// For at most `max_items` keys; equal keys count once, and the first of them gives the value. The same
  /// keys and base seed give the same plan in whatever order the keys stand (but for the indices). Tries seed
  /// after seed; `internal` when 100 fail, which chance does not do. About 0.3 µs a key.
  static Result<FusePlan> make(std::span<const FuseKey> keys, std::uint64_t base_seed);

  FusePlan(FusePlan&&) noexcept = default;
  FusePlan& operator=(FusePlan&&) noexcept = delete;
  ~FusePlan();

  const FuseLayout& layout() const { return layout_; }
  std::uint64_t seed() const { return seed_; }

  /// Writes `layout().slots()` rows of `width` bytes into `out`. `values` holds one row of `width` bytes for
  /// each key. Slots that no key needs keep bytes of `entropy`, so that a written filter looks random as a
  /// whole.
  void fill(std::size_t width, BytesView values, Entropy& entropy, std::span<std::uint8_t> out) const;

 private:
  FusePlan() = default;
  struct Write {
    std::uint32_t key = 0;   // whose value
    std::uint32_t slot = 0;  // where it is made true
    std::uint64_t hash = 0;
  };

  FuseLayout layout_;
  std::uint64_t seed_ = 0;
  std::vector<Write> writes_;
};

}  // namespace parley::lookup
