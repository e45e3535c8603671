#include "net/http_server.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <future>

#include "net/openssl.hpp"
#include "net/raw_peer_test.hpp"
#include "net/tls.hpp"

namespace parley::net {
namespace {

using namespace testing;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

/// Answers "METHOD path body".
struct Site {
  explicit Site(HttpServerLimits limits = {}, HttpService service = {}, bool certificates = false) {
    if (!service.answer)
      service.answer = [this](const Request& request) {
        ++served;
        Response out;
        out.body = request.method + " " + request.path + " " + request.body;
        return out;
      };
    auto listening =
        HttpServer::listen(loop, Address{"127.0.0.1", 0}, *make_https_certificate({}, SystemClock().now()),
                           std::move(service), {}, limits, certificates);
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
        {request("GET", "/", "Transfer-Encoding: gzip\r\n"), " 501 "},
        {request("POST", "/", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), " 400 "},
        {request("POST", "/", "Transfer-Encoding: chunked\r\n") + "5 \r\n", " 400 "},
        {request("GET", "/", "Expect: a-miracle\r\n"), " 417 "},
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

TEST(HttpServer, takes_chunks_and_what_follows_them_is_the_next_request) {
  HttpServerLimits limits;
  limits.message.body_bytes = 10;
  Site site(limits);
  const std::string text = talk(site, request("POST", "/a", "Transfer-Encoding: chunked\r\n") +
                                          "5;x=y\r\n01234\r\n5\r\n56789\r\n0\r\nTrailer: z\r\n\r\n" +
                                          request("GET", "/b", "Connection: close\r\n"));
  EXPECT_NE(text.find("POST /a 0123456789"), std::string::npos) << text;
  EXPECT_NE(text.find("GET /b "), std::string::npos) << text;
  EXPECT_NE(talk(site, request("POST", "/", "Transfer-Encoding: chunked\r\n") + "b\r\n").find(" 413 "),
            std::string::npos);
}

TEST(HttpServer, asks_for_a_body_that_waits_to_be_asked_for) {
  HttpServerLimits limits;
  limits.message.body_bytes = 10;
  HttpService service;
  service.before_body = [](const Request& head) -> std::optional<Response> {
    if (head.path != "/closed") return std::nullopt;
    Response out;
    out.status = 403;
    return out;
  };
  service.answer = [](Request& r) {
    Response out;
    out.body = "got " + r.body;
    return out;
  };
  Site site(limits, service);
  const std::string more = "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n";
  {
    RawPeer raw(site.server->address(), site.context.get());
    ASSERT_TRUE(raw.handshake());
    raw.write(request("POST", "/open", more));
    EXPECT_EQ(raw.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
    raw.write("abc");
    EXPECT_NE(raw.read_to_end().find("got abc"), std::string::npos);
  }
  EXPECT_TRUE(talk(site, request("POST", "/closed", more)).starts_with("HTTP/1.1 403 "));
  const std::string too_long = "Content-Length: 11\r\nExpect: 100-continue\r\n";
  EXPECT_TRUE(talk(site, request("POST", "/open", too_long)).starts_with("HTTP/1.1 413 "));
}

TEST(HttpServer, sends_a_shared_page_whole_to_a_slow_reader_too) {
  std::string long_text;
  for (int i = 0; long_text.size() < 9'000'000; ++i) long_text += std::to_string(i) + " ";
  const auto page = std::make_shared<const std::string>(std::move(long_text));
  HttpService service;
  service.ready = [page](const Request&) -> std::optional<Response> {
    Response out;
    out.page = page;
    return out;
  };
  service.answer = [](Request&) { return Response(); };
  Site site({}, service);
  RawPeer raw(site.server->address(), site.context.get());
  ASSERT_TRUE(raw.handshake());
  raw.write(request("GET", "/page") + request("GET", "/page", "Connection: close\r\n"));
  // Only once the other connection was answered does this one read on.
  EXPECT_NE(talk(site, request("HEAD", "/page", "Connection: close\r\n")).find("Content-Length: "),
            std::string::npos);
  const std::string text = raw.read_to_end();
  const auto first = text.find(*page);
  ASSERT_NE(first, std::string::npos);
  EXPECT_TRUE(text.ends_with(*page));
  EXPECT_GT(text.size(), first + 2 * page->size());
}

TEST(HttpServer, gives_an_answer_that_takes_several_steps) {
  HttpService service;
  std::vector<bool> on_node_thread;
  NodeLoop* loop = nullptr;
  service.answer = [&](Request&) {
    Response out;
    out.later = std::make_shared<std::function<std::optional<Response>()>>(
        [&, left = 3]() mutable -> std::optional<Response> {
          on_node_thread.push_back(loop->on_node_thread());
          if (--left > 0) return std::nullopt;
          Response done;
          done.body = "done";
          return done;
        });
    return out;
  };
  Site site({}, service);
  loop = &site.loop;
  EXPECT_TRUE(talk(site, request("GET", "/", "Connection: close\r\n")).ends_with("\r\n\r\ndone"));
  EXPECT_EQ(on_node_thread, std::vector<bool>(3, true));
}

/// Answers "/slow" with "plain", to be finished aside as "finished" once `go` is given.
struct SlowFinish {
  HttpService service() {
    HttpService out;
    out.answer = [this](const Request& r) {
      Response answer;
      answer.body = "plain";
      if (r.path != "/slow") return answer;
      answer.aside = std::make_shared<std::function<void(Response&)>>([this](Response& one) {
        elsewhere = elsewhere && !loop->on_node_thread() && !loop->on_io_thread();
        if (!begun.exchange(true)) has_begun.set_value();
        may_go.wait();
        one.body = "finished";
      });
      return answer;
    };
    return out;
  }
  NodeLoop* loop = nullptr;
  std::atomic<bool> begun = false;
  std::promise<void> has_begun;
  std::promise<void> go;
  std::shared_future<void> may_go{go.get_future()};
  std::atomic<bool> elsewhere = true;
};

TEST(HttpServer, finishes_an_answer_on_another_thread_while_others_are_served) {
  SlowFinish slow;
  HttpServerLimits limits;
  limits.aside_bytes = 8;
  Site site(limits, slow.service());
  slow.loop = &site.loop;
  RawPeer raw(site.server->address(), site.context.get());
  ASSERT_TRUE(raw.handshake());
  raw.write(request("GET", "/slow", "Connection: close\r\n"));
  slow.has_begun.get_future().wait();
  // The first one waits, so that another one does not find room, and everybody else is answered meanwhile.
  EXPECT_TRUE(talk(site, request("GET", "/slow", "Connection: close\r\n")).ends_with("plain"));
  EXPECT_TRUE(talk(site, request("GET", "/quick", "Connection: close\r\n")).ends_with("plain"));
  slow.go.set_value();
  EXPECT_TRUE(raw.read_to_end().ends_with("finished"));
  EXPECT_TRUE(slow.elsewhere);
  EXPECT_TRUE(talk(site, request("GET", "/slow", "Connection: close\r\n")).ends_with("finished"));
}

TEST(HttpServer, cuts_off_the_slowest_reader_when_too_much_is_being_sent) {
  constexpr std::size_t large = 32U << 20;  // more than sockets take
  const auto shared_page = std::make_shared<const std::string>(large, 'x');
  HttpService service;
  service.answer = [&](const Request& r) {
    Response out;
    if (r.path == "/shared") out.page = shared_page;
    if (r.path == "/own") out.page = std::make_shared<const std::string>(large, 'x');
    return out;
  };
  HttpServerLimits limits;
  limits.answers_bytes = large + 1;
  limits.patience = 0ms;
  Site site(limits, service);
  const auto ask = [&] { return talk(site, request("GET", "/", "Connection: close\r\n")).substr(9, 3); };
  std::vector<std::unique_ptr<RawPeer>> readers;
  const auto read_not = [&](std::string_view path) {
    readers.push_back(std::make_unique<RawPeer>(site.server->address(), site.context.get()));
    ASSERT_TRUE(readers.back()->handshake());
    readers.back()->write(request("GET", path));
    // Its beginning shows that it is being sent.
    EXPECT_TRUE(readers.back()->read_head().starts_with("HTTP/1.1 200"));
  };
  read_not("/shared");
  read_not("/shared");
  EXPECT_EQ(ask(), "200") << "one page, however many read it";
  read_not("/own");
  EXPECT_EQ(ask(), "503");
  while (ask() == "503") continue;
  EXPECT_LT(readers[0]->read_to_end().size(), large);
}

TEST(HttpServer, hands_on_the_hash_of_a_clients_certificate) {
  HttpService service;
  service.answer = [](Request& r) {
    Response out;
    out.body = r.client_certificate ? to_hex(*r.client_certificate) : "none";
    return out;
  };
  Site site({}, service, true);
  EXPECT_TRUE(talk(site, request("GET", "/", "Connection: close\r\n")).ends_with("none"));
  const Party client("client.example.org");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = *make_peer_context(TlsRole::client, client.certificate, client.tls,
                                            [](const crypto::PublicKey&) { return true; });
    SSL_CTX* raw_context = context->context.native_handle();
    SSL_CTX_set_min_proto_version(raw_context, version);
    SSL_CTX_set_max_proto_version(raw_context, version);
    SSL_CTX_set1_sigalgs_list(raw_context, "ed25519:ECDSA+SHA256");
    SSL_CTX_set_verify(raw_context, SSL_VERIFY_NONE, nullptr);
    RawPeer raw(site.server->address(), raw_context);
    ASSERT_TRUE(raw.handshake());
    raw.write(request("GET", "/", "Connection: close\r\n"));
    ByteArray<32> hash{};
    X509_digest(read_certificate(client.certificate)->get(), EVP_sha256(), hash.data(), nullptr);
    EXPECT_TRUE(raw.read_to_end().ends_with(to_hex(hash)));
  }
}

TEST(HttpServer, gives_no_session_to_resume_and_takes_no_early_data) {
  Site site;
  RawPeer raw(site.server->address(), site.context.get());
  ASSERT_TRUE(raw.handshake());
  raw.write(request("GET", "/", "Connection: close\r\n"));
  raw.read_to_end();
  EXPECT_FALSE(SSL_SESSION_is_resumable(SSL_get0_session(raw.ssl())));
  EXPECT_EQ(SSL_SESSION_get_max_early_data(SSL_get0_session(raw.ssl())), 0U);
}

TEST(HttpServer, lets_the_oldest_idle_connection_make_room) {
  HttpServerLimits limits;
  limits.connections = 3;
  Site site(limits);
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(std::make_unique<RawPeer>(site.server->address(), site.context.get()));
    ASSERT_TRUE(peers.back()->handshake());
  }
  EXPECT_NE(talk(site, request("GET", "/", "Connection: close\r\n")).find("GET / "), std::string::npos);
  EXPECT_EQ(peers[0]->read_to_end(), "");
  peers[2]->write(request("GET", "/", "Connection: close\r\n"));
  EXPECT_NE(peers[2]->read_to_end().find("GET / "), std::string::npos);
}

}  // namespace
}  // namespace parley::net
