#include "match/permutation.hpp"

#include <numeric>
#include <utility>

namespace parley::match {

std::vector<std::uint32_t> make_permutation(std::uint32_t count, Entropy& entropy) {
  std::vector<std::uint32_t> out(count);
  std::iota(out.begin(), out.end(), 0U);
  for (std::uint32_t i = count; i > 1; --i) std::swap(out[i - 1], out[entropy.below(i)]);
  return out;
}

}  // namespace parley::match
