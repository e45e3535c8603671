#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "crypto/seeded.hpp"
#include "lookup/fuse_builder.hpp"
#include "lookup/item_key.hpp"

namespace parley::lookup {
namespace {

crypto::SeededEntropy seeded(std::string_view label) {
  return crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{3}), label);
}

std::vector<FuseKey> random_keys(std::size_t count, Entropy& entropy) {
  Bytes bytes(count * 16);
  entropy.fill(bytes);
  ByteReader reader(bytes);
  std::vector<FuseKey> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back({*reader.u64(), *reader.u64()});
  return keys;
}

struct Filter {
  FuseLayout layout;
  std::uint64_t seed = 0;
  Bytes rows;

  Fingerprint at(const FuseKey& key) const {
    Fingerprint out{};
    for (const std::uint32_t slot : layout.positions(FuseLayout::mix(key, seed)))
      for (std::size_t k = 0; k < out.size(); ++k) out[k] ^= rows.at(slot * fingerprint_bytes + k);
    return out;
  }
};

Filter build(std::span<const FuseKey> keys, BytesView values, std::uint64_t seed) {
  const auto plan = FusePlan::make(keys, seed);
  EXPECT_TRUE(plan);
  Filter out{plan->layout(), plan->seed(), Bytes(plan->layout().slots() * fingerprint_bytes)};
  auto fill = seeded("fill");
  plan->fill(fingerprint_bytes, values, fill, out.rows);
  return out;
}

Bytes random_values(std::size_t count, Entropy& entropy) {
  Bytes values(count * fingerprint_bytes);
  entropy.fill(values);
  return values;
}

bool holds(const Filter& filter, const FuseKey& key, BytesView values, std::size_t index) {
  return std::ranges::equal(filter.at(key), values.subspan(index * fingerprint_bytes, fingerprint_bytes));
}

TEST(Fuse, every_key_finds_its_value_at_every_size) {
  auto entropy = seeded("sizes");
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i <= 70; ++i) sizes.push_back(i);
  for (const std::size_t size : {100U, 255U, 256U, 257U, 1000U, 4095U, 6789U, 40'000U}) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    const auto keys = random_keys(size, entropy);
    const auto values = random_values(size, entropy);
    const Filter filter = build(keys, values, size);
    for (std::size_t i = 0; i < size; ++i) ASSERT_TRUE(holds(filter, keys[i], values, i)) << size;
  }
}

TEST(Fuse, equal_keys_count_once) {
  auto entropy = seeded("twice");
  auto keys = random_keys(300, entropy);
  for (std::size_t i = 0; i < 100; ++i) keys.push_back(keys[i]);
  keys.insert(keys.end(), 50, keys.front());
  const auto values = random_values(keys.size(), entropy);
  const Filter filter = build(keys, values, 1);
  for (std::size_t i = 0; i < 300; ++i) EXPECT_TRUE(holds(filter, keys[i], values, i));
}

TEST(Fuse, keys_that_share_one_half_are_different_keys) {
  std::vector<FuseKey> keys;
  for (std::uint64_t i = 0; i < 500; ++i) {
    keys.push_back({i, 7});
    keys.push_back({1000, i});
  }
  auto entropy = seeded("halves");
  const auto values = random_values(keys.size(), entropy);
  const Filter filter = build(keys, values, 1);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_TRUE(holds(filter, keys[i], values, i));
}

TEST(Fuse, the_filter_depends_on_keys_and_seed_not_on_their_order) {
  auto entropy = seeded("order");
  const auto keys = random_keys(2000, entropy);
  const auto values = random_values(2000, entropy);
  const Filter first = build(keys, values, 5);
  std::vector<FuseKey> turned(keys.rbegin(), keys.rend());
  Bytes turned_values;
  for (std::size_t i = keys.size(); i-- > 0;)
    append(turned_values, BytesView(values).subspan(i * fingerprint_bytes, fingerprint_bytes));
  EXPECT_EQ(build(turned, turned_values, 5).rows, first.rows);
  EXPECT_NE(build(keys, values, 6).rows, first.rows);
}

TEST(Fuse, strangers_find_a_random_value) {
  auto entropy = seeded("strangers");
  const auto keys = random_keys(3000, entropy);
  const Filter filter = build(keys, random_values(3000, entropy), 1);
  // One byte of five: a chance of 1/256 each, so that the test can see it at all.
  std::size_t equal = 0;
  constexpr std::size_t strangers = 100'000;
  for (const FuseKey& key : random_keys(strangers, entropy)) equal += filter.at(key)[2] == 0x5a;
  EXPECT_GT(equal, strangers / 256 * 8 / 10);
  EXPECT_LT(equal, strangers / 256 * 12 / 10);
}

