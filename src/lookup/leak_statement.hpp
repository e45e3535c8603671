#pragma once

#include <cstdint>
#include <string>

namespace parley::lookup {

/// The numbers of one batch of look-ups.
struct Leak {
  bool asks = true;             ///< of this side
  std::uint32_t set_items = 0;  ///< padded
  bool has_labels = false;
  std::uint64_t lookups = 0;      ///< 0: not known yet
  std::uint64_t budget_left = 0;  ///< look-ups today after these
};

/// What each side learns and what nothing checks, in plain words; for people, not for programs.
std::string leak_statement(const Leak& leak);

}  // namespace parley::lookup
