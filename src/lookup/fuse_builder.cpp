#include "lookup/fuse_builder.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "lookup/wiping.hpp"

namespace parley::lookup {
namespace {

constexpr unsigned max_attempts = 100;

struct Hashed {
  std::uint64_t hash = 0;
  std::uint32_t index = 0;
};

// How many keys still point to a slot, and the XOR of their numbers: with one left, that is the key.
struct Slot {
  std::uint32_t count = 0;
  std::uint32_t keys = 0;
};

enum class Sorted { distinct, collision };

// Sorted by hash: neighbours touch neighbouring slots, equal keys stand together, and the order of the input
// does not matter.
Sorted sort_hashes(std::span<const FuseKey> keys, std::uint64_t seed, std::vector<Hashed>& out) {
  out.resize(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    out[i] = {FuseLayout::mix(keys[i], seed), static_cast<std::uint32_t>(i)};
  std::ranges::sort(out, [](const Hashed& a, const Hashed& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.index < b.index;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (kept > 0 && out[kept - 1].hash == out[i].hash) {
      if (keys[out[kept - 1].index] != keys[out[i].index]) return Sorted::collision;
      continue;
    }
    out[kept++] = out[i];
  }
  out.resize(kept);
  return Sorted::distinct;
}

}  // namespace

FusePlan::~FusePlan() {
  wipe_elements(writes_);
}

Result<FusePlan> FusePlan::make(std::span<const FuseKey> keys, std::uint64_t base_seed) {
  PARLEY_ASSERT(keys.size() <= max_items);
  FusePlan plan;
  plan.layout_ = FuseLayout::for_keys(static_cast<std::uint32_t>(keys.size()));
  struct Work {
    std::vector<Hashed> hashed;
    std::vector<Slot> slots;
    std::vector<std::uint32_t> alone;
    ~Work() {
      wipe_elements(hashed);
      wipe_elements(slots);
    }
  } work;
  auto& [hashed, slots, alone] = work;
  for (unsigned attempt = 0; attempt < max_attempts; ++attempt) {
    plan.seed_ = base_seed + attempt;
    if (sort_hashes(keys, plan.seed_, hashed) == Sorted::collision) continue;
    slots.assign(plan.layout_.slots(), {});
    for (std::uint32_t i = 0; i < hashed.size(); ++i) {
      for (const std::uint32_t at : plan.layout_.positions(hashed[i].hash)) {
        ++slots[at].count;
        slots[at].keys ^= i;
      }
    }
    alone.clear();
    for (std::uint32_t at = 0; at < slots.size(); ++at)
      if (slots[at].count == 1) alone.push_back(at);
    plan.writes_.clear();
    plan.writes_.reserve(hashed.size());
    while (!alone.empty()) {
      const std::uint32_t slot = alone.back();
      alone.pop_back();
      if (slots[slot].count != 1) continue;
      const std::uint32_t key = slots[slot].keys;
      plan.writes_.push_back({hashed[key].index, slot, hashed[key].hash});
      for (const std::uint32_t at : plan.layout_.positions(hashed[key].hash)) {
        --slots[at].count;
        slots[at].keys ^= key;
        if (slots[at].count == 1) alone.push_back(at);
      }
    }
    if (plan.writes_.size() != hashed.size()) continue;
    // What was peeled last is written first: nothing written later touches its slots.
    std::ranges::reverse(plan.writes_);
    return plan;
  }
  return fail(ErrorKind::internal, "no seed gives a filter for these keys");
}

void FusePlan::fill(std::size_t width, BytesView values, Entropy& entropy,
                    std::span<std::uint8_t> out) const {
  PARLEY_ASSERT(out.size() == layout_.slots() * width);
  entropy.fill(out);
  for (const Write& write : writes_) {
    std::uint8_t* const target = out.data() + write.slot * width;
    const BytesView value = values.subspan(write.key * width, width);
    std::ranges::copy(value, target);
    for (const std::uint32_t at : layout_.positions(write.hash)) {
      if (at == write.slot) continue;
      const std::uint8_t* const other = out.data() + at * width;
      for (std::size_t k = 0; k < width; ++k) target[k] ^= other[k];
    }
  }
}

}  // namespace parley::lookup
