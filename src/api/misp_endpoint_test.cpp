#include "api/misp_endpoint.hpp"

#include <gtest/gtest.h>

#include "crypto/seeded.hpp"

namespace parley::api {
namespace {

constexpr std::string_view feed_path = "/feed/manifest.json";

/// A node that knows one key, and answers in two steps with `body`.
struct MispHost {
  MispHost() {
    node.authenticate = [](const Credentials& c) -> Result<std::string> {
      if (c.token == "key-1") return "alice";
      return fail(ErrorKind::not_found, "no such caller");
    };
    node.begin = [this](const misp_sync::Request& request, const std::string&) -> MispNode::Steps {
      asked = std::string(request.caller) + " " + std::string(request.path);
      return [this, left = 2]() mutable -> Result<std::optional<misp_sync::Answer>> {
        if (--left > 0) return std::optional<misp_sync::Answer>();
        misp_sync::Answer out;
        out.body = std::make_shared<const std::string>(body);
        return out;
      };
    };
    node.refuse_unread = [](const misp_sync::Request&) { return std::optional<misp_sync::Answer>(); };
  }

  /// Asked until the answer is there.
  net::Response get(const std::string& key, const std::string& accepted) {
    MispEndpoint::Limits limits;
    limits.compress_at_once = 5'000;
    MispEndpoint endpoint(node, clock, entropy, limits);
    net::Request request;
    request.method = "GET";
    request.path = feed_path;
    request.fields.add("authorization", key);
    if (!accepted.empty()) request.fields.add("accept-encoding", accepted);
    net::Response out = endpoint.answer(request);
    while (out.later) {
      const auto step = out.later;
      if (auto done = (*step)()) out = std::move(*done);
    }
    return out;
  }

  ManualClock clock{Timestamp::from_seconds(1'800'000'000)};
  crypto::SeededEntropy entropy{crypto::Secret<32>(ByteArray<32>{2}), "misp"};
  MispNode node;
  std::string body;
  std::string asked;
};

std::string coding_of(const net::Response& response) {
  for (const auto& [name, value] : response.fields)
    if (name == "Content-Encoding") return value;
  return "";
}

TEST(MispHttp, a_key_names_the_caller_and_a_wrong_one_is_403) {
  MispHost host;
  host.body = "{}";
  EXPECT_EQ(host.get("key-1", "").status, 200);
  EXPECT_EQ(host.asked, "alice " + std::string(feed_path));
  host.asked.clear();
  EXPECT_EQ(host.get("key-2", "").status, 403);
  EXPECT_EQ(host.asked, "") << "the node is not asked";
}

TEST(MispHttp, compresses_small_answers_at_once_and_large_ones_aside) {
  MispHost host;
  host.body = std::string(5'000, ' ');
  const net::Response small = host.get("key-1", "gzip");
  EXPECT_EQ(coding_of(small), "gzip");
  EXPECT_FALSE(small.aside);

  host.body += ' ';
  net::Response large = host.get("key-1", "gzip");
  EXPECT_EQ(coding_of(large), "");
  EXPECT_EQ(*large.page, host.body) << "good as it is";
  ASSERT_TRUE(large.aside);
  (*large.aside)(large);
  EXPECT_EQ(coding_of(large), "gzip");
  EXPECT_LT(large.page->size(), 200U);

  EXPECT_FALSE(host.get("key-1", "").aside) << "for those alone who take it";
}

}  // namespace
}  // namespace parley::api
