#pragma once

#include <cstddef>
#include <functional>

#include "base/parallel.hpp"
#include "crypto/secret.hpp"
#include "match/party.hpp"

namespace parley::bench {

/// What one party's calls took, all of them together and nothing between them: its critical path, if it never
/// waited for the other side or the link.
struct Turns {
  double receiver_seconds = 0;
  double sender_seconds = 0;
  std::uint32_t matches = 0;
};

/// Both parties of a session in one process, one after the other. With `model`, tasks run one after another
/// on one core and in CPU time, and count as the time in which `threads` cores would have done them, each
/// next task on the core that is free first: no other load of the machine is in it, and neither are the start
/// of threads and what cores take from each other. Else by the clock, with so many threads.
Turns take_turns(const match::Parameters& parameters, match::ItemSet receiver_set, match::ItemSet sender_set,
                 std::size_t threads, bool model, Parallel& cores);

}  // namespace parley::bench
