#pragma once

#include <cstdint>
#include <string>

#include "match/parameters.hpp"

namespace parley::match {

/// The numbers that a leak statement speaks of, from the point of view of one party.
struct LeakFacts {
  Role role = Role::receiver;
  Output output = Output::items;
  Protocol protocol = Protocol::dh;
  std::uint32_t own_size = 0;
  std::uint32_t own_padded = 1;
  std::uint32_t peer_padded = 1;
};

/// In plain words, what this run gives away: what the peer learns even if nothing matches, what is learned
/// from hits, and what nobody can check. Shown before the run and stored with it; ends without a line break.
std::string leak_statement(const LeakFacts& facts);

}  // namespace parley::match
