#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/seeded.hpp"
#include "crypto/test_vectors.hpp"

namespace parley::crypto {
namespace {

class FixedEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0x40;
};

// draft-irtf-cfrg-xchacha-03 appendix A.3.1, whose nonce is 40 41 42 … 57.
TEST(Aead, seals_as_the_draft_of_xchacha20_poly1305) {
  ByteArray<32> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(0x80 + i);
  const Secret<32> secret(std::move(key));
  const Bytes aad = unhex("50515253c0c1c2c3c4c5c6c7");
  const Bytes plain = to_bytes(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
      "would be it.");
  FixedEntropy entropy;
  const Bytes sealed = seal(secret, aad, plain, entropy);
  EXPECT_EQ(to_hex(sealed),
            "404142434445464748494a4b4c4d4e4f5051525354555657"
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
            "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
            "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            "21f9664c97637da9768812f615c68b13b52e"
            "c0875924c1c7987947deafd8780acf49");
  EXPECT_EQ(*open(secret, aad, sealed), plain);
}

TEST(Aead, opens_nothing_that_was_changed) {
  SeededEntropy entropy(Secret<32>(), "test");
  const Secret<32> key = Secret<32>::generate(entropy);
  const Secret<32> other = Secret<32>::generate(entropy);
  const Bytes aad = to_bytes("run");
  for (const std::size_t size : {0U, 1U, 100U}) {
    const Bytes plain(size, 0x33);
    const Bytes sealed = seal(key, aad, plain, entropy);
    EXPECT_EQ(sealed.size(), size + seal_overhead);
    EXPECT_EQ(*open(key, aad, sealed), plain);
    EXPECT_FALSE(open(other, aad, sealed));
    EXPECT_FALSE(open(key, as_bytes("other"), sealed));
    EXPECT_FALSE(open(key, {}, sealed));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      Bytes changed = sealed;
      changed[i] ^= 0x10;
      EXPECT_FALSE(open(key, aad, changed));
      EXPECT_FALSE(open(key, aad, BytesView(sealed).first(i)));
    }
    Bytes longer = sealed;
    longer.push_back(0);
    EXPECT_FALSE(open(key, aad, longer));
  }
}

TEST(Aead, draws_a_nonce_for_each_sealing) {
  SeededEntropy entropy(Secret<32>(), "test");
  const Secret<32> key;
  EXPECT_NE(seal(key, {}, as_bytes("m"), entropy), seal(key, {}, as_bytes("m"), entropy));
}

}  // namespace
}  // namespace parley::crypto
