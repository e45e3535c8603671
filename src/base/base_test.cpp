#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"

namespace parley {
namespace {

/// xorshift64*: a stream of bytes that looks random and is the same in every run.
class Counting final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) {
      state_ ^= state_ >> 12;
      state_ ^= state_ << 25;
      state_ ^= state_ >> 27;
      byte = static_cast<std::uint8_t>((state_ * 0x2545F4914F6CDD1DULL) >> 56);
    }
  }

 private:
  std::uint64_t state_ = 88172645463325252ULL;
};

TEST(Base64, round_trips_every_length_in_both_alphabets) {
  Counting random;
  for (std::size_t length = 0; length < 70; ++length) {
    Bytes bytes(length);
    random.fill(bytes);
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)).value(), bytes);
  }
}

TEST(Base64, knows_the_vectors_of_rfc_4648) {
  EXPECT_EQ(to_base64(as_bytes("")), "");
  EXPECT_EQ(to_base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(to_base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(to_base64url(as_bytes("f")), "Zg");
}

TEST(Base64, refuses_what_is_not_canonical) {
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zg==\n", " Zg==", "Zm9=", "Z===", "====", "Zg==Zg==", "Z-8="})
    EXPECT_FALSE(from_base64(bad)) << bad;
  for (const char* bad : {"Zg==", "Zh", "Z", "Zm9vY", "Zm+v", "Zm 9"})
    EXPECT_FALSE(from_base64url(bad)) << bad;
  for (const char* bad : {"0", "0g", "0x00"}) EXPECT_FALSE(from_hex(bad)) << bad;
}

TEST(ByteReader, never_reads_past_the_end) {
  Bytes bytes;
  append_u16(bytes, 0x0102);
  append_prefixed(bytes, as_bytes("abc"));
  append_u64(bytes, 7);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u16().value(), 0x0102);
  EXPECT_EQ(as_text(reader.prefixed(3).value()), "abc");
  EXPECT_FALSE(reader.expect_end());
  EXPECT_EQ(reader.u64().value(), 7U);
  EXPECT_TRUE(reader.expect_end());
  EXPECT_FALSE(reader.u8());
  ByteReader limited(BytesView(bytes).subspan(2));
  EXPECT_FALSE(limited.prefixed(2)) << "a length over the limit is refused before anything is read";
}

TEST(Time, round_trips_and_reads_rfc_3339) {
  EXPECT_EQ(format_time(Timestamp::from_seconds(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(Timestamp::from_seconds(1'800'000'000)), "2027-01-15T08:00:00Z");
  EXPECT_EQ(parse_time("1985-04-12T23:20:50.52Z").value().microseconds(), 482196050520000);
  EXPECT_EQ(parse_time("1996-12-19T16:39:57-08:00").value(), parse_time("1996-12-20T00:39:57Z").value());
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z").value(), parse_time("2016-12-31T23:59:59Z").value());
  Counting random;
  for (int i = 0; i < 2000; ++i) {
    const auto us = static_cast<std::int64_t>(random.below(253402300799ULL * 1'000'000));
    const Timestamp time = Timestamp::from_microseconds(us);
    EXPECT_EQ(parse_time(format_time(time)).value(), time);
  }
}

TEST(Time, refuses_what_is_no_time) {
  for (const char* bad :
       {"", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zz", "0000-01-01T00:00:00Z"})
    EXPECT_FALSE(parse_time(bad)) << bad;
  EXPECT_TRUE(parse_time("2024-02-29T00:00:00Z"));
}

TEST(Entropy, below_stays_below_and_reaches_every_value) {
  Counting random;
  std::array<int, 7> seen{};
  for (int i = 0; i < 1000; ++i) ++seen[random.below(7)];
  for (int count : seen) EXPECT_GT(count, 80);
}

TEST(Uuid7, carries_version_variant_and_time) {
  Counting random;
  const std::string id = make_uuid7(1'800'000'000'000'000, random);
  ASSERT_EQ(id.size(), 36U);
  EXPECT_EQ(id.substr(0, 13), "01a3185c-5000");
  EXPECT_EQ(id[14], '7');
  EXPECT_TRUE(id[19] == '8' || id[19] == '9' || id[19] == 'a' || id[19] == 'b');
}

}  // namespace
}  // namespace parley
