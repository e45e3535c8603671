#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"

namespace parley::oprf {

/// PRF values, 64 bytes each (SHA-512). Whoever has one can test a guess of its input against what was made
/// from it, so they are wiped when they die.
class Outputs {
 public:
  explicit Outputs(std::size_t size) : values_(size) {}
  Outputs(Outputs&&) noexcept = default;
  Outputs& operator=(Outputs&&) noexcept = default;
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;
  ~Outputs() {
    for (crypto::Hash512& value : values_) crypto::wipe(value);
  }

  std::size_t size() const { return values_.size(); }
  const crypto::Hash512& operator[](std::size_t index) const { return values_[index]; }
  crypto::Hash512& operator[](std::size_t index) { return values_[index]; }

 private:
  std::vector<crypto::Hash512> values_;
};

}  // namespace parley::oprf
