#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace parley::exchange {

/// What was found out, by number, in bounded memory: two halves, of which the older one is forgotten whole
/// when the younger is full, and what is asked again moves to the younger. So what is in use stays however
/// much passes by. All operations O(1) but for the forgetting.
template <class Value>
class Remembered {
 public:
  Remembered(std::size_t max_entries, std::size_t max_bytes)
      : half_entries_(max_entries / 2 + 1), half_bytes_(max_bytes / 2 + 1) {}

  /// Valid until the next call of anything.
  Value* find(std::int64_t number) {
    if (const auto young = young_.find(number); young != young_.end()) return &young->second.value;
    const auto old = old_.find(number);
    if (old == old_.end()) return nullptr;
    auto node = old_.extract(old);
    old_bytes_ -= node.mapped().bytes;
    make_room();
    young_bytes_ += node.mapped().bytes;
    return &young_.insert(std::move(node)).position->second.value;
  }

  /// `number` must not be there. `bytes`: what the value holds besides itself.
  void put(std::int64_t number, Value value, std::size_t bytes = 0) {
    make_room();
    young_.emplace(number, Entry{std::move(value), bytes});
    young_bytes_ += bytes;
  }

  void forget(std::int64_t number) {
    if (const auto young = young_.find(number); young != young_.end()) {
      young_bytes_ -= young->second.bytes;
      young_.erase(young);
    }
    if (const auto old = old_.find(number); old != old_.end()) {
      old_bytes_ -= old->second.bytes;
      old_.erase(old);
    }
  }

  /// Forgets those for whose numbers `stays` is false. O(n).
  template <class Stays>
  void forget_unless(Stays stays) {
    for (auto [half, bytes] : {std::pair{&young_, &young_bytes_}, std::pair{&old_, &old_bytes_}})
      std::erase_if(*half, [&, bytes = bytes](const auto& one) {
        if (stays(one.first)) return false;
        *bytes -= one.second.bytes;
        return true;
      });
  }

  void clear() {
    young_ = {};
    old_ = {};
    young_bytes_ = old_bytes_ = 0;
  }
  std::size_t bytes() const { return young_bytes_ + old_bytes_; }

 private:
  struct Entry {
    Value value;
    std::size_t bytes = 0;
  };
  using Half = std::unordered_map<std::int64_t, Entry>;

  void make_room() {
    if (young_.size() < half_entries_ && young_bytes_ < half_bytes_) return;
    old_ = std::exchange(young_, Half());
    old_bytes_ = std::exchange(young_bytes_, 0);
  }

  std::size_t half_entries_;
  std::size_t half_bytes_;
  Half young_;
  Half old_;
  std::size_t young_bytes_ = 0;
  std::size_t old_bytes_ = 0;
};

/// What the rules said of contents: four bits each, in blocks, because the numbers of a collection's contents
/// lie close together and a collection may have millions of them.
class Verdicts {
 public:
  /// From `by_recipe` on: it leaves changed, and how stands in the recipe of that number.
  enum class Verdict : std::uint8_t { unknown, stays, leaves, leaves_changed, by_recipe };
  static constexpr std::size_t max_recipes = 16 - static_cast<std::size_t>(Verdict::by_recipe);
  static Verdict of_recipe(std::size_t recipe) {
    return static_cast<Verdict>(static_cast<std::size_t>(Verdict::by_recipe) + recipe);
  }
  static std::size_t recipe_of(Verdict verdict) {
    return static_cast<std::size_t>(verdict) - static_cast<std::size_t>(Verdict::by_recipe);
  }

  /// Each block holds 512 neighbouring numbers in 256 bytes.
  explicit Verdicts(std::size_t max_blocks) : blocks_(max_blocks, SIZE_MAX) {}

  Verdict find(std::int64_t content) {
    const Block* const block = blocks_.find(content >> block_bits);
    return block == nullptr ? Verdict::unknown
                            : static_cast<Verdict>((*block)[word(content)] >> bit(content) & 15);
  }
  void put(std::int64_t content, Verdict verdict) {
    Block* block = blocks_.find(content >> block_bits);
    if (block == nullptr) {
      blocks_.put(content >> block_bits, Block());
      block = blocks_.find(content >> block_bits);
    }
    std::uint64_t& bits = (*block)[word(content)];
    bits = (bits & ~(std::uint64_t{15} << bit(content))) | static_cast<std::uint64_t>(verdict)
                                                               << bit(content);
  }

 private:
  static constexpr int block_bits = 9;
  using Block = std::array<std::uint64_t, 32>;
  static std::size_t word(std::int64_t content) { return static_cast<std::size_t>(content >> 4) & 31; }
  static int bit(std::int64_t content) { return static_cast<int>(content & 15) * 4; }

  Remembered<Block> blocks_;
};

}  // namespace parley::exchange
