#include "net/https_client.hpp"

#include <map>

#include "net/connect_proxy_test.hpp"
#include "net/http_server.hpp"

namespace parley::net {
namespace {

using namespace testing;

/// An HTTPS server on loopback, and what asks it.
struct Net {
  Net() {
    const HttpsCertificate certificate = *make_https_certificate({}, SystemClock().now());
    trust.ca_pem = certificate.certificate_pem;
    HttpService service;
    service.answer = [](const Request& request) {
      Response out;
      out.body = request.method + " " + request.path;
      return out;
    };
    auto listening =
        HttpServer::listen(loop, Address{"127.0.0.1", 0}, certificate, std::move(service), {}, {});
    EXPECT_TRUE(listening) << listening.error().text();
    server = std::move(*listening);
  }
  void use(const HttpsProxy& proxy = {}, const std::string& host = "localhost") {
    client = HttpsClient::make(loop, {host, server->address().port}, trust, {}, proxy).value();
  }
  Result<HttpsAnswer> ask(const std::string& target) {
    Box<std::shared_ptr<Result<HttpsAnswer>>> box;
    HttpsRequest request;
    request.target = target;
    client->send(std::move(request), [&box](Result<HttpsAnswer> answer) {
      box.put(std::make_shared<Result<HttpsAnswer>>(std::move(answer)));
    });
    return std::move(*box.wait());
  }
  ~Net() {
    client.reset();
    server->shutdown(std::chrono::milliseconds(500));
  }
  NodeLoop loop;
  HttpsTrust trust;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpsClient> client;
};

TEST(HttpsClient, asks_one_thing_after_the_other) {
  Net net;
  net.use();
  EXPECT_EQ(net.ask("/a").value().body, "GET /a");
  EXPECT_EQ(net.ask("/b").value().body, "GET /b");
}

TEST(HttpsClient, calls_back_once_on_the_node_thread_and_lets_go_of_the_callback_there) {
  Net net;
  net.use();
  struct Mark {
    NodeLoop* loop;
    Box<bool>* gone;
    ~Mark() { gone->put(loop->on_node_thread()); }
  };
  Box<bool> gone;
  Box<bool> called;
  {
    auto mark = std::make_shared<Mark>(&net.loop, &gone);
    HttpsRequest request;
    request.target = "/";
    net.client->send(std::move(request), [&called, &net, mark](const Result<HttpsAnswer>& answer) {
      EXPECT_TRUE(answer);
      EXPECT_FALSE(called.has()) << "twice";
      called.put(net.loop.on_node_thread());
    });
  }
  EXPECT_TRUE(called.wait());
  EXPECT_TRUE(gone.wait()) << "what a callback holds belongs to the node thread";
}

TEST(HttpsClient, that_is_gone_calls_nobody) {
  Net net;
  net.use();
  std::atomic<int> calls{0};
  // On the node thread, so that the answer cannot come between the two.
  ASSERT_TRUE(net.loop.run([&]() -> Result<void> {
    HttpsRequest request;
    request.target = "/";
    net.client->send(std::move(request), [&calls](const Result<HttpsAnswer>&) { ++calls; });
    net.client.reset();
    return {};
  }));
  net.use();
  EXPECT_TRUE(net.ask("/later"));
  EXPECT_EQ(calls, 0);
}

TEST(HttpsClient, goes_through_the_tunnel_of_a_proxy_with_tls_from_end_to_end) {
  Net net;
  ConnectProxy proxy(net.server->address());
  net.use(proxy.proxy("alice:open%20sesame@"));
  EXPECT_EQ(net.ask("/a").value().body, "GET /a");
  EXPECT_EQ(net.ask("/b").value().body, "GET /b");
  const std::string name = "localhost:" + std::to_string(net.server->address().port);
  ASSERT_EQ(proxy.heads().size(), 1U) << "one tunnel for both";
  EXPECT_EQ(proxy.heads()[0], "CONNECT " + name + " HTTP/1.1\r\nHost: " + name +
                                  "\r\nProxy-Authorization: Basic YWxpY2U6b3BlbiBzZXNhbWU=\r\n\r\n");
  // Who sits in the way is not trusted for being the proxy.
  net.trust.ca_pem = make_https_certificate({}, SystemClock().now()).value().certificate_pem;
  net.use(proxy.proxy());
  EXPECT_NE(net.ask("/c").error().message.find("handshake failed"), std::string::npos);
  net.client.reset();
}

TEST(HttpsClient, leaves_names_to_the_proxy) {
  Net net;
  ConnectProxy proxy(net.server->address(), "HTTP/1.0 200 OK\r\nVia: x\r\n\r\n");
  // A name that nobody can look up; its certificate is for another one, so the tunnel is where it ends.
  net.use(proxy.proxy(), "taxii.example.invalid");
  EXPECT_NE(net.ask("/").error().message.find("handshake failed"), std::string::npos);
  ASSERT_FALSE(proxy.heads().empty());
  EXPECT_TRUE(proxy.heads()[0].starts_with("CONNECT taxii.example.invalid:")) << proxy.heads()[0];
  net.client.reset();
}

TEST(HttpsClient, says_what_a_proxy_does_not_do) {
  Net net;
  const std::map<std::string, std::string> refusals = {
      {"HTTP/1.1 407 Who are you\r\nContent-Length: 2\r\n\r\nno", "wants to know who we are (407)"},
      {"HTTP/1.1 403 No\r\n\r\n", "opens no tunnel to localhost:"},
      {"HTTP/1.1 200 OK\r\n\r\nHello", "more than its answer"},
      {"SSH-2.0-nothing of the kind\r\n\r\n", "speaks no HTTP"},
      {"", "waiting for the proxy"}};
  for (const auto& [answer, why] : refusals) {
    ConnectProxy proxy(net.server->address(), answer);
    net.use(proxy.proxy());
    const auto failed = net.ask("/");
    ASSERT_FALSE(failed) << answer;
    EXPECT_EQ(failed.error().kind, ErrorKind::peer);
    EXPECT_NE(failed.error().message.find(why), std::string::npos) << failed.error().text();
    net.client.reset();
  }
}

TEST(HttpsProxy, is_read_from_a_url) {
  EXPECT_EQ(HttpsProxy::parse("http://proxy.example.org:3128/").value().server.text(),
            "proxy.example.org:3128");
  EXPECT_EQ(HttpsProxy::parse("proxy.example.org").value().server.port, 80);
  EXPECT_EQ(HttpsProxy::parse("http://[2001:db8::1]").value().server.text(), "[2001:db8::1]:80");
  EXPECT_EQ(HttpsProxy::parse("http://a%3Ab:c@h:1").has_value(), false) << "a user's name holds no colon";
  EXPECT_EQ(HttpsProxy::parse("http://a:b%3Ac%40@h:1").value().authorization, "Basic YTpiOmNA");
  for (const char* text : {"https://h:1", "socks5://h:1", "http://", "http://h:0", "http://h:99999",
                           "http://a:%0d%0aX@h:1", "http://a:%2@h:1", "http://h:1/path", "h o"})
    EXPECT_FALSE(HttpsProxy::parse(text)) << text;
  const auto secret = HttpsProxy::parse("ftp://alice:secret@h");
  EXPECT_EQ(secret.error().text().find("secret"), std::string::npos);
}

TEST(HttpsProxy, is_passed_by_for_what_no_proxy_names_and_for_this_machine) {
  const std::string list =
      "intern.example.org, .example.net,192.0.2.0/24,2001:db8::/32,198.51.100.7,a.test:8443";
  for (const Address& direct : std::vector<Address>{{"intern.example.org", 443},
                                                    {"x.INTERN.example.org", 443},
                                                    {"deep.example.net", 443},
                                                    {"192.0.2.77", 443},
                                                    {"2001:db8::5", 443},
                                                    {"198.51.100.7", 1},
                                                    {"a.test", 8443},
                                                    {"localhost", 443},
                                                    {"127.0.0.9", 443},
                                                    {"::1", 443}})
    EXPECT_TRUE(is_direct(direct, list)) << direct.text();
  for (const Address& other : std::vector<Address>{{"notintern.example.org.evil.test", 443},
                                                   {"xintern.example.org", 443},
                                                   {"192.0.3.1", 443},
                                                   {"2001:db9::5", 443},
                                                   {"198.51.100.70", 1},
                                                   {"a.test", 443}})
    EXPECT_FALSE(is_direct(other, list)) << other.text();
  EXPECT_TRUE(is_direct({"anything.example.org", 1}, "*"));
}

TEST(HttpsProxy, comes_from_the_environment) {
  std::map<std::string, const char*> variables = {{"HTTPS_PROXY", "http://large:1"},
                                                  {"NO_PROXY", "near.example.org"}};
  const auto look = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second;
  };
  const Address far{"far.example.org", 443};
  EXPECT_EQ(environment_proxy(look, far).value().server.host, "large");
  EXPECT_FALSE(environment_proxy(look, {"near.example.org", 443}).value().is_set());
  EXPECT_FALSE(environment_proxy(look, {"127.0.0.1", 443}).value().is_set());
  variables["https_proxy"] = "http://small:1";
  EXPECT_EQ(environment_proxy(look, far).value().server.host, "small");
  variables["https_proxy"] = "gopher://x";
  EXPECT_FALSE(environment_proxy(look, far));
  variables.clear();
  EXPECT_FALSE(environment_proxy(look, far).value().is_set());
}

}  // namespace
}  // namespace parley::net
