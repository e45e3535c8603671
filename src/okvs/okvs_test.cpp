#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "base/entropy.hpp"
#include "block/path.hpp"
#include "crypto/seeded.hpp"
#include "okvs/band_sums.hpp"
#include "okvs/decoder.hpp"
#include "okvs/encoder.hpp"
#include "okvs/sorted_keys.hpp"

namespace parley::okvs {
namespace {

using block::Block;
using block::BlockVector;
using block::Path;

crypto::SeededEntropy entropy_of(std::uint8_t seed) {
  ByteArray<32> bytes{};
  bytes[0] = seed;
  return {crypto::Secret<32>(std::move(bytes)), "okvs-test"};
}

std::vector<Block> random_blocks(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Block> out(count);
  for (Block& b : out) b = {random(), random()};
  return out;
}

BlockVector copy_of(std::span<const Block> blocks) {
  BlockVector out(blocks.size());
  std::ranges::copy(blocks, out.begin());
  return out;
}

// What the value of a key is in these tests: anything that depends on the key.
Block value_of(Block key) {
  return {key.high * 3 + 1, key.low ^ 0x1234};
}

Encoder::Values values_of(std::span<const Block> keys) {
  return [keys](std::size_t first, std::span<Block> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = value_of(keys[first + i]);
  };
}

struct Backwards final : Parallel {
  std::size_t width() const override { return 3; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    for (std::size_t i = count; i > 0; --i) task(i - 1);
  }
};

Result<BlockVector> encode(const RowHash& hash, std::span<const Block> keys, std::uint8_t seed = 1,
                           Path path = block::best_path(), Parallel* cores = nullptr) {
  SerialParallel serial;
  crypto::SeededEntropy entropy = entropy_of(seed);
  Encoder encoder(hash, keys, values_of(keys), entropy, cores != nullptr ? *cores : serial, path);
  while (true) {
    PARLEY_TRY(const bool done, encoder.step());
    if (done) return encoder.take();
  }
}

void expect_values(const Shape& shape, std::vector<Block> keys, Path path) {
  Backwards parallel;
  const RowHash hash(shape, {7, shape.rows});
  const SortedKeys sorted = sort_keys(hash, copy_of(keys), parallel, path);
  auto store = encode(hash, sorted.keys.span(), 1, path, &parallel);
  ASSERT_TRUE(store) << store.error().text();
  const Decoder decoder(hash, std::move(*store), parallel, path);
  std::vector<Block> out(keys.size());
  decoder.decode(sorted.keys.span(), out);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_EQ(sorted.keys[i], keys[sorted.origin[i]]);
    ASSERT_EQ(out[i], value_of(sorted.keys[i])) << "row " << i << " of " << keys.size();
  }
  // In the order in which they came: slower, as right.
  decoder.decode(keys, out);
  for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(out[i], value_of(keys[i]));
}

TEST(Okvs, gives_the_value_of_every_key_at_every_size_and_on_every_path) {
  for (const Path path : block::available_paths()) {
    for (std::uint32_t size = 0; size < 20; ++size)
      expect_values(shape_for(size), random_blocks(size, size), path);
    for (const std::uint32_t size : {255U, 256U, 257U, 1000U, 1023U, 1024U, 1025U, 6789U, 7890U, 20000U})
      expect_values(shape_for(size), random_blocks(size, size), path);
  }
}

TEST(Okvs, gives_the_value_of_every_key_with_wide_bands) {
  for (const std::uint32_t band :
       {63U, 64U, 65U, 127U, 128U, 129U, 255U, 256U, 257U, 380U, 512U, 571U, 640U, 663U, 700U, 768U})
    for (const Path path : block::available_paths())
      expect_values({900, 2000, band}, random_blocks(900, 5), path);
}

TEST(Okvs, is_the_same_store_on_every_path_and_whatever_the_number_of_cores) {
  // So many that three tasks share the elimination, and a band so wide that many rows cross their seams.
  const std::vector<Block> keys = random_blocks(14000, 1);
  const Shape shape{14000, 15400, 571};
  const RowHash hash(shape, {1, 2});
  SerialParallel serial;
  const SortedKeys first = sort_keys(hash, copy_of(keys), serial, Path::portable);
  const auto expected = *encode(hash, first.keys.span(), 1, Path::portable);
  for (const Path path : block::available_paths()) {
    Backwards parallel;
    const SortedKeys sorted = sort_keys(hash, copy_of(keys), parallel, path);
    EXPECT_EQ(sorted.origin, first.origin);
    const auto store = *encode(hash, sorted.keys.span(), 1, path, &parallel);
    EXPECT_TRUE(std::ranges::equal(store.span().first(shape.columns), expected.span().first(shape.columns)));
  }
  // Keys in no order: slow, and right.
  Backwards parallel;
  const auto store = *encode(hash, std::span(keys).first(9000), 1, block::best_path(), &parallel);
  std::vector<Block> values(9000);
  Decoder(hash, copy_of(store.span()), serial).decode(std::span(keys).first(9000), values);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], value_of(keys[i]));
}

