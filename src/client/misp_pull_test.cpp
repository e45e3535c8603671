#include "client/misp_pull.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/entropy.hpp"
#include "crypto/hash.hpp"

namespace parley::client {
namespace {

using misp_sync::Listed;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

std::string uuid(int number) {
  return "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + number);
}

std::string event(int number, std::int64_t timestamp = 1'700'000'000, const std::string& count = "1") {
  return R"({"Event":{"uuid":")" + uuid(number) + R"(","info":"e","timestamp":")" +
         std::to_string(timestamp) + R"(","distribution":"2","attribute_count":")" + count +
         R"(","Attribute":[{"uuid":")" + uuid(5'000 + number) +
         R"(","type":"domain","category":"Network activity","value":"host.example.org","timestamp":"1","distribution":"5"}]}})";
}

net::HttpsAnswer answer(int status, std::string body) {
  net::HttpsAnswer out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

/// An instance (or a feed) with numbered events, and a store; tests bend both.
struct World {
  explicit World(int events) {
    for (int number = 1; number <= events; ++number) server[uuid(number)] = event(number);
  }

  std::map<std::string, std::string> server;  // by UUID
  std::map<std::string, std::int64_t> store;
  std::function<std::optional<Result<net::HttpsAnswer>>(const SendRequest&)> instead;
  std::function<MispFate(const misp::Event&)> fate_of;
  std::vector<SendRequest> asked;
  std::vector<misp::Event> stored;
  MispPullLimits limits;
  MispPullReport report;

  Result<net::HttpsAnswer> get(const SendRequest& send) {
    asked.push_back(send);
    if (instead)
      if (auto other = instead(send)) return std::move(*other);
    const std::string& path = send.url.path;
    if (path.ends_with("/servers/getVersion")) return answer(200, R"({"version":"2.5.3"})");
    if (path.ends_with("/events/index")) {
      const auto body = *misp::parse_value(send.request.body);
      const auto limit = static_cast<std::size_t>(*body.number("limit"));
      std::size_t skip = limit * static_cast<std::size_t>(*body.number("page") - 1);
      std::string list;
      std::size_t count = 0;
      for (const auto& [key, text] : server) {
        if (skip > 0) {
          --skip;
          continue;
        }
        if (count++ == limit) break;
        list +=
            (list.empty() ? "" : ",") + std::string(R"({"uuid":")") + key + R"(","timestamp":"1700000000"})";
      }
      return answer(200, "[" + list + "]");
    }
    if (path.ends_with("/events/restSearch")) {
      const auto body = *misp::parse_value(send.request.body);
      std::string list;
      for (const misp::Value& one : body.elements("eventid"))
        if (const auto found = server.find(std::string(*one.as_text())); found != server.end())
          list += (list.empty() ? "" : ",") + found->second;
      return answer(200, R"({"response":[)" + list + "]}");
    }
    for (const auto& [key, text] : server)
      if (path.find(key) != std::string::npos) return answer(200, text);
    if (path.ends_with("/manifest.json")) {
      std::string list;
      for (const auto& [key, text] : server)
        list += (list.empty() ? "" : ",") + std::string("\"") + key + R"(":{"timestamp":"1700000000"})";
      net::HttpsAnswer out = answer(200, "{" + list + "}");
      out.fields.add("etag", "\"one\"");
      return out;
    }
    return answer(404, R"({"message":"Invalid event"})");
  }

  Result<void> run(bool feed = false, bool again = false) {
    MispPullQuestion question;
    question.url = Url::parse("https://misp.example.org/a").value();
    question.is_feed = feed;
    question.again = again;
    ManualClock clock{Timestamp::from_seconds(1'800'000'000)};
    CountingEntropy entropy;
    MispPull pull(question, Credentials{{{"Authorization", "key"}}}, limits, clock, entropy);
    MispPull::Effect effect = pull.start();
    for (int steps = 0; steps < 100'000; ++steps) {
      report = pull.report();
      if (auto* send = std::get_if<SendRequest>(&effect)) {
        effect = pull.answered(get(*send));
      } else if (std::holds_alternative<WaitFor>(effect)) {
        effect = pull.waited();
      } else if (auto* compare = std::get_if<MispPull::Compare>(&effect)) {
        std::erase_if(compare->events, [&](const Listed& one) {
          const auto held = store.find(one.uuid);
          return !compare->again && held != store.end() && held->second >= one.timestamp;
        });
        effect = pull.compared(std::move(compare->events));
      } else if (auto* batch = std::get_if<MispPull::StoreEvents>(&effect)) {
        std::vector<MispFate> fates;
        for (misp::Event& one : batch->events) {
          fates.push_back(fate_of ? fate_of(one)
                                  : MispFate{std::string(one.uuid()), misp::EventOrder::newer, false, ""});
          store[std::string(one.uuid())] = one.timestamp();
          stored.push_back(std::move(one));
        }
        effect = pull.stored(fates);
      } else {
        return std::get<MispPull::Ended>(effect).outcome;
      }
    }
    return fail(ErrorKind::internal, "it never ends");
  }
};

TEST(MispPull, reads_all_events_in_pages_and_batches) {
  World world(25);
  world.limits.page_size = 10;
  world.limits.events_a_request = 4;
  world.limits.batch_events = 7;
  ASSERT_TRUE(world.run());
  EXPECT_EQ(world.report.listed, 25U);
  EXPECT_EQ(world.report.stored, 25U);
  EXPECT_EQ(world.report.pages, 3U);
  EXPECT_TRUE(world.report.complete);
  EXPECT_THAT(world.report.warnings, IsEmpty());
  EXPECT_EQ(world.stored.front().distribution(), misp::Distribution::community) << "a step down";
  for (const SendRequest& one : world.asked) EXPECT_EQ(one.request.fields.back().second, "key");
}

TEST(MispPull, fetches_only_what_is_not_held_or_later) {
  World world(5);
  world.store[uuid(2)] = 1'700'000'000;
  world.store[uuid(3)] = 1'600'000'000;
  ASSERT_TRUE(world.run());
  EXPECT_EQ(world.report.wanted, 4U);
  World again(5);
  again.store = world.store;
  ASSERT_TRUE(again.run());
  EXPECT_EQ(again.report.wanted, 0U);
  EXPECT_THAT(again.asked, SizeIs(2));
}

TEST(MispPull, an_index_that_never_ends_is_bounded) {
  World world(0);
  world.limits.page_size = 2;
  world.limits.pages = 20;
  int next = 0;
  world.instead = [&](const SendRequest& send) -> std::optional<Result<net::HttpsAnswer>> {
    if (!send.url.path.ends_with("/events/index")) return std::nullopt;
    std::string list;
    for (int i = 0; i < 2; ++i) {
      const int number = ++next;
      world.server[uuid(number)] = event(number);
      list += (list.empty() ? "" : ",") + std::string(R"({"uuid":")") + uuid(number) +
              R"(","timestamp":"1700000000"})";
    }
    return answer(200, "[" + list + "]");
  };
  const auto outcome = world.run();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("more than 20 pages"));
  EXPECT_EQ(world.report.stored, 40U) << "what came stays";
}

