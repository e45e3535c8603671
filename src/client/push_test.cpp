#include "client/push.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace parley::client {
namespace {

using testing::Contains;
using testing::HasSubstr;

class Zeros final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = 0;
  }
};

net::HttpsAnswer answer(int status, std::string body) {
  net::HttpsAnswer out;
  out.status = status;
  out.body = std::move(body);
  out.fields.add("content-type", std::string(taxii_media_type));
  return out;
}

std::string object(int number, std::size_t padding = 0) {
  return R"({"id":"identity--)" + std::to_string(number) + R"(","x":")" + std::string(padding, 'x') + "\"}";
}

std::string status(std::size_t success, const std::string& more = "", const char* state = "complete") {
  return R"({"id":"s1","status":")" + std::string(state) + R"(","success_count":)" + std::to_string(success) +
         more + "}";
}

/// A server that takes envelopes; `post` may answer otherwise.
class Server {
 public:
  std::uint64_t max_content_length = 0;
  std::function<std::optional<Result<net::HttpsAnswer>>(const std::vector<std::string>& ids)> post;
  std::function<net::HttpsAnswer()> poll;
  std::vector<std::size_t> envelopes;
  std::set<std::string> got;
  std::size_t largest = 0;
  std::string can_write = "true";

  Result<net::HttpsAnswer> handle(const SendRequest& send) {
    const net::HttpsRequest& request = send.request;
    if (send.url.path == "/r/")
      return answer(
          200, R"({"title":"r","versions":["application/taxii+json;version=2.1"],"max_content_length":)" +
                   std::to_string(max_content_length) + "}");
    if (send.url.path == "/r/collections/c/")
      return answer(200, R"({"id":"c","title":"C","can_read":false,"can_write":)" + can_write + "}");
    if (send.url.path == "/r/status/s1/") return poll();
    EXPECT_EQ(send.url.path, "/r/collections/c/objects/");
    EXPECT_EQ(request.method, "POST");
    largest = std::max(largest, request.body.size());
    const auto json = encoding::parse_json(request.body);
    std::vector<std::string> ids;
    for (const auto& one : **json->array_member("objects")) ids.push_back(*one.find("id")->if_string());
    envelopes.push_back(ids.size());
    if (post)
      if (auto other = post(ids)) return std::move(*other);
    got.insert(ids.begin(), ids.end());
    return answer(202, status(ids.size()));
  }
};

class Drive {
 public:
  Drive(Server& server, std::vector<std::vector<std::string>> pages, PushLimits limits = {})
      : push(Url::parse("https://taxii.example.org/r/collections/c/").value(), "", "", {}, limits, clock,
             entropy) {
    Push::Effect effect = push.start();
    for (int requests = 0; requests < 5'000;) {
      if (auto* send = std::get_if<SendRequest>(&effect)) {
        ++requests;
        effect = push.answered(server.handle(*send));
      } else if (auto* wait = std::get_if<WaitFor>(&effect)) {
        waits.push_back(wait->time);
        effect = push.waited();
      } else if (std::get_if<Push::NextPage>(&effect) != nullptr) {
        effect = push.page(next < pages.size() ? pages[next] : std::vector<std::string>());
        ++next;
      } else {
        outcome = std::get<Push::Ended>(effect).outcome;
        return;
      }
    }
    ADD_FAILURE() << "does not end";
  }

