#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace parley::stix {

/// Finds a name that comes twice in one object. Most objects have few names: a 64-bit filter answers for
/// nearly all of them, and only where it hits are the names before compared. Large objects are sorted at the
/// end, so that no object costs more than n log n.
class Names {
 public:
  /// False when the name is seen to be there already; for large objects `repeated` tells.
  bool add(std::string_view name) {
    if (count_ == few_.size()) {
      if (many_.empty()) many_.assign(few_.begin(), few_.end());
      many_.push_back(name);
      return true;
    }
    const std::uint64_t bit = std::uint64_t{1} << (hash(name) & 63U);
    if ((filter_ & bit) != 0 && std::find(few_.begin(), few_.begin() + static_cast<std::ptrdiff_t>(count_),
                                          name) != few_.begin() + static_cast<std::ptrdiff_t>(count_))
      return false;
    filter_ |= bit;
    few_[count_++] = name;
    return true;
  }

  /// A name that is there twice among many, or nothing.
  std::string_view repeated() {
    if (many_.empty()) return {};
    std::ranges::sort(many_);
    const auto twice = std::ranges::adjacent_find(many_);
    return twice == many_.end() ? std::string_view() : *twice;
  }

 private:
  static std::size_t hash(std::string_view name) {
    if (name.empty()) return 0;
    const auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(name[i]));
    };
    return name.size() * 7 + byte(0) * 3 + byte(name.size() - 1) * 5 + byte(name.size() / 2) * 11;
  }

  std::array<std::string_view, 24> few_;
  std::size_t count_ = 0;
  std::uint64_t filter_ = 0;
  std::vector<std::string_view> many_;
};

}  // namespace parley::stix