TEST(Okvs, names_equal_keys_as_a_conflict_whichever_task_meets_them) {
  Backwards parallel;
  SerialParallel serial;
  const RowHash hash(shape_for(14000), {1, 2});
  const SortedKeys sorted = sort_keys(hash, copy_of(random_blocks(13999, 1)), serial);
  for (const std::size_t at : {100U, 6000U, 13000U}) {
    std::vector<Block> keys(sorted.keys.begin(), sorted.keys.end());
    keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(at), keys[at]);
    const auto store = encode(hash, keys, 1, block::best_path(), &parallel);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().kind, ErrorKind::conflict);
  }
}

TEST(Okvs, sorts_keys_by_the_start_of_their_bands) {
  SerialParallel serial;
  const RowHash hash(shape_for(50000), {3, 4});
  const SortedKeys sorted = sort_keys(hash, copy_of(random_blocks(50000, 2)), serial);
  std::vector<std::uint32_t> starts(50000);
  hash.starts(sorted.keys.span(), starts);
  EXPECT_TRUE(std::ranges::is_sorted(starts));
  EXPECT_EQ(starts.back() / 1000, (hash.shape().columns - hash.shape().band) / 1000);
}

TEST(Okvs, is_linear) {
  const Shape shape = shape_for(1500);
  const RowHash hash(shape, {5, 6});
  SerialParallel serial;
  const std::vector<Block> keys = random_blocks(300, 3);
  const auto decoded = [&](const std::vector<Block>& store) {
    std::vector<Block> out(keys.size());
    Decoder(hash, copy_of(store), serial).decode(keys, out);
    return out;
  };
  const auto a = random_blocks(allocated_blocks(shape), 11);
  auto sum = random_blocks(allocated_blocks(shape), 12);
  const auto of_a = decoded(a);
  const auto of_b = decoded(sum);
  for (std::size_t i = 0; i < a.size(); ++i) sum[i] ^= a[i];
  const auto of_sum = decoded(sum);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(of_sum[i], of_a[i] ^ of_b[i]);
}

TEST(Okvs, does_not_look_behind_its_columns) {
  const Shape shape = shape_for(100);
  const RowHash hash(shape, {5, 6});
  SerialParallel serial;
  const std::vector<Block> keys = random_blocks(2000, 3);
  auto store = random_blocks(allocated_blocks(shape), 11);
  std::vector<Block> before(keys.size());
  std::vector<Block> after(keys.size());
  Decoder(hash, copy_of(store), serial).decode(keys, before);
  for (std::size_t i = shape.columns; i < store.size(); ++i) store[i] = {~0ULL, ~0ULL};
  Decoder(hash, copy_of(store), serial).decode(keys, after);
  EXPECT_EQ(before, after);
}

