#include "block/aes.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <vector>

#include "base/bytes.hpp"
#include "crypto/seeded.hpp"

namespace parley::block {
namespace {

std::vector<Block> random_blocks(std::size_t count, std::string_view label) {
  crypto::SeededEntropy entropy(crypto::Secret<32>(), label);
  std::vector<Block> out(count);
  entropy.fill(mutable_bytes_of(out));
  return out;
}

Block from_hex_block(std::string_view hex) {
  return load(from_hex(hex)->data());
}

// OpenSSL's answer for one block, through an interface that shares nothing with ours.
Block reference(Block key, Block in) {
  ByteArray<16> key_bytes;
  ByteArray<16> in_bytes;
  ByteArray<32> out{};
  store(key_bytes.data(), key);
  store(in_bytes.data(), in);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int written = 0;
  EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, key_bytes.data(), nullptr);
  EVP_EncryptUpdate(context, out.data(), &written, in_bytes.data(), 16);
  EVP_CIPHER_CTX_free(context);
  return load(out.data());
}

class EveryAesPath : public testing::TestWithParam<Path> {};
INSTANTIATE_TEST_SUITE_P(Aes, EveryAesPath, testing::ValuesIn(available_paths()),
                         [](const auto& each) { return std::string(name_of(each.param)); });

TEST_P(EveryAesPath, gives_the_example_of_fips_197_appendix_b) {
  const AesKey key(from_hex_block("2b7e151628aed2a6abf7158809cf4f3c"));
  EXPECT_EQ(key.encrypt(from_hex_block("3243f6a8885a308d313198a2e0370734"), GetParam()),
            from_hex_block("3925841d02dc09fbdc118597196a0b32"));
}

TEST_P(EveryAesPath, encrypts_like_openssl_for_every_length_and_in_place) {
  for (std::size_t count = 0; count < 70; ++count) {
    const auto in = random_blocks(count + 1, "in");
    const AesKey key(in.back());
    std::vector<Block> out(count + 1, Block{7, 7});
    key.encrypt({out.data(), count}, {in.data(), count}, GetParam());
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(out[i], reference(in.back(), in[i])) << count;
    EXPECT_EQ(out[count], (Block{7, 7})) << "wrote behind the end";
    auto same = in;
    key.encrypt({same.data(), count}, {same.data(), count}, GetParam());
    same[count] = out[count];
    EXPECT_EQ(same, out);
  }
}

TEST_P(EveryAesPath, hashes_with_and_without_a_tweak_by_the_formula) {
  const Block public_key{3, 4};
  const FixedKeyHash hash(public_key);
  for (const std::size_t count : {1, 5, 16, 67, 200}) {
    const auto in = random_blocks(count, "hash");
    std::vector<Block> plain(count);
    std::vector<Block> tweaked(count);
    hash.mmo(plain, in, GetParam());
    hash.tccr(tweaked, in, 1000, GetParam());
    for (std::size_t i = 0; i < count; ++i) {
      const Block once = reference(public_key, in[i]);
      ASSERT_EQ(plain[i], once ^ in[i]);
      ASSERT_EQ(tweaked[i], reference(public_key, once ^ Block{1000 + i, 0}) ^ once);
    }
  }
}

TEST_P(EveryAesPath, a_stream_is_the_counter_encrypted_and_can_start_anywhere) {
  const Block seed{11, 12};
  std::vector<Block> whole(100);
  aes_stream(seed, whole, 0, GetParam());
  for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_EQ(whole[i], reference(seed, Block{i, 0}));
  std::vector<Block> part(37);
  aes_stream(seed, part, 63, GetParam());
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 63));
}

TEST_P(EveryAesPath, davies_meyer_takes_a_new_key_for_every_item) {
  for (std::size_t count = 0; count < 40; ++count) {
    const auto keys = random_blocks(count, "keys");
    const auto values = random_blocks(count, "values");
    std::vector<Block> out(count);
    davies_meyer(out, keys, values, GetParam());
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(out[i], reference(keys[i], values[i]) ^ values[i]);
    auto over_keys = keys;
    davies_meyer(over_keys, over_keys, values, GetParam());
    EXPECT_EQ(over_keys, out);
    auto over_values = values;
    davies_meyer(over_values, keys, over_values, GetParam());
    EXPECT_EQ(over_values, out);
  }
}

TEST_P(EveryAesPath, a_tree_level_doubles_in_place_and_sums_both_sides) {
  const Block left_key{1, 0};
  const Block right_key{2, 0};
  const GgmGenerator generator(left_key, right_key);
  for (std::size_t parents = 1; parents < 90; ++parents) {
    const std::size_t children = 2 * parents;
    const auto before = random_blocks(parents, "tree");
    std::vector<Block> nodes = before;
    nodes.resize(children + 1, Block{5, 5});
    nodes[children] = Block{5, 5};
    const auto sums = generator.expand({nodes.data(), children}, GetParam());
    std::array<Block, 2> expected_sums{};
    for (std::size_t i = 0; i < children; ++i) {
      const Block parent = before[i / 2];
      const Block child = reference(i % 2 == 0 ? left_key : right_key, parent) ^ parent;
      ASSERT_EQ(nodes[i], child) << parents << " " << children << " " << i;
      expected_sums[i % 2] ^= child;
    }
    EXPECT_EQ(sums, expected_sums);
    EXPECT_EQ(nodes[children], (Block{5, 5})) << "wrote behind the end";
  }
}

}  // namespace
}  // namespace parley::block
