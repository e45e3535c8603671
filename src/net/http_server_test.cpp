#include "net/http_server.hpp"

#include <openssl/ssl.h>

#include "net/openssl.hpp"
#include "net/raw_peer_test.hpp"

namespace parley::net {
namespace {

using namespace testing;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

/// Answers "METHOD path body"; `/stop` waits until it is let go.
struct Site {
  explicit Site(HttpServerLimits limits = {}) {
    auto listening = HttpServer::listen(
        loop, Address{"127.0.0.1", 0}, *make_https_certificate({}, SystemClock().now()),
        [this](const Request& request) {
          ++served;
          Response out;
          out.body = request.method + " " + request.path + " " + std::string(as_text(request.body));
          return out;
        },
        {}, limits);
    EXPECT_TRUE(listening) << listening.error().text();
    server = std::move(*listening);
  }
  std::atomic<int> served{0};
  NodeLoop loop;
  std::unique_ptr<HttpServer> server;
  ContextPtr context{SSL_CTX_new(TLS_client_method())};
};

/// Sends text on one connection and returns all that comes back until the server closes.
std::string talk(Site& site, std::string_view text) {
  RawPeer raw(site.server->address(), site.context.get());
  EXPECT_TRUE(raw.handshake());
  raw.write(text);
  return raw.read_to_end();
}

std::string request(std::string_view method, std::string_view path, std::string_view more = "") {
  return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" +
         std::string(more) + "\r\n";
}

TEST(HttpServer, answers_one_request_after_another_on_one_connection) {
  Site site;
  const std::string text = talk(site, request("GET", "/a") + request("GET", "/b", "Connection: close\r\n"));
  const auto first = text.find("GET /a ");
  const auto second = text.find("GET /b ");
  EXPECT_LT(first, second);
  EXPECT_NE(second, std::string::npos);
  EXPECT_NE(text.find("Connection: keep-alive"), std::string::npos);
  EXPECT_NE(text.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, speaks_tls_1_2_and_1_3_and_nothing_older) {
  Site site;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const ContextPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    RawPeer raw(site.server->address(), context.get());
    EXPECT_TRUE(raw.handshake());
    EXPECT_EQ(SSL_version(raw.ssl()), version);
  }
  const ContextPtr old(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
  RawPeer raw(site.server->address(), old.get());
  EXPECT_FALSE(raw.handshake());
}

TEST(HttpServer, leaves_the_body_out_of_an_answer_to_head) {
  Site site;
  const std::string text = talk(site, request("HEAD", "/a", "Connection: close\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  EXPECT_NE(text.find("Content-Length: 8"), std::string::npos) << text;
}

TEST(HttpServer, takes_a_body_up_to_its_limit) {
  HttpServerLimits limits;
  limits.message.body_bytes = 10;
  Site site(limits);
  EXPECT_NE(talk(site, request("POST", "/", "Content-Length: 10\r\nConnection: close\r\n") + "0123456789")
                .find("POST / 0123456789"),
            std::string::npos);
  EXPECT_NE(talk(site, request("POST", "/", "Content-Length: 11\r\n") + "0123456789X").find(" 413 "),
            std::string::npos);
}

TEST(HttpServer, refuses_garbage_and_closes) {
  Site site;
  for (const auto& [text, status] :
       {std::pair<std::string, std::string>{"\r\n\r\n", " 400 "},
        {"GET\r\n\r\n", " 400 "},
        {std::string(20'000, 'a'), " 431 "},
        {request("GET", "/", "A: " + std::string(17'000, 'b') + "\r\n"), " 431 "},
        {request("GET", "/" + std::string(5'000, 'c')), " 414 "},
        {request("GET", "/", "Transfer-Encoding: chunked\r\n"), " 501 "},
        {request("GET", "/", "Host: other\r\n"), " 400 "},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", " 505 "}}) {
    const std::string answer = talk(site, text);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1" + status)) << text.substr(0, 40) << "\n"
                                                         << answer.substr(0, 80);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
  EXPECT_EQ(site.served, 0);
  EXPECT_NE(talk(site, request("GET", "/", "Connection: close\r\n")).find("GET / "), std::string::npos);
}

TEST(HttpServer, gives_up_visitors_that_stall) {
  HttpServerLimits limits;
  limits.handshake = limits.head = limits.keep_alive = limits.body = 100ms;
  limits.message.body_bytes = 10;
  Site site(limits);
  {
    const Descriptor silent = tcp_to(site.server->address());
    EXPECT_EQ(drain(silent.get()), "");
  }
  for (const std::string& text :
       {std::string(), std::string("GET / HT"), request("POST", "/", "Content-Length: 10\r\n") + "012"}) {
    EXPECT_EQ(talk(site, text), "");
  }
  EXPECT_EQ(site.served, 0);
}

TEST(HttpServer, bounds_the_requests_of_a_connection) {
  HttpServerLimits limits;
  limits.requests_per_connection = 2;
  Site site(limits);
  const std::string text = talk(site, request("GET", "/a") + request("GET", "/b") + request("GET", "/c"));
  EXPECT_NE(text.find("GET /b"), std::string::npos);
  EXPECT_EQ(text.find("GET /c"), std::string::npos);
}

TEST(HttpServer, closes_idle_connections_when_it_shuts_down) {
  Site site;
  RawPeer raw(site.server->address(), site.context.get());
  ASSERT_TRUE(raw.handshake());
  raw.write(request("GET", "/a"));
  const std::string head = raw.read_head();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200"));
  site.server->shutdown(10s);
  EXPECT_EQ(site.server->connections(), 0U);
}

}  // namespace
}  // namespace parley::net
