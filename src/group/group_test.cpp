#include <gtest/gtest.h>
#include <sodium.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "crypto/seeded.hpp"
#include "crypto/sodium.hpp"
#include "crypto/test_vectors.hpp"
#include "group/batch.hpp"
#include "group/points.hpp"
#include "group/scalars.hpp"

namespace parley::group {
namespace {

Scalar scalar_of(std::string_view hex) {
  Bytes bytes = *from_hex(hex);
  bytes.resize(32);
  Result<Scalar> out = Scalar::decode(bytes);
  EXPECT_TRUE(out.has_value()) << hex;
  return std::move(*out);
}

std::vector<Scalar> edge_scalars() {
  std::vector<Scalar> out;
  for (const char* hex :
       {"01", "02", "03", "07", "08", "09", "0f", "10", "11", "88", "77",
        // l - 1, l - 2, (l - 1) / 2, (l + 1) / 2
        "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
        "ebd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
        "f6e97a2e8d31092c6bce7b51ef7c6f0a00000000000000000000000000000008",
        "f7e97a2e8d31092c6bce7b51ef7c6f0a00000000000000000000000000000008",
        // 2^252, 2^252 - 1, every digit 8, every digit 7, every digit -8 or -1 after recoding
        "0000000000000000000000000000000000000000000000000000000000000010",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f",
        "8888888888888888888888888888888888888888888888888888888888888808",
        "7777777777777777777777777777777777777777777777777777777777777707",
        "0000000000000000000000000000000080000000000000000000000000000000"})
    out.push_back(scalar_of(hex));
  return out;
}

EncodedPoint sodium_multiply(const Scalar& scalar, const EncodedPoint& point) {
  EncodedPoint out;
  EXPECT_EQ(crypto_scalarmult_ristretto255(out.data(), scalar.view().data(), point.data()), 0);
  return out;
}
EncodedPoint sodium_base(const Scalar& scalar) {
  EncodedPoint out;
  EXPECT_EQ(crypto_scalarmult_ristretto255_base(out.data(), scalar.view().data()), 0);
  return out;
}
EncodedPoint sodium_map(const ByteArray<64>& uniform) {
  EncodedPoint out;
  EXPECT_EQ(crypto_core_ristretto255_from_hash(out.data(), uniform.data()), 0);
  return out;
}

class FourThreads final : public Parallel {
 public:
  std::size_t width() const override { return 4; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < count; i = next++) task(i);
      });
  }
};

class Group : public testing::TestWithParam<Isa> {
 protected:
  Group() { crypto::ensure_sodium(); }

  std::vector<ByteArray<64>> random_uniform(std::size_t count) {
    std::vector<ByteArray<64>> out(count);
    for (auto& one : out) entropy_.fill(one);
    return out;
  }
  std::vector<EncodedPoint> random_points(std::size_t count) {
    std::vector<EncodedPoint> out;
    for (const auto& uniform : random_uniform(count)) out.push_back(sodium_map(uniform));
    return out;
  }
  std::vector<Scalar> random_scalars(std::size_t count) {
    std::vector<Scalar> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) out.push_back(Scalar::random(entropy_));
    return out;
  }
  std::vector<EncodedPoint> encoded(const Points& points) {
    std::vector<EncodedPoint> out(points.size());
    encode(points, out, parallel_, isa_);
    return out;
  }

  Isa isa_ = GetParam();
  crypto::SeededEntropy entropy_{crypto::Secret<32>(), "group_test"};
  SerialParallel parallel_;
  // How many random elements; --long takes a million.
  bool long_ = std::getenv("PARLEY_LONG") != nullptr;
  std::size_t many_ = long_ ? 1000000 : 600;
};

std::vector<std::vector<std::string>> vectors(const std::string& kind) {
  return crypto::read_vectors(PARLEY_SOURCE_DIR, "ristretto255.txt", kind);
}
template <std::size_t N>
ByteArray<N> unhex_array(const std::string& hex) {
  return *to_array<N>(*from_hex(hex));
}