  ManualClock clock{Timestamp::from_seconds(1'800'000'000)};
  Zeros entropy;
  Push push;
  std::size_t next = 0;
  std::vector<std::chrono::milliseconds> waits;
  Result<void> outcome;
};

std::vector<std::string> objects(int count, std::size_t padding = 0) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(object(i, padding));
  return out;
}

TEST(Push, fills_envelopes_up_to_what_the_server_takes) {
  Server server;
  server.max_content_length = 1'000;
  const Drive run(server, {objects(50, 60)});
  ASSERT_TRUE(run.outcome);
  EXPECT_EQ(server.got.size(), 50U);
  EXPECT_LE(server.largest, 1'000U);
  EXPECT_GT(server.largest, 850U);
  EXPECT_EQ(run.push.report().accepted, 50U);
}

TEST(Push, sends_pages_one_after_the_other) {
  Server server;
  const Drive run(server, {objects(3), {object(10)}, {object(11), object(12)}});
  EXPECT_EQ(server.envelopes, (std::vector<std::size_t>{3, 1, 2}));
  EXPECT_EQ(run.push.report().pages, 3U);
}

TEST(Push, reports_an_object_that_is_too_large_and_sends_the_rest) {
  Server server;
  server.max_content_length = 200;
  auto all = objects(3);
  all.push_back(object(9, 500));
  const Drive run(server, {all});
  EXPECT_EQ(server.got.size(), 3U);
  ASSERT_EQ(run.push.report().failures.size(), 1U);
  EXPECT_EQ(run.push.report().failures[0].id, "identity--9");
}

TEST(Push, halves_what_is_refused_until_the_object_stands_alone) {
  Server server;
  server.post = [](const std::vector<std::string>& ids) -> std::optional<Result<net::HttpsAnswer>> {
    if (std::ranges::find(ids, "identity--5") == ids.end()) return std::nullopt;
    return answer(422, R"({"title":"no such type"})");
  };
  const Drive run(server, {objects(16)});
  ASSERT_TRUE(run.outcome);
  EXPECT_EQ(server.got.size(), 15U);
  EXPECT_EQ(run.push.report().failed, 1U);
  EXPECT_THAT(run.push.report().failures[0].message, HasSubstr("no such type"));
}

TEST(Push, follows_the_status_until_it_is_complete) {
  Server server;
  int polls = 0;
  server.post = [](const auto&) -> std::optional<Result<net::HttpsAnswer>> {
    return answer(202, status(0, "", "pending"));
  };
  server.poll = [&] {
    return ++polls < 3
               ? answer(200, status(1, R"(,"pending_count":2)", "pending"))
               : answer(200,
                        status(2, R"(,"failure_count":1,"failures":[{"id":"identity--1","message":"bad"}])"));
  };
  const Drive run(server, {objects(3)});
  EXPECT_EQ(polls, 3);
  EXPECT_EQ(run.push.report().accepted, 2U);
  EXPECT_EQ(run.push.report().failed, 1U);
  EXPECT_EQ(run.push.report().failures[0].message, "bad");
  EXPECT_LT(run.waits[0], run.waits[2]);
}

TEST(Push, stops_asking_for_a_status_that_stays_pending) {
  Server server;
  server.post = [](const auto&) -> std::optional<Result<net::HttpsAnswer>> {
    return answer(202, status(0, R"(,"pending_count":3)", "pending"));
  };
  server.poll = [] { return answer(200, status(0, R"(,"pending_count":3)", "pending")); };
  const Drive run(server, {objects(3)});
  ASSERT_TRUE(run.outcome);
  EXPECT_EQ(run.push.report().pending, 3U);
  EXPECT_EQ(run.waits.size(), 60U);
}

TEST(Push, sends_the_same_envelope_again_after_the_network_failed) {
  Server server;
  int failures = 0;
  server.post = [&](const auto&) -> std::optional<Result<net::HttpsAnswer>> {
    if (++failures > 2) return std::nullopt;
    return failures == 1 ? Result<net::HttpsAnswer>(fail(ErrorKind::peer, "reset")) : answer(503, "");
  };
  const Drive run(server, {objects(3)});
  EXPECT_EQ(server.envelopes, (std::vector<std::size_t>{3, 3, 3}));
  EXPECT_EQ(run.push.report().accepted, 3U);
}

TEST(Push, does_not_repeat_counts_that_cannot_be_true) {
  Server server;
  server.post = [](const auto&) -> std::optional<Result<net::HttpsAnswer>> {
    return answer(202, status(9'000'000, R"(,"failure_count":7)"));
  };
  const Drive run(server, {objects(3)});
  EXPECT_EQ(run.push.report().failed, 3U);
  EXPECT_EQ(run.push.report().accepted, 0U);
  server.post = [](const auto&) -> std::optional<Result<net::HttpsAnswer>> { return answer(202, status(1)); };
  const Drive fewer(server, {objects(3)});
  EXPECT_THAT(fewer.push.report().warnings, Contains(HasSubstr("fewer objects")));
}

TEST(Push, refuses_a_collection_that_may_not_be_written) {
  Server server;
  server.can_write = "false";
  const Drive run(server, {objects(3)});
  EXPECT_THAT(run.outcome.error().message, HasSubstr("can_write"));
  EXPECT_TRUE(server.envelopes.empty());
}

}  // namespace
}  // namespace parley::client
