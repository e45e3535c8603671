#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "exchange/node.hpp"

namespace parley::app {

/// Brings the indexes of search on, in steps that take about as long as `step` however fast the disk is.
class Indexing {
 public:
  explicit Indexing(std::chrono::milliseconds step) : step_(step) {}
  /// One step; whether there is more to do.
  Result<bool> step(exchange::Node& node);
  /// What waited when it was asked last.
  std::uint64_t waiting() const { return waiting_; }

 private:
  std::chrono::milliseconds step_;
  std::size_t most_ = 2'000;
  std::uint64_t waiting_ = 0;
};

}  // namespace parley::app
