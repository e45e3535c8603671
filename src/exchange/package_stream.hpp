#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "exchange/cleared.hpp"
#include "peer/frame.hpp"

namespace parley::exchange {

/// The exit of a release: cuts what the gate cleared into PACKAGE frames and closes with PACKAGE_END, the
/// SHA-256 of the whole. There is no other way to make these frames from content, and no way to make this
/// without a clearance.
class PackageStream {
 public:
  explicit PackageStream(Cleared<Bytes>&& package) : package_(std::move(package).release()) {}

  /// The next frame; nothing after PACKAGE_END.
  std::optional<peer::Frame> next();
  bool at_end() const { return ended_; }

 private:
  Bytes package_;
  std::size_t sent_ = 0;
  bool ended_ = false;
};

}  // namespace parley::exchange