TEST_P(Group, decodes_and_encodes_the_multiples_of_the_generator_of_rfc_9496) {
  std::vector<EncodedPoint> in;
  for (const auto& fields : vectors("multiple"))
    if (fields[0] != "0") in.push_back(unhex_array<32>(fields[1]));
  const auto points = decode(in, parallel_, isa_);
  ASSERT_TRUE(points) << points.error().where;
  EXPECT_EQ(encoded(*points), in);
}

TEST_P(Group, multiplies_the_generator_as_rfc_9496) {
  std::vector<Scalar> scalars;
  std::vector<EncodedPoint> expected;
  for (const auto& fields : vectors("multiple")) {
    if (fields[0] == "0") continue;
    Bytes bytes(32);
    bytes[0] = static_cast<std::uint8_t>(std::stoi(fields[0]));
    scalars.push_back(std::move(*Scalar::decode(bytes)));
    expected.push_back(unhex_array<32>(fields[1]));
  }
  std::vector<EncodedPoint> out(scalars.size());
  multiply_base_batch(scalars, out, parallel_, isa_);
  EXPECT_EQ(out, expected);
  EXPECT_EQ(encoded(multiply_base(scalars, parallel_, isa_)), expected);
  const std::vector<EncodedPoint> generators(scalars.size(), expected[0]);
  ASSERT_TRUE(multiply_each_batch(generators, scalars, out, parallel_, isa_));
  EXPECT_EQ(out, expected);
}

TEST_P(Group, refuses_every_invalid_encoding_of_rfc_9496_and_the_identity_wherever_it_lies) {
  std::vector<EncodedPoint> bad = {EncodedPoint{}};
  for (const auto& fields : vectors("invalid")) bad.push_back(unhex_array<32>(fields[1]));
  const Scalar three = scalar_of("03");
  for (const std::size_t size : {7U, 40U}) {
    const std::vector<EncodedPoint> good = random_points(size);
    std::vector<EncodedPoint> out(size);
    ASSERT_TRUE(multiply_batch(good, three, out, parallel_, isa_));
    for (std::size_t i = 0; i < bad.size(); ++i) {
      std::vector<EncodedPoint> in = good;
      const std::size_t at = i * 37 % size;
      in[at] = bad[i];
      in[size - 1] = at + 1 < size ? bad[0] : in[size - 1];
      const auto refused = multiply_batch(in, three, out, parallel_, isa_);
      ASSERT_FALSE(refused) << to_hex(bad[i]);
      EXPECT_EQ(refused.error().where, "element " + std::to_string(at));
      EXPECT_EQ(decode(in, parallel_, isa_).error().where, "element " + std::to_string(at));
    }
  }
  // In another task, and in the last, partial block.
  std::vector<EncodedPoint> in = random_points(300);
  in[299] = bad.back();
  EXPECT_EQ(decode(in, parallel_, isa_).error().where, "element 299");
  in[260] = bad[1];
  EXPECT_EQ(decode(in, parallel_, isa_).error().where, "element 260");
}

TEST_P(Group, refuses_and_accepts_strings_as_libsodium_does) {
  // Random strings (half are no point), bytes around the modulus, and small integers.
  std::vector<EncodedPoint> all;
  for (std::size_t i = 0; i < 400; ++i) {
    EncodedPoint bytes = entropy_.array<32>();
    bytes[0] &= 0xfe;
    bytes[31] &= 0x7f;
    all.push_back(bytes);
  }
  for (EncodedPoint one : random_points(20)) {
    all.push_back(one);
    one[31] |= 0x80;
    all.push_back(one);
  }
  for (int i = 0; i < 64; ++i) {
    EncodedPoint near_p;
    near_p.fill(0xff);
    near_p[31] = 0x7f;
    near_p[0] = static_cast<std::uint8_t>(0xff - i);
    all.push_back(near_p);
    near_p[31] = 0xff;
    all.push_back(near_p);
    EncodedPoint small{};
    small[0] = static_cast<std::uint8_t>(i + 1);
    all.push_back(small);
  }
  for (const EncodedPoint& one : all) {
    // libsodium 1.0.18 does not look at bit 255; RFC 9496 section 4.3.1 refuses every integer from p on.
    const bool valid = crypto_core_ristretto255_is_valid_point(one.data()) == 1 && one[31] < 0x80;
    EXPECT_EQ(decode(std::span(&one, 1), parallel_, isa_).has_value(), valid) << to_hex(one);
  }
}

