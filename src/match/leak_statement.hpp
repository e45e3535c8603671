#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "match/parameters.hpp"

namespace parley::match {

/// The numbers that a leak statement speaks of, from the point of view of one party.
struct LeakFacts {
  Role role = Role::receiver;
  Output output = Output::items;
  Learner learner = Learner::receiver;
  Protocol protocol = Protocol::dh;  ///< before the peer has spoken: the weakest that may run
  std::optional<Protocol> or_else =
      std::nullopt;  ///< before the peer has spoken: the other one that may be chosen
  std::uint32_t own_size = 0;
  std::uint32_t own_padded = 1;
  std::uint32_t peer_padded = 1;
  std::uint64_t peer_most = 0;  ///< items that the peer's messages could hold; 0: its padded size
  std::uint64_t min_set = 1;    ///< real items that the agreement asks of a set
};

/// In plain words, what this run gives away: what the peer learns even if nothing matches, what is learned
/// from hits, who learns first, and what nobody can check. Shown before the run and stored with it; ends
/// without a line break.
std::string leak_statement(const LeakFacts& facts);

}  // namespace parley::match
