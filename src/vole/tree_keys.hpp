#pragma once

#include <cstdint>

#include "block/aes.hpp"

namespace parley::vole {

/// The generators of many GGM trees, each under public keys of its own. With one pair of keys for all of
/// them, a search for any unknown node would try every tree at once and gain their number.
class TreeKeys {
 public:
  TreeKeys(block::Block left_seed, block::Block right_seed) : left_(left_seed), right_(right_seed) {}
  /// Its keys are AES_left(tree) and AES_right(tree).
  block::GgmGenerator of(std::uint64_t tree) const {
    block::Block left;
    block::Block right;
    block::aes_stream(left_, {&left, 1}, tree);
    block::aes_stream(right_, {&right, 1}, tree);
    return {left, right};
  }

 private:
  block::AesKey left_;
  block::AesKey right_;
};

}  // namespace parley::vole