TEST(MispPull, a_page_that_comes_again_ends_it) {
  World world(4);
  world.limits.page_size = 2;
  world.instead = [&](const SendRequest& send) -> std::optional<Result<net::HttpsAnswer>> {
    if (!send.url.path.ends_with("/events/index")) return std::nullopt;
    return answer(200, R"([{"uuid":")" + uuid(1) + R"(","timestamp":"1700000000"},{"uuid":")" + uuid(2) +
                           R"(","timestamp":"1700000000"}])");
  };
  const auto outcome = world.run();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("circles"));
}

TEST(MispPull, names_what_lies_about_counts_and_takes_the_rest) {
  World world(5);
  world.server[uuid(3)] = event(3, 1'700'000'000, "12000");
  ASSERT_TRUE(world.run());
  ASSERT_THAT(world.report.refusals, SizeIs(1));
  EXPECT_EQ(world.report.refusals[0].uuid, uuid(3));
  EXPECT_THAT(world.report.refusals[0].why, HasSubstr("12000, and 1 came"));
  EXPECT_EQ(world.report.stored, 4U);
}

TEST(MispPull, names_what_is_earlier_than_listed_missing_or_another) {
  World world(6);
  world.server[uuid(2)] = event(2, 1'600'000'000);
  world.instead = [&](const SendRequest& send) -> std::optional<Result<net::HttpsAnswer>> {
    if (send.url.path.find(uuid(4)) != std::string::npos) return answer(404, "{}");
    if (send.url.path.find(uuid(5)) != std::string::npos) return answer(200, event(99));
    if (!send.url.path.ends_with("/events/restSearch")) return std::nullopt;
    auto copy = world.server;
    copy.erase(uuid(4));
    copy.erase(uuid(5));
    std::string list;
    for (const auto& [key, text] : copy) list += (list.empty() ? "" : ",") + text;
    return answer(200, R"({"response":[)" + list + "]}");
  };
  ASSERT_TRUE(world.run());
  std::map<std::string, std::string> why;
  for (const MispRefused& one : world.report.refusals) why[one.uuid] = one.why;
  EXPECT_THAT(why, SizeIs(3));
  EXPECT_THAT(why[uuid(2)], HasSubstr("earlier"));
  EXPECT_THAT(why[uuid(4)], HasSubstr("cannot be had"));
  EXPECT_THAT(why[uuid(5)], HasSubstr("in its place"));
}

TEST(MispPull, asks_for_fewer_at_once_when_an_answer_is_too_large) {
  World world(20);
  world.instead = [&](const SendRequest& send) -> std::optional<Result<net::HttpsAnswer>> {
    if (!send.url.path.ends_with("/events/restSearch")) return std::nullopt;
    if (misp::parse_value(send.request.body)->elements("eventid").size() <= 2) return std::nullopt;
    Error error{ErrorKind::bad_input, "too large", {}, {}};
    error.rules.emplace_back(net::answer_too_large);
    return Result<net::HttpsAnswer>(std::unexpected(error));
  };
  world.limits.events_a_request = 16;
  ASSERT_TRUE(world.run());
  EXPECT_EQ(world.report.stored, 20U);
  EXPECT_THAT(world.report.refusals, IsEmpty());
}

TEST(MispPull, a_server_that_is_gone_is_not_asked_for_every_event) {
  World world(100);
  world.limits.retry.attempts = 1;
  world.instead = [&](const SendRequest& send) -> std::optional<Result<net::HttpsAnswer>> {
    if (send.url.path.ends_with("/events/index") || send.url.path.ends_with("getVersion"))
      return std::nullopt;
    return Result<net::HttpsAnswer>(fail(ErrorKind::peer, "gone"));
  };
  ASSERT_FALSE(world.run());
  EXPECT_LT(world.asked.size(), 20U);
  EXPECT_FALSE(world.report.complete);
}

TEST(MispPull, what_the_store_says_of_each_event_is_told) {
  World world(4);
  world.fate_of = [](const misp::Event& one) {
    MispFate fate{std::string(one.uuid()), misp::EventOrder::same, true, ""};
    if (one.uuid() == uuid(2)) fate.order = misp::EventOrder::changed;
    if (one.uuid() == uuid(3)) fate.error = "disk";
    return fate;
  };
  ASSERT_TRUE(world.run(false, true));
  EXPECT_EQ(world.report.unchanged, 2U);
  ASSERT_THAT(world.report.refusals, SizeIs(2));
  EXPECT_THAT(world.report.refusals[0].why, HasSubstr("its timestamp did not"));
}

TEST(MispPull, a_feed_is_checked_against_its_manifest_and_hashes) {
  World world(3);
  const std::string digest = to_hex(crypto::sha256(as_bytes(world.server[uuid(1)])));
  world.instead = [&](const SendRequest& send) -> std::optional<Result<net::HttpsAnswer>> {
    if (send.url.path.ends_with("/manifest.json"))
      return answer(200, R"({")" + uuid(1) + R"(":{"timestamp":1,"integrity:sha256":")" + digest + R"("},")" +
                             uuid(2) + R"(":{"timestamp":1,"integrity:sha256":")" + digest + R"("},")" +
                             uuid(3) + R"(":{"timestamp":1}})");
    if (send.url.path.ends_with("/hashes.csv"))
      return answer(
          200, std::string(32, 'a') + "," + uuid(3) + "\n" + std::string(32, 'b') + "," + uuid(3) + "\n");
    return std::nullopt;
  };
  ASSERT_TRUE(world.run(true));
  EXPECT_EQ(world.report.stored, 1U);
  ASSERT_THAT(world.report.refusals, SizeIs(2));
  EXPECT_THAT(world.report.refusals[0].why, HasSubstr("integrity:sha256"));
  EXPECT_THAT(world.report.refusals[1].why, HasSubstr("hashes.csv"));
  EXPECT_EQ(world.stored.front().distribution(), misp::Distribution::connected) << "a feed is no instance";
}

TEST(MispPull, a_feed_that_is_what_it_was_costs_one_request) {
  World world(3);
  world.instead = [](const SendRequest&) -> std::optional<Result<net::HttpsAnswer>> {
    return answer(304, "");
  };
  ASSERT_TRUE(world.run(true));
  EXPECT_TRUE(world.report.not_modified);
  EXPECT_THAT(world.asked, SizeIs(1));
}

TEST(MispPull, what_is_no_instance_is_told) {
  World world(1);
  world.instead = [](const SendRequest&) -> std::optional<Result<net::HttpsAnswer>> {
    return answer(200, "<html>");
  };
  EXPECT_FALSE(world.run());
  world.instead = [](const SendRequest&) -> std::optional<Result<net::HttpsAnswer>> {
    return answer(200, R"({"version":"3.0.0"})");
  };
  EXPECT_FALSE(world.run());
}

}  // namespace
}  // namespace parley::client
