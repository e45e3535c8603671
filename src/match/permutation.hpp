#pragma once

#include <cstdint>
#include <vector>

#include "base/entropy.hpp"

namespace parley::match {

/// A uniform permutation of 0 … count − 1 (Fisher and Yates, in Durstenfeld's form), drawn from `entropy`.
std::vector<std::uint32_t> make_permutation(std::uint32_t count, Entropy& entropy);

}  // namespace parley::match