TEST(Fuse, no_slot_stays_empty) {
  // A row of zeros would show where no item lies; by chance one has 2^-40.
  auto entropy = seeded("empty");
  const auto keys = random_keys(3000, entropy);
  const Filter filter = build(keys, random_values(3000, entropy), 1);
  for (std::size_t slot = 0; slot < filter.layout.slots(); ++slot) {
    const BytesView row = BytesView(filter.rows).subspan(slot * fingerprint_bytes, fingerprint_bytes);
    EXPECT_FALSE(std::ranges::all_of(row, [](std::uint8_t byte) { return byte == 0; })) << slot;
  }
}

TEST(Fuse, positions_are_four_different_slots_inside) {
  auto entropy = seeded("positions");
  for (const std::uint32_t size : {0U, 1U, 2U, 3U, 10U, 1000U, 1U << 20, max_items}) {
    const FuseLayout layout = FuseLayout::for_keys(size);
    EXPECT_TRUE(FuseLayout::checked(layout.segment_log2, layout.segment_count)) << size;
    for (const FuseKey& key : random_keys(200, entropy)) {
      const auto positions = layout.positions(key.low);
      EXPECT_EQ(std::set<std::uint32_t>(positions.begin(), positions.end()).size(), 4U);
      EXPECT_LT(std::ranges::max(positions), layout.slots());
    }
    EXPECT_LT(std::ranges::max(layout.positions(~std::uint64_t{0})), layout.slots());
  }
}

TEST(Fuse, a_million_items_take_at_most_46_bits_each) {
  for (std::uint32_t items = 1U << 20; items <= max_items; items = padded_items(items + 1))
    EXPECT_LE(static_cast<double>(FuseLayout::for_keys(items).slots()) * 8 * fingerprint_bytes / items, 46.0)
        << items;
}

TEST(Fuse, impossible_shapes_are_refused) {
  EXPECT_FALSE(FuseLayout::checked(1, 10));
  EXPECT_FALSE(FuseLayout::checked(19, 10));
  EXPECT_FALSE(FuseLayout::checked(255, 1));
  EXPECT_FALSE(FuseLayout::checked(12, 0));
  EXPECT_FALSE(FuseLayout::checked(18, 0xffffffff));
  EXPECT_TRUE(FuseLayout::checked(12, 100));
}

TEST(Fuse, a_large_set_is_built_when_asked_for) {
  if (std::getenv("PARLEY_LONG") == nullptr) GTEST_SKIP() << "PARLEY_LONG is not set";
  auto entropy = seeded("large");
  const auto keys = random_keys(1U << 22, entropy);
  const auto values = random_values(keys.size(), entropy);
  const Filter filter = build(keys, values, 1);
  for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_TRUE(holds(filter, keys[i], values, i));
}

RC_GTEST_PROP(FuseProperty, any_keys_of_any_shape_are_found, (const std::vector<std::uint64_t>& words)) {
  std::vector<FuseKey> keys;
  for (const std::uint64_t word : words) keys.push_back({word, word % 3});
  std::ranges::sort(keys);
  const auto twice = std::ranges::unique(keys);
  keys.erase(twice.begin(), twice.end());
  auto entropy = seeded("any");
  const auto values = random_values(keys.size(), entropy);
  const Filter filter = build(keys, values, words.size());
  for (std::size_t i = 0; i < keys.size(); ++i) RC_ASSERT(holds(filter, keys[i], values, i));
}

TEST(Padding, public_sizes_are_four_an_octave) {
  EXPECT_EQ(padded_items(0), 256U);
  EXPECT_EQ(padded_items(256), 256U);
  EXPECT_EQ(padded_items(257), 320U);
  EXPECT_EQ(padded_items(320), 320U);
  EXPECT_EQ(padded_items(449), 512U);
  EXPECT_EQ(padded_items(1U << 20), 1U << 20);
  EXPECT_EQ(padded_items((1U << 20) + 1), 5U << 18);
  EXPECT_EQ(padded_items(max_items), max_items);
  for (std::uint32_t items = 0; items < 10'000; ++items) {
    EXPECT_TRUE(is_padded_items(padded_items(items)));
    EXPECT_GE(padded_items(items), items);
    EXPECT_LE(padded_items(items), std::max(256U, items + items / 4));
  }
  EXPECT_FALSE(is_padded_items(0));
  EXPECT_FALSE(is_padded_items(300));
  EXPECT_FALSE(is_padded_items(max_items + 1));
}

}  // namespace
}  // namespace parley::lookup
