#include "crypto/secret.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <new>

#include "crypto/constant_time.hpp"
#include "crypto/seeded.hpp"

namespace parley::crypto {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept Comparable = requires(const T& a, const T& b) { a == b; };

// Misuse must not compile: these are the compile-fail tests of secrets.
static_assert(!std::is_copy_constructible_v<Secret<32>> && !std::is_copy_assignable_v<Secret<32>>);
static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<Secret<32>> &&
              std::is_nothrow_move_assignable_v<Secret<32>>);
static_assert(!Streamable<Secret<32>> && !Streamable<SecretBytes>);
static_assert(!fmt::is_formattable<Secret<32>>::value);
static_assert(!fmt::is_formattable<SecretBytes>::value);
static_assert(!Comparable<Secret<32>>);
static_assert(!Comparable<SecretBytes>);
static_assert(!std::is_convertible_v<Secret<32>, BytesView> &&
              !std::is_convertible_v<SecretBytes, BytesView>);
static_assert(!std::is_convertible_v<ByteArray<32>, Secret<32>>);
static_assert(Streamable<int> && Comparable<int>);  // the concepts can be met at all

bool all_zero(BytesView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

TEST(Secret, takes_the_bytes_over_and_wipes_where_they_came_from) {
  ByteArray<4> bytes = {1, 2, 3, 4};
  Secret<4> secret(std::move(bytes));
  EXPECT_TRUE(all_zero(bytes));  // NOLINT(bugprone-use-after-move): wiping it is the promise
  Secret<4> moved(std::move(secret));
  EXPECT_TRUE(all_zero(secret.view()));  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  Secret<4> assigned;
  assigned = std::move(moved);
  EXPECT_TRUE(all_zero(moved.view()));  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  EXPECT_EQ(to_hex(assigned.view()), "01020304");
  EXPECT_EQ(to_hex(assigned.clone().view()), "01020304");
}

TEST(Secret, is_wiped_when_it_dies) {
  alignas(Secret<16>) std::uint8_t memory[sizeof(Secret<16>)];
  auto* secret = new (memory) Secret<16>(*Secret<16>::from(Bytes(16, 0x5a)));
  EXPECT_EQ(memory[0], 0x5a);
  secret->~Secret<16>();
  EXPECT_TRUE(all_zero(memory));
}

TEST(Secret, is_made_of_exactly_its_number_of_bytes) {
  EXPECT_TRUE(Secret<32>::from(Bytes(32)));
  EXPECT_FALSE(Secret<32>::from(Bytes(31)));
  EXPECT_FALSE(Secret<32>::from(Bytes(33)));
}

TEST(SecretBytes, leaves_nothing_behind_when_moved) {
  SecretBytes secret(Bytes{1, 2, 3});
  SecretBytes moved(std::move(secret));
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved.size(), 3U);
  SecretBytes assigned(Bytes{9});
  assigned = std::move(moved);
  EXPECT_EQ(to_hex(assigned.view()), "010203");
}

TEST(ConstantTime, compares_bytes_and_lengths) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1}));
}

TEST(DeriveSecret, gives_unrelated_keys_for_different_labels) {
  const Bytes key(32, 7);
  EXPECT_EQ(to_hex(derive_secret(key, "a").view()), to_hex(derive_secret(key, "a").view()));
  EXPECT_NE(to_hex(derive_secret(key, "a").view()), to_hex(derive_secret(key, "b").view()));
}

TEST(SeededEntropy, gives_the_same_stream_in_whatever_pieces_it_is_read) {
  const Secret<32> seed;
  SeededEntropy whole(seed, "label");
  SeededEntropy pieces(seed, "label");
  Bytes expected(5000);
  whole.fill(expected);
  Bytes got(5000);
  for (std::size_t at = 0, step = 1; at < got.size(); at += step, step = step * 2 + 1) {
    step = std::min(step, got.size() - at);
    pieces.fill(std::span(got).subspan(at, step));
  }
  EXPECT_EQ(got, expected);
}

TEST(SeededEntropy, gives_other_streams_for_other_labels_and_seeds) {
  const Secret<32> seed;
  const Secret<32> other(ByteArray<32>{1});
  SeededEntropy a(seed, "a");
  SeededEntropy b(seed, "b");
  SeededEntropy c(other, "a");
  const auto from_a = a.array<32>();
  EXPECT_NE(from_a, b.array<32>());
  EXPECT_NE(from_a, c.array<32>());
  EXPECT_NE(from_a, a.array<32>());
}

// Replays years later rest on the stream never changing. The value is ChaCha20 under HKDF-SHA-256 of the zero
// seed with info "parley/seeded/1/label", as openssl computes it.
TEST(SeededEntropy, keeps_its_stream_for_ever) {
  const Secret<32> seed;
  SeededEntropy stream(seed, "label");
  EXPECT_EQ(to_hex(stream.array<16>()), "52e8d8f26bbf4a8eb35bb9e831d9bf64");
}

}  // namespace
}  // namespace parley::crypto
