#pragma once

#include "base/entropy.hpp"
#include "crypto/seeded.hpp"
#include "peer/hello.hpp"

namespace parley::peer::testing {

inline crypto::SeededEntropy seeded(std::string_view label) {
  return crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{7}), label);
}

/// A node as these tests need it: an origin and a role key.
struct TestNode {
  Origin origin;
  crypto::SigningKey role_key;

  explicit TestNode(std::string_view name) : origin(std::string(name)), role_key(make_key(name)) {}
  static crypto::SigningKey make_key(std::string_view name) {
    auto entropy = seeded(name);
    return crypto::SigningKey::generate(entropy);
  }
  PinnedPeer pin() const { return {origin, role_key.public_key(), false, nullptr}; }
};

}  // namespace parley::peer::testing
