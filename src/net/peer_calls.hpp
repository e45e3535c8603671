#pragma once

#include <chrono>
#include <memory>

#include "net/node_loop.hpp"

namespace parley::net {

/// The calls to peers that a node has under way (`ChannelSettings::calls`), so that a shutdown can end them
/// in order: with an abort, and with `done` called.
class PeerCalls {
 public:
  explicit PeerCalls(NodeLoop& loop);
  ~PeerCalls();
  PeerCalls(const PeerCalls&) = delete;
  PeerCalls& operator=(const PeerCalls&) = delete;

  /// Begins no further call, lets those under way go on for `grace`, aborts the rest, and returns when every
  /// one has ended. Not on the node or IO thread. Idempotent.
  void shutdown(std::chrono::milliseconds grace);

  struct State;
  /// For the sources of `net` alone.
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace parley::net
