#pragma once

#include <cstdint>
#include <string_view>

namespace parley {

/// Told how far long work has come. Calls are cheap to make often; a bar on a terminal thins them out.
class Progress {
 public:
  virtual ~Progress() = default;
  /// `done` of `total` units (bytes, items) of the named step; `total` 0 when it is not known.
  virtual void update(std::string_view step, std::uint64_t done, std::uint64_t total) = 0;
};

/// Tells nobody.
class NoProgress final : public Progress {
 public:
  void update(std::string_view, std::uint64_t, std::uint64_t) override {}
};

}  // namespace parley