TEST_P(Group, maps_uniform_bytes_as_rfc_9496) {
  std::vector<ByteArray<64>> in;
  std::vector<EncodedPoint> expected;
  for (const auto& fields : vectors("from_uniform")) {
    in.push_back(unhex_array<64>(fields[0]));
    expected.push_back(unhex_array<32>(fields[1]));
  }
  EXPECT_EQ(encoded(from_uniform(in, parallel_, isa_)), expected);
}

TEST_P(Group, maps_special_field_elements_as_libsodium) {
  std::vector<ByteArray<32>> halves;
  for (const char* hex : {"00", "01", "02", "03", "13"}) {
    Bytes bytes = *from_hex(hex);
    bytes.resize(32);
    halves.push_back(*to_array<32>(bytes));
  }
  ByteArray<32> top;
  top.fill(0xff);
  for (const int low : {0xff, 0xfe, 0xee, 0xed, 0xec, 0xeb}) {
    top[0] = static_cast<std::uint8_t>(low);
    halves.push_back(top);
    top[31] ^= 0x80;
    halves.push_back(top);
  }
  // sqrt(-1) and its negative, where r is 1 and r + 1 or r - 1 vanish; a root of 1/d and of d.
  halves.push_back(unhex_array<32>("b0a00e4a271beec478e42fad0618432fa7d7fb3d99004d2b0bdfc14f8024832b"));
  halves.push_back(unhex_array<32>("3d5ff1b5d8e4113b871bd052f9e7bcd0582804c266ffb2d4f4203eb07fdb7c54"));
  std::vector<ByteArray<64>> in;
  for (const auto& a : halves)
    for (const auto& b : halves) {
      ByteArray<64> one;
      std::ranges::copy(a, one.begin());
      std::ranges::copy(b, one.begin() + 32);
      in.push_back(one);
    }
  std::vector<EncodedPoint> expected;
  expected.reserve(in.size());
  for (const auto& one : in) expected.push_back(sodium_map(one));
  EXPECT_EQ(encoded(from_uniform(in, parallel_, isa_)), expected);
}

TEST_P(Group, gives_libsodiums_bytes_for_random_points_and_one_scalar) {
  for (std::size_t done = 0; done < many_; done += 10000) {
    const std::size_t count = std::min<std::size_t>(many_ - done, 10000);
    const auto uniform = random_uniform(count);
    const Scalar scalar = Scalar::random(entropy_);
    std::vector<EncodedPoint> expected(count);
    for (std::size_t i = 0; i < count; ++i) expected[i] = sodium_map(uniform[i]);
    const Points points = from_uniform(uniform, parallel_, isa_);
    ASSERT_EQ(encoded(points), expected);
    std::vector<EncodedPoint> out(count);
    ASSERT_TRUE(multiply_batch(expected, scalar, out, parallel_, isa_));
    for (EncodedPoint& one : expected) one = sodium_multiply(scalar, one);
    ASSERT_EQ(out, expected);
    multiply_and_encode(points, scalar, out, parallel_, isa_);
    ASSERT_EQ(out, expected);
    if (done == 0) {
      EXPECT_EQ(encoded(multiply(points, scalar, parallel_, isa_)), expected);
    }
  }
}

