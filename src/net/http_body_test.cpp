#include "net/http_body.hpp"

#include <gtest/gtest.h>

#include "net/http_coding.hpp"

namespace parley::net {
namespace {

Request coded(std::string coding, bool chunked = false) {
  Request out;
  out.chunked = chunked;
  if (!coding.empty()) out.fields.add("content-encoding", std::move(coding));
  return out;
}

/// Feeds `bytes` in pieces; the body, or "!STATUS".
std::string read(const Request& request, std::string_view bytes, std::uint64_t most, std::size_t piece) {
  auto body = RequestBody::begin(request, request.chunked ? 0 : bytes.size(), most);
  if (!body) return "!" + std::to_string(body.error().status);
  std::size_t at = 0;
  while (at < bytes.size() && !body->complete()) {
    const auto used = body->feed(bytes.substr(at, piece));
    if (!used) return "!" + std::to_string(used.error().status);
    at += *used;
    if (body->complete()) break;
  }
  return body->complete() ? body->take() : "!more";
}

std::string repeated(std::size_t size) {
  return std::string(size, 'a');
}

TEST(HttpBody, undoes_gzip_and_zstd_in_pieces_of_any_size) {
  std::string text;
  for (int i = 0; text.size() < 50'000; ++i) text += std::to_string(i * i) + ",";
  for (const Coding coding : {Coding::gzip, Coding::zstd}) {
    const std::string packed = *compress(coding, text);
    EXPECT_LT(packed.size(), text.size());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}})
      EXPECT_EQ(read(coded(std::string(coding_name(coding))), packed, text.size(), piece), text);
    EXPECT_EQ(read(coded("GZip"), *compress(Coding::gzip, text), text.size(), 4'096), text);
  }
}

TEST(HttpBody, stops_a_bomb_at_the_bound_exactly) {
  constexpr std::size_t bound = std::size_t{1} << 20;
  for (const Coding coding : {Coding::gzip, Coding::zstd, Coding::identity}) {
    const Request request = coded(std::string(coding_name(coding)));
    EXPECT_TRUE(read(request, *compress(coding, repeated(bound)), bound, 65'536) == repeated(bound));
    EXPECT_EQ(read(request, *compress(coding, repeated(bound + 1)), bound, 65'536), "!413");
    EXPECT_EQ(read(request, *compress(coding, repeated(100 * bound)), bound, 65'536), "!413");
  }
}

TEST(HttpBody, refuses_unknown_codings_and_chains_of_them) {
  for (const char* coding : {"br", "compress", "gzip, gzip", "gzip,zstd", "*"})
    EXPECT_EQ(read(coded(coding), "abc", 10, 10), "!415") << coding;
  Request twice = coded("gzip");
  twice.fields.add("content-encoding", "gzip");
  EXPECT_EQ(read(twice, "abc", 10, 10), "!415");
}

TEST(HttpBody, refuses_streams_that_are_damaged_cut_or_too_long) {
  for (const Coding coding : {Coding::gzip, Coding::zstd}) {
    const Request request = coded(std::string(coding_name(coding)));
    const std::string packed = *compress(coding, "a text of some length, a text of some length");
    EXPECT_EQ(read(request, "no such stream", 1'000, 4), "!400");
    EXPECT_EQ(read(request, packed.substr(0, packed.size() - 3), 1'000, 5), "!400");
    EXPECT_EQ(read(request, packed + "x", 1'000, 1'000), "!400");
  }
}

TEST(HttpBody, reads_chunks_in_pieces_of_any_size) {
  const std::string bytes = "3\r\nabc\r\nA;name=\"value\"\r\n0123456789\r\n0\r\nA: b\r\n\r\nnext";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{1'000}})
    EXPECT_EQ(read(coded("", true), bytes, 13, piece), "abc0123456789") << piece;
  EXPECT_EQ(read(coded("", true), bytes, 12, 1'000), "!413");
  EXPECT_EQ(read(coded("", true), "0\r\n\r\n", 0, 1'000), "");
  const std::string packed = *compress(Coding::gzip, repeated(1'000));
  char size[8];
  std::snprintf(size, sizeof size, "%zx\r\n", packed.size());
  EXPECT_EQ(read(coded("gzip", true), size + packed + "\r\n0\r\n\r\n", 1'000, 3), repeated(1'000));
}

TEST(HttpBody, leaves_what_follows_it_alone) {
  auto body = RequestBody::begin(coded("", true), 0, 100);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->feed("1\r\na\r\n0\r\n\r\nGET /").value_or(0), 11U);
  auto plain = RequestBody::begin(coded(""), 3, 100);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->feed("abcdef").value_or(0), 3U);
  EXPECT_TRUE(plain->complete());
}

TEST(HttpBody, refuses_every_chunk_that_two_readers_could_see_differently) {
  for (const std::string_view bytes :
       {"3\nabc\r\n0\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", " 3\r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n", "-1\r\n", "\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n",
        "ffffffffffffffff\r\n", "3;\x01\r\nabc\r\n0\r\n\r\n", "g\r\n"})
    EXPECT_EQ(read(coded("", true), bytes, 100, 1'000), "!400") << bytes;
  EXPECT_EQ(read(coded("", true), "1;" + repeated(RequestBody::max_chunk_line), 100, 10), "!400");
  EXPECT_EQ(
      read(coded("", true), "0\r\nA: " + repeated(RequestBody::max_trailer_bytes) + "\r\n\r\n", 9, 1'000),
      "!400");
  std::string trailers = "0\r\n";
  while (trailers.size() < RequestBody::max_trailer_bytes + 10) trailers += "A: b\r\n";
  EXPECT_EQ(read(coded("", true), trailers, 9, 1'000), "!431");
}

TEST(HttpCoding, chooses_what_the_client_takes) {
  EXPECT_EQ(choose_coding(""), Coding::identity);
  EXPECT_EQ(choose_coding("gzip, deflate, br"), Coding::gzip);
  EXPECT_EQ(choose_coding("deflate ,\t gzip ; q=0.5 , br"), Coding::gzip);
  EXPECT_EQ(choose_coding("gzip, zstd ; q=0"), Coding::gzip);
  EXPECT_EQ(choose_coding("gzip;q=0.5, ZSTD;q=0.1"), Coding::zstd);
  EXPECT_EQ(choose_coding("zstd;q=0, gzip;q=0.0"), Coding::identity);
  EXPECT_EQ(choose_coding("identity, br, *"), Coding::identity);
}

}  // namespace
}  // namespace parley::net
