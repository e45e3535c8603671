#pragma once

// For the sources of `net` alone; all on the IO thread.

#include <list>
#include <memory>
#include <mutex>

#include "net/link.hpp"
#include "net/peer_calls.hpp"

namespace parley::net {

struct PeerCalls::State {
  explicit State(NodeLoop& l) : loop(l), ended(l.io()) {}

  struct Call {
    std::shared_ptr<Link> link;
    bool talking = false;  ///< past the handshake: an abort can be sent
  };
  using Place = std::list<Call>::iterator;

  NodeLoop& loop;
  std::list<Call> open;
  Signal ended;
  bool closing = false;

  std::mutex shutdown_once;
  bool shut_down = false;
};

}  // namespace parley::net