TEST_P(Group, gives_libsodiums_bytes_for_random_scalars) {
  const std::size_t count = many_ / 10;
  const auto points = random_points(count);
  const auto scalars = random_scalars(count);
  std::vector<EncodedPoint> expected(count);
  std::vector<EncodedPoint> out(count);
  for (std::size_t i = 0; i < count; ++i) expected[i] = sodium_multiply(scalars[i], points[i]);
  ASSERT_TRUE(multiply_each_batch(points, scalars, out, parallel_, isa_));
  EXPECT_EQ(out, expected);
  EXPECT_EQ(encoded(multiply_each(*decode(points, parallel_, isa_), scalars, parallel_, isa_)), expected);
  for (std::size_t i = 0; i < count; ++i) expected[i] = sodium_base(scalars[i]);
  multiply_base_batch(scalars, out, parallel_, isa_);
  EXPECT_EQ(out, expected);
}

TEST_P(Group, multiplies_by_edge_scalars_as_libsodium) {
  const auto scalars = edge_scalars();
  const auto points = random_points(scalars.size());
  std::vector<EncodedPoint> expected(scalars.size());
  std::vector<EncodedPoint> base(scalars.size());
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    expected[i] = sodium_multiply(scalars[i], points[i]);
    base[i] = sodium_base(scalars[i]);
  }
  std::vector<EncodedPoint> out(scalars.size());
  ASSERT_TRUE(multiply_each_batch(points, scalars, out, parallel_, isa_));
  EXPECT_EQ(out, expected);
  EXPECT_EQ(encoded(multiply_each(*decode(points, parallel_, isa_), scalars, parallel_, isa_)), expected);
  multiply_base_batch(scalars, out, parallel_, isa_);
  EXPECT_EQ(out, base);
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    ASSERT_TRUE(multiply_batch(std::span(points).subspan(i, 1), scalars[i], std::span(out).subspan(i, 1),
                               parallel_, isa_));
  }
  EXPECT_EQ(out, expected);
}

TEST_P(Group, takes_batches_of_every_size) {
  const Scalar scalar = Scalar::random(entropy_);
  const std::string dst = "group_test";
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 15U, 16U, 17U, 31U, 257U, 1000U}) {
    std::vector<Bytes> items;
    items.reserve(size);
    for (std::size_t i = 0; i < size; ++i) items.push_back(to_bytes("item " + std::to_string(i)));
    const std::vector<BytesView> views(items.begin(), items.end());
    const auto scalars = random_scalars(size);
    std::vector<EncodedPoint> hashed(size);
    std::vector<EncodedPoint> one(size);
    std::vector<EncodedPoint> each(size);
    std::vector<EncodedPoint> twice(size);
    if (size == 1000 && isa_ == Isa::portable && !long_) continue;  // one at a time: a thousand are like ten
    hash_to_group_batch(views, dst, hashed, parallel_, isa_);
    hash_and_multiply_batch(views, dst, scalar, one, parallel_, isa_);
    hash_and_multiply_each_batch(views, dst, scalars, each, parallel_, isa_);
    ASSERT_TRUE(multiply_batch(one, scalar, twice, parallel_, isa_));
    EXPECT_EQ(encoded(hash_to_group(views, dst, parallel_, isa_)), hashed);
    for (std::size_t i = 0; i < size; i += 1 + size / 40) {
      const crypto::Point point = crypto::hash_to_group(items[i], dst);
      EXPECT_EQ(hashed[i], point.bytes());
      EXPECT_EQ(one[i], sodium_multiply(scalar, point.bytes()));
      EXPECT_EQ(each[i], sodium_multiply(scalars[i], point.bytes()));
      EXPECT_EQ(twice[i], sodium_multiply(scalar, one[i]));
    }
  }
}