// Pitfall: columns that no row needs, left at zero, would show in a store that is sent as it is.
TEST(Okvs, fills_columns_that_no_row_needs_with_randomness) {
  const Shape shape = shape_for(1);
  const RowHash hash(shape, {5, 6});
  const std::vector<Block> keys = random_blocks(1, 3);
  const auto one = *encode(hash, keys, 1);
  const auto other = *encode(hash, keys, 2);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < shape.columns; ++i) {
    EXPECT_NE(one[i], Block{});
    equal += one[i] == other[i];
  }
  EXPECT_EQ(equal, 0U);
  const auto none = *encode(hash, {}, 1);
  EXPECT_TRUE(std::ranges::none_of(none.span().first(shape.columns), [](Block b) { return b == Block{}; }));
}

TEST(Okvs, names_equal_keys_as_a_conflict) {
  std::vector<Block> keys = random_blocks(700, 4);
  keys[650] = keys[3];
  const RowHash hash(shape_for(700), {5, 6});
  const auto store = encode(hash, keys);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::conflict);
}

TEST(Okvs, gives_other_rows_under_another_seed) {
  const Shape shape = shape_for(1024);
  const std::vector<Block> keys = random_blocks(64, 4);
  std::vector<std::uint32_t> a(64);
  std::vector<std::uint32_t> b(64);
  RowHash(shape, {1, 1}).starts(keys, a);
  RowHash(shape, {1, 2}).starts(keys, b);
  EXPECT_NE(a, b);
  std::vector<Block> bands_a(64 * band_blocks(shape));
  std::vector<Block> bands_b(bands_a.size());
  RowHash(shape, {1, 1}).bands(keys, bands_a);
  RowHash(shape, {1, 2}).bands(keys, bands_b);
  EXPECT_NE(bands_a, bands_b);
}

TEST(Shape, has_the_published_band_of_its_size_or_of_a_larger_one) {
  EXPECT_EQ(shape_for(1U << 20), (Shape{1U << 20, 1153434, 206}));
  EXPECT_EQ(shape_for(1U << 18).band, 197U);
  EXPECT_EQ(shape_for((1U << 18) + 1).band, 206U);
  EXPECT_EQ(shape_for(1U << 22).band, 218U);
  EXPECT_EQ(shape_for(max_rows).band, 218U);
  for (const std::uint32_t small : {0U, 1U, 2U, 1000U, 1024U})
    EXPECT_EQ(shape_for(small), (Shape{small, 1127, 169}));
  EXPECT_EQ(shape_for(1U << 20, Density::compact), (Shape{1U << 20, 1080034, 613}));
  EXPECT_EQ(shape_for(1U << 10, Density::compact), shape_for(1U << 10));
  for (const unsigned log2 : {10U, 14U, 16U, 18U, 20U, 24U})
    EXPECT_GE(published_failure_bits(log2, shape_for(1U << log2).band), 40.0);
}

// The published line at widths so small that failures can be counted: 2^10 keys, epsilon 0.1.
TEST(Shape, fails_as_rarely_as_the_published_line_says) {
  const int runs = std::getenv("PARLEY_LONG") != nullptr ? 200000 : 1000;
  SerialParallel serial;
  for (const std::uint32_t band : {30U, 34U, 38U}) {
    const Shape shape{1024, 1127, band};
    int failures = 0;
    for (int run = 0; run < runs; ++run) {
      const RowHash hash(shape, {static_cast<std::uint64_t>(run), band});
      const SortedKeys keys = sort_keys(hash, copy_of(random_blocks(1024, 9)), serial);
      failures += !encode(hash, keys.keys.span());
    }
    const double expected = runs * std::exp2(-published_failure_bits(10, band));
    // Counting error of five standard deviations, and half as much again for the fitted line.
    EXPECT_LT(failures, 1.5 * expected + 5 * std::sqrt(expected)) << "band " << band;
    EXPECT_GT(failures, expected / 3 - 5 * std::sqrt(expected)) << "band " << band;
    RecordProperty("failures_at_band_" + std::to_string(band), failures);
    std::printf("band %u: %d of %d fail, %.1f by the published line\n", band, failures, runs, expected);
  }
}

}  // namespace
}  // namespace parley::okvs
