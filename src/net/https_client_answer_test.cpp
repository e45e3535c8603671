#include "net/https_client_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace parley::net {
namespace {

using ::testing::HasSubstr;

std::string zlib_of(const std::string& text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd_of(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

Result<HttpsAnswer> read(const std::string& bytes, std::size_t piece, AnswerLimits limits = {}) {
  AnswerReader reader(limits);
  for (std::size_t at = 0; at < bytes.size() && !reader.complete(); at += piece) {
    const Result<bool> fed = reader.feed(std::string_view(bytes).substr(at, piece));
    if (!fed) return std::unexpected<Error>(fed.error());
  }
  if (!reader.complete()) {
    if (auto ended = reader.end(); !ended) return std::unexpected<Error>(ended.error());
  }
  return reader.take();
}

std::string with_length(const std::string& body, const std::string& coding) {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: " + coding +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(AnswerReader, reads_every_framing_whatever_the_pieces) {
  for (const std::size_t piece : {1, 3, 1000}) {
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", piece)->body, "hello");
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: "
                   "y\r\n\r\n",
                   piece)
                  ->body,
              "hello");
    EXPECT_EQ(read("HTTP/1.0 200\r\n\r\nhello", piece)->body, "hello");
    EXPECT_EQ(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", piece)->status, 204);
    EXPECT_EQ(
        *read("HTTP/1.1 200 \xc3\xa9\r\nX-A:  b \r\nContent-Length: 0\r\n\r\n", piece)->fields.only("x-a"),
        "b");
  }
}

TEST(AnswerReader, undoes_every_content_coding) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  for (const std::size_t piece : {7, 5'000}) {
    EXPECT_EQ(read(with_length(zlib_of(text, 31), "gzip"), piece)->body, text);
    EXPECT_EQ(read(with_length(zlib_of(text, 15), "deflate"), piece)->body, text);
    EXPECT_EQ(read(with_length(zlib_of(text, -15), "deflate"), piece)->body, text);
    EXPECT_EQ(read(with_length(zstd_of(text), "ZSTD"), piece)->body, text);
  }
  EXPECT_THAT(read(with_length("x", "br"), 10).error().message, HasSubstr("not known"));
}

TEST(AnswerReader, refuses_bombs_before_they_take_memory) {
  const std::string zeros(std::size_t{8} << 20, '0');
  AnswerLimits limits;
  limits.body_bytes = 100'000;
  for (const std::string& bomb :
       {with_length(zlib_of(zeros, 31), "gzip"), with_length(zlib_of(zeros, 15), "deflate"),
        with_length(zstd_of(zeros), "zstd")}) {
    const auto refused = read(bomb, 1'000, limits);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().rules.front(), answer_too_large);
  }
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", 10, limits).error().rules.front(),
            answer_too_large);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\n" + zeros, 10'000, limits).error().rules.front(), answer_too_large);
}

TEST(AnswerReader, refuses_coded_bodies_that_are_damaged_or_cut) {
  const std::string text(5'000, 'x');
  for (std::string body : {zlib_of(text, 31), zlib_of(text, 15)}) {
    const std::string coding = static_cast<unsigned char>(body[0]) == 0x1f ? "gzip" : "deflate";
    EXPECT_FALSE(read(with_length(body.substr(0, body.size() - 3), coding), 10));
    EXPECT_FALSE(read(with_length(body + "more", coding), 10));
    body[body.size() / 2] = static_cast<char>(body[body.size() / 2] ^ 0x55);
    EXPECT_FALSE(read(with_length(body, coding), 10));
  }
  const std::string zstd = zstd_of(text);
  EXPECT_FALSE(read(with_length(zstd.substr(0, zstd.size() - 3), "zstd"), 10));
}

TEST(AnswerReader, refuses_what_two_readers_could_see_differently) {
  for (const char* head :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 99 x\r\n\r\n", "HTTP/1.1 101 x\r\n\r\n", "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\n folded\r\n\r\n", "\x01\x02\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n"})
    EXPECT_FALSE(read(std::string(head) + "hello", 1'000)) << head;
}

TEST(AnswerReader, bounds_heads_fields_interim_answers_and_chunk_lines) {
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", 1'000));
  std::string fields, interim;
  for (int i = 0; i < 200; ++i) fields += "X: y\r\n";
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\n" + fields + "\r\n", 1'000));
  EXPECT_FALSE(read(interim, 1'000));
  EXPECT_FALSE(
      read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;" + std::string(5'000, 'x'), 100));
}

TEST(AnswerReader, knows_when_the_connection_ends_too_early) {
  EXPECT_THAT(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 100).error().message,
              HasSubstr("in the middle"));
  EXPECT_THAT(
      read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 100).error().message,
      HasSubstr("in the middle"));
  EXPECT_THAT(AnswerReader(AnswerLimits()).end().error().message, HasSubstr("without an answer"));
}

TEST(AnswerReader, says_whether_the_connection_can_be_used_again) {
  const auto keeps = [](const std::string& bytes) {
    AnswerReader reader((AnswerLimits()));
    EXPECT_TRUE(reader.feed(bytes).value());
    return reader.keep_alive();
  };
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nunasked"));
}

TEST(HttpsRequest, cannot_carry_what_would_be_another_request) {
  EXPECT_TRUE(write_request({"GET", "/a?b=c", {{"X-A", "b"}}, ""}, "host"));
  EXPECT_FALSE(write_request({"GET", "/a b", {}, ""}, "host"));
  EXPECT_FALSE(write_request({"GET", "/a\r\nX: y", {}, ""}, "host"));
  EXPECT_FALSE(write_request({"GET", "a", {}, ""}, "host"));
  EXPECT_FALSE(write_request({"GET ", "/", {}, ""}, "host"));
  EXPECT_FALSE(write_request({"GET", "/", {{"X", "a\r\nY: b"}}, ""}, "host"));
  EXPECT_FALSE(write_request({"GET", "/", {{"X y", "a"}}, ""}, "host"));
}

}  // namespace
}  // namespace parley::net
