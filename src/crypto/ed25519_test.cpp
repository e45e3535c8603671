#include "crypto/ed25519.hpp"

#include <gtest/gtest.h>

#include "crypto/seeded.hpp"
#include "crypto/test_vectors.hpp"

namespace parley::crypto {
namespace {

TEST(Ed25519, signs_and_verifies_as_rfc_8032) {
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "ed25519.txt", "rfc8032")) {
    const auto key = SigningKey::from_seed(BytesView(unhex(fields[0])));
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->public_key().value()), fields[1]);
    const Bytes message = unhex(fields[2]);
    const Signature signature = key->sign(message);
    EXPECT_EQ(to_hex(signature.value()), fields[3]);
    EXPECT_TRUE(verify(key->public_key(), message, signature));
  }
}

TEST(Ed25519, refuses_small_orders_large_scalars_and_encodings_that_are_not_canonical) {
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "ed25519.txt", "refused"))
    EXPECT_FALSE(verify(PublicKey(unhex_array<32>(fields[1])), unhex(fields[2]),
                        Signature(unhex_array<64>(fields[3]))))
        << fields[0] << " " << fields[1];
}

TEST(Ed25519, refuses_a_signature_with_any_bit_changed) {
  SeededEntropy entropy(Secret<32>(), "test");
  const SigningKey key = SigningKey::generate(entropy);
  const Bytes message = to_bytes("example.org");
  const Signature signature = key.sign(message);
  ASSERT_TRUE(verify(key.public_key(), message, signature));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    ByteArray<64> changed = signature.value();
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(key.public_key(), message, Signature(changed)));
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    ByteArray<32> changed = key.public_key().value();
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(PublicKey(changed), message, signature));
  }
}

TEST(Ed25519, keeps_the_key_through_its_seed) {
  SeededEntropy entropy(Secret<32>(), "test");
  const SigningKey key = SigningKey::generate(entropy);
  EXPECT_EQ(SigningKey::from_seed(key.seed()).public_key(), key.public_key());
  EXPECT_EQ(key.clone().sign(as_bytes("m")), key.sign(as_bytes("m")));
  EXPECT_NE(SigningKey::generate(entropy).public_key(), key.public_key());
}

TEST(Ed25519, takes_keys_and_signatures_of_the_right_length_only) {
  EXPECT_TRUE(parse_public_key(Bytes(32)));
  EXPECT_FALSE(parse_public_key(Bytes(33)));
  EXPECT_TRUE(parse_signature(Bytes(64)));
  EXPECT_FALSE(parse_signature(Bytes(63)));
  EXPECT_FALSE(SigningKey::from_seed(BytesView(Bytes(31))));
}

}  // namespace
}  // namespace parley::crypto