TEST_P(Group, hashes_messages_of_different_lengths_side_by_side) {
  // Around the block length of SHA-512 with the tag, neighbours of very different length, and a tag that is
  // hashed itself.
  std::vector<Bytes> items;
  for (std::size_t i = 0; i < 300; i += 3) items.emplace_back(i % 2 == 0 ? i : 300 - i, std::uint8_t(i));
  items.emplace_back();
  items.emplace_back(5000, std::uint8_t{7});
  const std::vector<BytesView> views(items.begin(), items.end());
  for (const std::size_t tag : {1U, 40U, 255U, 256U, 300U}) {
    const std::string dst(tag, 'd');
    std::vector<EncodedPoint> out(items.size());
    hash_to_group_batch(views, dst, out, parallel_, isa_);
    for (std::size_t i = 0; i < items.size(); ++i)
      EXPECT_EQ(out[i], crypto::hash_to_group(items[i], dst).bytes()) << i;
  }
}

TEST_P(Group, gives_the_same_on_several_threads) {
  const auto points = random_points(700);
  const Scalar scalar = Scalar::random(entropy_);
  FourThreads threads;
  std::vector<EncodedPoint> one(points.size());
  std::vector<EncodedPoint> four(points.size());
  ASSERT_TRUE(multiply_batch(points, scalar, one, parallel_, isa_));
  ASSERT_TRUE(multiply_batch(points, scalar, four, threads, isa_));
  EXPECT_EQ(one, four);
  std::vector<EncodedPoint> damaged = points;
  damaged[10] = {};
  damaged[300] = {};
  damaged[699] = {};
  EXPECT_EQ(multiply_batch(damaged, scalar, four, threads, isa_).error().where, "element 10");
}

TEST_P(Group, adds_up_multiples_as_libsodium) {
  FourThreads threads;
  for (const std::size_t size : {0U, 1U, 2U, 8U, 17U, 150U, 300U}) {
    const auto points = random_points(size);
    std::vector<ByteArray<32>> weights(size);
    EncodedPoint expected{};
    for (std::size_t i = 0; i < size; ++i) {
      // Zero, l - 1 and small ones among them.
      const Scalar scalar = i % 7 == 3 ? std::move(edge_scalars()[i % 20]) : Scalar::random(entropy_);
      if (i % 7 != 5) std::ranges::copy(scalar.view(), weights[i].begin());
      if (i % 7 == 5) continue;
      const EncodedPoint term = sodium_multiply(scalar, points[i]);
      EXPECT_EQ(crypto_core_ristretto255_add(expected.data(), expected.data(), term.data()), 0);
    }
    EXPECT_EQ(*linear_combination(points, weights, parallel_, isa_), expected) << size;
    EXPECT_EQ(*linear_combination(points, weights, threads, isa_), expected) << size;
  }
  // Opposite weights of one point give the identity.
  const auto point = random_points(1)[0];
  const std::vector<EncodedPoint> twice = {point, point};
  std::vector<ByteArray<32>> weights(2);
  weights[0][0] = 1;
  std::ranges::copy(edge_scalars()[11].view(), weights[1].begin());
  EXPECT_EQ(*linear_combination(twice, weights, parallel_, isa_), EncodedPoint{});
  const std::vector<EncodedPoint> bad = {point, EncodedPoint{}};
  EXPECT_EQ(linear_combination(bad, weights, parallel_, isa_).error().where, "element 1");
}

TEST_P(Group, unblinds_what_it_blinded) {
  const auto points = random_points(50);
  const auto scalars = random_scalars(50);
  const auto inverses = invert_batch(scalars);
  std::vector<EncodedPoint> out(50);
  ASSERT_TRUE(multiply_each_batch(points, scalars, out, parallel_, isa_));
  ASSERT_TRUE(multiply_each_batch(out, inverses, out, parallel_, isa_));
  EXPECT_EQ(out, points);
  EXPECT_TRUE(invert_batch({}).empty());
}

INSTANTIATE_TEST_SUITE_P(Isa, Group, testing::ValuesIn(supported_isas().begin(), supported_isas().end()),
                         [](const auto& tested) { return std::string(name(tested.param)); });

}  // namespace
}  // namespace parley::group
