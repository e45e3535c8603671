#include "net/http_message.hpp"

#include <gtest/gtest.h>

#include "net/upgrade.hpp"

using namespace std::string_view_literals;

namespace parley::net {
namespace {

int status_of(std::string_view head, HttpLimits limits = {}) {
  std::uint64_t body = 0;
  const auto request = parse_request_head(head, limits, body);
  return request ? 200 : request.error().status;
}

TEST(HttpMessage, reads_a_request) {
  std::uint64_t body = 99;
  const auto request = parse_request_head(
      "GET /a/b?c=d&e HTTP/1.1\r\nHost: node.example.org\r\nX-Odd:  two  words \r\n\r\n", {}, body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->path, "/a/b");
  EXPECT_EQ(request->query, "c=d&e");
  EXPECT_EQ(request->fields.only("x-odd"), "two  words");
  EXPECT_TRUE(request->keep_alive);
  EXPECT_EQ(body, 0U);
}

TEST(HttpMessage, finds_the_length_of_a_body) {
  std::uint64_t body = 0;
  const HttpLimits limits{.body_bytes = 1000};
  ASSERT_TRUE(parse_request_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", limits, body));
  EXPECT_EQ(body, 1000U);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", limits), 413);
}

TEST(HttpMessage, refuses_every_way_to_hide_a_second_request) {
  const HttpLimits limits{.body_bytes = 1000};
  for (const std::string_view head :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n folded\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\nContent-Length: 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\rContent-Length: 3\r\n\r\n",
        "POST / HTTP/1.1\r\n Host: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\n\r\n",
        "POST  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "POST /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST * HTTP/1.1\r\nHost: a\r\n\r\n",
        "P(ST / HTTP/1.1\r\nHost: a\r\n\r\n",
        " / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
        "POST / http/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\n\r\nGET",
        "",
        "\r\n\r\n"})
    EXPECT_EQ(status_of(head, limits), 400) << head;
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\0\r\n\r\n"sv), 400);
}

TEST(HttpMessage, keeps_to_its_limits_exactly) {
  const std::string request = "GET /abc HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
  EXPECT_EQ(status_of(request, {.head_bytes = request.size(), .fields = 2, .target_bytes = 4}), 200);
  EXPECT_EQ(status_of(request, {.head_bytes = request.size() - 1}), 431);
  EXPECT_EQ(status_of(request, {.fields = 1}), 431);
  EXPECT_EQ(status_of(request, {.target_bytes = 3}), 414);
}

TEST(HttpMessage, closes_when_it_is_asked_to) {
  std::uint64_t body = 0;
  const auto request =
      parse_request_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", {}, body);
  ASSERT_TRUE(request);
  EXPECT_FALSE(request->keep_alive);
}

TEST(HttpMessage, writes_what_it_reads) {
  Response response;
  response.body = "hello";
  response.fields.emplace_back("X-A", "b");
  const std::string text = write_response(response, true, true);
  const auto end = head_end(text);
  ASSERT_TRUE(end);
  EXPECT_EQ(text.substr(*end), "hello");
  const auto head = parse_response_head(std::string_view(text).substr(0, *end), {});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->fields.only("content-length"), "5");
  EXPECT_EQ(head->fields.only("x-a"), "b");
  EXPECT_EQ(head_end(write_response(response, true, false)), *end);
}

TEST(HttpMessage, refuses_an_odd_response) {
  for (const std::string_view head :
       {"HTTP/1.1 99 x\r\n\r\n", "HTTP/1.1 1011 x\r\n\r\n", "HTTP/1.1 011 x\r\n\r\n",
        "HTTP/1.0 101 x\r\n\r\n", "HTTP/1.1 101\r\n\r\n", "101\r\n\r\n", "", "HTTP/1.1 101 x\r\nA\r\n\r\n"})
    EXPECT_FALSE(parse_response_head(head, {})) << head;
}

TEST(HttpMessage, reads_how_a_body_travels) {
  const HttpLimits limits{.body_bytes = 1000, .chunked = true};
  std::uint64_t body = 0;
  const auto request =
      parse_request_head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", limits, body);
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->chunked);
  EXPECT_EQ(body, 0U);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", limits), 501);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", limits), 501);
  EXPECT_EQ(
      status_of(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
          limits),
      501);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
                      limits),
            400);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
                      "chunked\r\n\r\n",
                      limits),
            400);
}

TEST(HttpMessage, names_the_path_that_it_refuses) {
  std::uint64_t body = 0;
  const auto refused = parse_request_head("POST /a/b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n",
                                          {.body_bytes = 10}, body);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 413);
  EXPECT_EQ(refused.error().target, "/a/b");
}

TEST(HttpMessage, writes_no_body_where_there_can_be_none) {
  Response response;
  response.status = 204;
  EXPECT_EQ(write_response(response, true, true),
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
  response.status = 200;
  response.page = std::make_shared<const std::string>("shared");
  EXPECT_TRUE(write_response(response, true, true).ends_with("\r\n\r\nshared"));
}

TEST(Upgrade, agrees_with_itself_and_with_nothing_else) {
  EXPECT_FALSE(check_upgrade_request(write_upgrade_request("a.example.org:8443")));
  EXPECT_TRUE(check_upgrade_answer(write_upgrade_answer()));
  EXPECT_FALSE(check_upgrade_answer("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(
      check_upgrade_answer("HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: parley-peer/2\r\n\r\n"));
  EXPECT_FALSE(check_upgrade_answer("HTTP/1.1 101 x\r\nUpgrade: parley-peer/1\r\n\r\n"));
}

}  // namespace
}  // namespace parley::net
