#include "api/endpoints.hpp"

#include <gtest/gtest.h>

#include "encoding/json.hpp"

namespace parley::api {
namespace {

net::Request get(std::string path, std::string method = "GET") {
  net::Request out;
  out.method = std::move(method);
  out.path = std::move(path);
  return out;
}

std::string field(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields)
    if (key == name) return value;
  return {};
}

NodeEndpoints small_node() {
  NodeEndpoints node;
  node.ready = [] { return Result<void>(); };
  node.metrics = [] { return std::string("parley_ledger_size 3\n"); };
  node.checkpoint = []() -> Result<std::string> { return "alpha.example.org/log\n3\n"; };
  node.tile = [](std::string_view path) -> Result<Bytes> {
    if (path != "tile/0/000.p/3") return fail(ErrorKind::not_found, "/secret/path has no such tile");
    return Bytes{1, 2, 3};
  };
  return node;
}

TEST(Endpoints, answer_what_they_are_asked) {
  const Router router = make_node_router(small_node());
  EXPECT_EQ(router.handle(get("/healthz")).body, "ok\n");
  EXPECT_EQ(router.handle(get("/readyz")).status, 200);
  const net::Response metrics = router.handle(get("/metrics"));
  EXPECT_EQ(metrics.body, "parley_ledger_size 3\n");
  EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(router.handle(get("/ledger/checkpoint")).body, "alpha.example.org/log\n3\n");
  const net::Response tile = router.handle(get("/ledger/tile/0/000.p/3"));
  EXPECT_EQ(tile.body, "\x01\x02\x03");
  EXPECT_EQ(tile.content_type, "application/octet-stream");
  EXPECT_NE(field(tile, "Cache-Control").find("immutable"), std::string::npos);
}

TEST(Endpoints, describe_themselves) {
  const net::Response answer = make_node_router({}).handle(get("/api/v1/openapi.json"));
  EXPECT_EQ(answer.content_type, "application/json");
  const auto document = encoding::parse_json(answer.body);
  ASSERT_TRUE(document);
  const auto* paths = document->find("paths");
  ASSERT_TRUE(paths);
  EXPECT_TRUE(paths->find("/taxii2/{root}/collections/{collection}/objects/{object}/versions/"));
}

TEST(Endpoints, say_unready_without_saying_why) {
  NodeEndpoints node = small_node();
  node.ready = []() -> Result<void> { return fail(ErrorKind::internal, "disk /dev/sda is full"); };
  node.checkpoint = []() -> Result<std::string> {
    return fail(ErrorKind::internal, "/secret/path is broken");
  };
  const Router router = make_node_router(node);
  const net::Response ready = router.handle(get("/readyz"));
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.body, "not ready\n");
  const net::Response checkpoint = router.handle(get("/ledger/checkpoint"));
  EXPECT_EQ(checkpoint.status, 500);
  EXPECT_EQ(checkpoint.body, "internal error\n");
}

TEST(Endpoints, refuse_paths_that_are_no_tiles) {
  NodeEndpoints node = small_node();
  node.tile = [](std::string_view path) -> Result<Bytes> {
    ADD_FAILURE() << path;
    return Bytes();
  };
  const Router router = make_node_router(node);
  for (const std::string path : {"/ledger/tile/../keys", "/ledger/tile//0", "/ledger/tile/%2e%2e/x",
                                 "/ledger/tile/A", "/ledger/tile/0\\x"})
    EXPECT_EQ(router.handle(get(path)).status, 404) << path;
  EXPECT_EQ(router.handle(get("/ledger/tile/" + std::string(200, '0'))).status, 404);
  EXPECT_EQ(make_node_router(small_node()).handle(get("/ledger/tile/9/999")).status, 404);
}

TEST(Endpoints, are_left_out_when_the_node_has_nothing_to_say) {
  const Router router = make_node_router({});
  EXPECT_EQ(router.handle(get("/healthz")).status, 200);
  EXPECT_EQ(router.handle(get("/metrics")).status, 404);
  EXPECT_EQ(router.handle(get("/ledger/checkpoint")).status, 404);
}

TEST(Router, refuses_other_methods_and_names_the_right_ones) {
  const Router router = make_node_router(small_node());
  const net::Response refused = router.handle(get("/metrics", "DELETE"));
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(field(refused, "Allow"), "GET, HEAD");
  EXPECT_EQ(router.handle(get("/metrics", "HEAD")).status, 200);
  EXPECT_EQ(router.handle(get("/nowhere", "DELETE")).status, 404);
}

TEST(Router, takes_the_longest_match) {
  Router router;
  const auto says = [](const std::string& text) {
    return [text](const net::Request&) {
      net::Response out;
      out.body = text;
      return out;
    };
  };
  router.add("/a/", {"GET"}, says("short"));
  router.add("/a/b/", {"GET", "POST"}, says("long"));
  router.add("/a", {"GET"}, says("exact"));
  EXPECT_EQ(router.handle(get("/a/x")).body, "short");
  EXPECT_EQ(router.handle(get("/a/b/x", "POST")).body, "long");
  EXPECT_EQ(router.handle(get("/a")).body, "exact");
  EXPECT_EQ(router.handle(get("/ab")).status, 404);
}

}  // namespace
}  // namespace parley::api
