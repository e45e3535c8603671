#include "crypto/ristretto.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "crypto/hash.hpp"
#include "crypto/seeded.hpp"
#include "crypto/test_vectors.hpp"

namespace parley::crypto {
namespace {

Scalar small_scalar(std::uint8_t value) {
  Bytes bytes(32);
  bytes[0] = value;
  return std::move(*Scalar::decode(bytes));
}

const std::string& generator() {
  static const std::string hex = read_vectors(PARLEY_SOURCE_DIR, "ristretto255.txt", "multiple")[0][1];
  return hex;
}

TEST(Ristretto, multiplies_the_generator_as_rfc_9496) {
  const Point base = *Point::decode(unhex(generator()));
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "ristretto255.txt", "multiple")) {
    const auto k = static_cast<std::uint8_t>(std::stoi(fields[0]));
    EXPECT_EQ(to_hex(multiply(base, small_scalar(k)).bytes()), fields[1]);
    const auto decoded = Point::decode(unhex(fields[1]));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(to_hex(decoded->bytes()), fields[1]);
  }
}

TEST(Ristretto, refuses_every_invalid_encoding_of_rfc_9496_and_the_identity) {
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "ristretto255.txt", "invalid")) {
    const auto encoding = unhex_array<32>(fields[1]);
    EXPECT_FALSE(Point::decode(encoding)) << fields[0] << " " << fields[1];
    EXPECT_FALSE(multiply(encoding, small_scalar(3))) << fields[0] << " " << fields[1];
  }
  EXPECT_FALSE(Point::decode(Bytes(31)));
  EXPECT_FALSE(Point::decode(Bytes(33)));
}

TEST(Ristretto, refuses_a_second_encoding_with_the_top_bit_set) {
  EncodedPoint encoding = unhex_array<32>(generator());
  ASSERT_TRUE(Point::decode(encoding));
  encoding[31] |= 0x80;
  EXPECT_FALSE(Point::decode(encoding));
  EXPECT_FALSE(multiply(encoding, small_scalar(3)));
}

TEST(Ristretto, maps_uniform_bytes_as_rfc_9496) {
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "ristretto255.txt", "from_uniform"))
    EXPECT_EQ(to_hex(from_uniform(unhex_array<64>(fields[0])).bytes()), fields[1]);
}

TEST(ExpandMessage, gives_the_values_of_rfc_9380) {
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "expand_message_xmd_sha512.txt", "xmd"))
    EXPECT_EQ(to_hex(expand_message_xmd(unhex(fields[0]), "QUUX-V01-CS02-with-expander-SHA512-256",
                                        std::stoul(fields[1]))),
              fields[2]);
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "expand_message_xmd_sha512.txt", "long_dst"))
    EXPECT_EQ(to_hex(expand_message_xmd(as_bytes("abc"), std::string(std::stoul(fields[0]), 'd'),
                                        std::stoul(fields[1]))),
              fields[2]);
}

TEST(HashToGroup, gives_the_blinded_elements_of_rfc_9497) {
  const std::string dst = std::string("HashToGroup-OPRFV1-") + '\0' + "-ristretto255-SHA512";
  for (const auto& fields : read_vectors(PARLEY_SOURCE_DIR, "hash_to_ristretto255.txt", "blinded")) {
    const auto blind = Scalar::decode(unhex(fields[1]));
    ASSERT_TRUE(blind);
    EXPECT_EQ(to_hex(multiply(hash_to_group(unhex(fields[0]), dst), *blind).bytes()), fields[2]);
  }
}

TEST(HashToGroup, depends_on_message_and_tag) {
  const Point point = hash_to_group(as_bytes("m"), "tag");
  EXPECT_EQ(point, hash_to_group(as_bytes("m"), "tag"));
  EXPECT_NE(point, hash_to_group(as_bytes("n"), "tag"));
  EXPECT_NE(point, hash_to_group(as_bytes("m"), "other"));
}

// l, the order of the group, little endian.
Bytes group_order() {
  return unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
}

TEST(Scalar, is_between_one_and_the_order_of_the_group) {
  Bytes below = group_order();
  below[0] -= 1;
  Bytes above = group_order();
  above[0] += 1;
  EXPECT_TRUE(Scalar::decode(below));
  EXPECT_FALSE(Scalar::decode(group_order()));
  EXPECT_FALSE(Scalar::decode(above));
  EXPECT_FALSE(Scalar::decode(Bytes(32)));
  EXPECT_FALSE(Scalar::decode(Bytes(32, 0xff)));
  EXPECT_FALSE(Scalar::decode(Bytes(31, 1)));
  EXPECT_FALSE(std::is_copy_constructible_v<Scalar>);
}

RC_GTEST_PROP(Ristretto, masks_commute, (std::vector<std::uint8_t> item, ByteArray<32> seed)) {
  SeededEntropy entropy(Secret<32>(std::move(seed)), "test");
  const Scalar a = Scalar::random(entropy);
  const Scalar b = Scalar::random(entropy);
  const Point point = hash_to_group(item, "tag");
  RC_ASSERT(multiply(multiply(point, a), b) == multiply(multiply(point, b), a));
  RC_ASSERT(multiply(point, a) != multiply(point, b));
}

}  // namespace
}  // namespace parley::crypto
