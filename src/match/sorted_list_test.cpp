#include "match/sorted_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "match/mask_join.hpp"
#include "match/mask_sort.hpp"

namespace parley::match {
namespace {

using block::Block;

std::vector<Block> random_numbers(std::size_t count, std::size_t width, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Block> out;
  while (out.size() < count) {
    while (out.size() < count) out.push_back(cut_to({random(), random()}, width));
    std::ranges::sort(out, less);
    out.erase(std::ranges::unique(out).begin(), out.end());
  }
  return out;
}

std::vector<Bytes> write(const SortedListFormat& format, std::span<const Block> numbers) {
  SortedList list(format);
  std::vector<Bytes> out;
  while (!list.complete()) out.push_back(list.write(numbers.subspan(list.position(), list.next_count())));
  return out;
}

bool reads(const SortedListFormat& format, const std::vector<Bytes>& bodies) {
  SortedList list(format);
  std::vector<Block> out(format.count);
  for (const Bytes& body : bodies)
    if (!list.read(body, std::span(out).subspan(list.position()))) return false;
  return list.complete();
}

TEST(SortedList, gives_back_what_was_written) {
  for (const std::uint32_t count : {1U, 2U, 36U, 37U, 500U, 8160U, 8161U, 20000U})
    for (const std::size_t width : {5U, 8U, 10U, 16U})
      for (const std::uint32_t chunk : {1U, 7U, 4096U, 65535U}) {
        if (count > 500 && chunk < 4096) continue;
        const auto numbers = random_numbers(count, width, count + width);
        const SortedListFormat format = sorted_list_format(count, chunk, width);
        SortedList list(format);
        std::vector<Block> out(count);
        for (const Bytes& body : write(format, numbers))
          ASSERT_TRUE(list.read(body, std::span(out).subspan(list.position())));
        EXPECT_TRUE(list.complete());
        EXPECT_EQ(out, numbers);
      }
}

TEST(SortedList, gives_back_numbers_at_the_ends_of_the_range) {
  const std::vector<Block> numbers = {{0, 0}, {1, 0}, {~0ULL, 0}, {0, 1}, {0, ~0ULL}, {~0ULL, ~0ULL}};
  for (const std::size_t unary : {0U, 1U, 2U, 3U}) {
    const SortedListFormat format{6, 4, 16, unary};
    SortedList list(format);
    std::vector<Block> out(6);
    for (const Bytes& body : write(format, numbers))
      ASSERT_TRUE(list.read(body, std::span(out).subspan(list.position())));
    EXPECT_EQ(out, numbers);
  }
}

TEST(SortedList, takes_the_format_with_the_least_bytes) {
  EXPECT_EQ(sorted_list_format(36, 1, 16).unary, 0U);
  EXPECT_EQ(sorted_list_format(37, 1, 16).unary, 1U);
  EXPECT_EQ(sorted_list_format(8160, 1, 16).unary, 1U);
  EXPECT_EQ(sorted_list_format(8161, 1, 16).unary, 2U);
  EXPECT_EQ(sorted_list_format(1U << 20, 1, 16).unary, 2U);
  EXPECT_EQ(sorted_list_format(2'088'960, 1, 16).unary, 2U);
  EXPECT_EQ(sorted_list_format(2'088'961, 1, 16).unary, 3U);
}

TEST(SortedList, refuses_numbers_out_of_order_and_numbers_that_come_twice) {
  for (const std::size_t unary : {0U, 1U, 2U}) {
    const SortedListFormat format{40, 10, 16, unary};
    const auto numbers = random_numbers(40, 16, 1);
    EXPECT_TRUE(reads(format, write(format, numbers)));
    for (const std::size_t at : {0U, 8U, 9U, 10U, 38U}) {
      auto twice = numbers;
      twice[at] = twice[at + 1];
      EXPECT_FALSE(reads(format, write(format, twice))) << at;
    }
  }
  const SortedListFormat plain{40, 10, 16, 0};
  auto swapped = random_numbers(40, 16, 1);
  std::swap(swapped[9], swapped[10]);
  EXPECT_FALSE(reads(plain, write(plain, swapped)));
}

// There is one way to write a list: any other bytes are refused, or read as another list.
TEST(SortedList, reads_only_what_writing_gives) {
  const SortedListFormat format = sorted_list_format(100, 60, 16);
  const auto bodies = write(format, random_numbers(100, 16, 2));
  std::mt19937 random(3);
  int read = 0;
  for (int round = 0; round < 4000; ++round) {
    auto changed = bodies;
    Bytes& body = changed[random() % 2];
    switch (random() % 8) {
      case 0:
        body.resize(random() % (body.size() + 20));
        break;
      case 1:
        body.push_back(static_cast<std::uint8_t>(random() % 2));
        break;
      default:
        body[random() % body.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    }
    SortedList list(format);
    std::vector<Block> out(100);
    if (!list.read(changed[0], out) || !list.read(changed[1], std::span(out).subspan(60))) continue;
    EXPECT_EQ(write(format, out), changed);
    ++read;
  }
  EXPECT_GT(read, 0);
}

TEST(SortedList, refuses_a_message_behind_the_end) {
  const SortedListFormat format = sorted_list_format(1, 1, 16);
  auto bodies = write(format, random_numbers(1, 16, 1));
  bodies.push_back(bodies[0]);
  EXPECT_FALSE(reads(format, bodies));
}

TEST(MaskSort, sorts_and_says_where_each_stood) {
  struct Three final : Parallel {
    std::size_t width() const override { return 3; }
    void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
      for (std::size_t i = count; i > 0; --i) task(i - 1);
    }
  } parallel;
  for (const std::size_t count : {0U, 1U, 2U, 31U, 32U, 100U, 5000U, 40000U}) {
    std::mt19937_64 random(count);
    std::vector<Block> numbers(count);
    for (Block& n : numbers) n = {random(), random()};
    if (count > 50)  // alike in their high bits
      for (std::size_t i = 0; i < 40; ++i) numbers[i].high = numbers[0].high + i % 2;
    auto copy = [&] {
      block::BlockVector out(count);
      std::ranges::copy(numbers, out.begin());
      return out;
    };
    const SortedMasks sorted = sort_masks(copy(), true, parallel);
    EXPECT_TRUE(std::ranges::is_sorted(sorted.masks, less));
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(sorted.masks[i], numbers[sorted.origin[i]]);
    const SortedMasks plain = sort_masks(copy(), false, parallel);
    EXPECT_TRUE(std::ranges::equal(plain.masks, sorted.masks));
    EXPECT_TRUE(plain.origin.empty());
  }
}

// Pitfall: a table whose empty key is a number loses that number.
TEST(MaskJoin, finds_the_mask_zero_and_the_highest_one) {
  SerialParallel parallel;
  const std::vector<Block> own = {{5, 5}, {0, 0}, {7, 0}, {~0ULL, ~0ULL}};
  block::BlockVector masks(own.size());
  std::ranges::copy(own, masks.begin());
  MaskJoin join(sort_masks(std::move(masks), true, parallel));
  std::vector<std::uint32_t> hits;
  const auto hit = [&](std::size_t, std::uint32_t i) { hits.push_back(i); };
  join.take(std::vector<Block>{{0, 0}, {6, 0}}, parallel, hit);
  join.take(std::vector<Block>{{4, 5}, {~0ULL, ~0ULL}}, parallel, hit);
  EXPECT_EQ(hits, (std::vector<std::uint32_t>{1, 3}));
}

/// Three cores, of which the last begins.
class Backwards final : public Parallel {
 public:
  std::size_t width() const override { return 3; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    while (count-- > 0) task(count);
  }
};

TEST(MaskJoin, finds_what_a_plain_intersection_finds_in_pieces_of_any_size_and_on_any_number_of_cores) {
  SerialParallel serial;
  Backwards three;
  std::mt19937_64 random(9);
  // Many numbers whose upper halves are alike, so that the lower half decides; some own ones twice.
  std::vector<Block> own;
  for (int i = 0; i < 9000; ++i) own.push_back({random() % 3000, random() % 4});
  std::vector<Block> peers;
  for (int i = 0; i < 8000; ++i) peers.push_back({random() % 3100, random() % 5});
  std::ranges::sort(peers, less);
  peers.erase(std::ranges::unique(peers).begin(), peers.end());
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < own.size(); ++i)
    if (std::ranges::binary_search(peers, own[i], less)) wanted.push_back(i);
  for (Parallel* parallel : {static_cast<Parallel*>(&serial), static_cast<Parallel*>(&three)})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{700}, std::size_t{4000}, peers.size()}) {
      block::BlockVector masks(own.size());
      std::ranges::copy(own, masks.begin());
      MaskJoin join(sort_masks(std::move(masks), true, serial));
      std::vector<std::vector<std::uint32_t>> shares(parallel->width());
      for (std::size_t at = 0; at < peers.size(); at += piece)
        join.take(std::span(peers).subspan(at, std::min(piece, peers.size() - at)), *parallel,
                  [&](std::size_t share, std::uint32_t i) { shares[share].push_back(i); });
      std::vector<std::uint32_t> hits;
      for (const auto& share : shares) hits.insert(hits.end(), share.begin(), share.end());
      std::ranges::sort(hits);
      EXPECT_EQ(hits, wanted);
    }
}

}  // namespace
}  // namespace parley::match
