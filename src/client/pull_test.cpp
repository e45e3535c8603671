#include "client/pull.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <set>

#include "base/entropy.hpp"

namespace parley::client {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t now_seconds = 1'800'000'000;

class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

net::HttpsAnswer answer(int status, std::string body,
                        std::string type = "application/taxii+json;version=2.1") {
  net::HttpsAnswer out;
  out.status = status;
  out.body = std::move(body);
  if (!type.empty()) out.fields.add("content-type", std::move(type));
  return out;
}

std::string object(int number) {
  return R"({"type":"identity","id":"identity--00000000-0000-4000-8000-)" +
         std::to_string(100'000'000'000 + number) + R"(","modified":"2026-01-01T00:00:00.000Z"})";
}

std::string date(int number) {
  return taxii_time(Timestamp::from_seconds(1'700'000'000) + std::chrono::microseconds(number));
}

/// A collection of numbered objects, object n dated n microseconds in, served as TAXII says; tests bend it.
class Server {
 public:
  explicit Server(int objects) : count(objects) {}

  int count;
  int cap = 1'000;         // objects a page
  bool with_next = true;   // gives a token
  bool with_dates = true;  // gives X-TAXII-Date-Added-…
  bool with_manifest = true;
  bool heeds_after = true;
  bool admits_more = true;
  std::string discovery =
      R"({"title":"t","default":"/api1/","api_roots":["https://taxii.example.org/api1/"]})";
  std::string collections =
      R"({"collections":[{"id":"c1","title":"First","alias":"one","can_read":true,"can_write":false}]})";
  /// Answers in the place of the server when it gives something.
  std::function<std::optional<Result<net::HttpsAnswer>>(const Url&)> instead;
  std::vector<std::string> asked;

  Result<net::HttpsAnswer> get(const Url& url) {
    asked.push_back(url.target());
    if (instead)
      if (auto other = instead(url)) return std::move(*other);
    if (url.path == "/taxii2/") return answer(200, discovery);
    if (url.path == "/api1/")
      return answer(
          200,
          R"({"title":"r","versions":["application/taxii+json;version=2.1"],"max_content_length":1000})");
    if (url.path == "/api1/collections/") return answer(200, collections);
    if (url.path == "/api1/collections/c1/")
      return answer(200, R"({"id":"c1","title":"First","can_read":true,"can_write":false})");
    if (url.path == "/api1/collections/c1/objects/") return page(url, false);
    if (url.path == "/api1/collections/c1/manifest/" && with_manifest) return page(url, true);
    return answer(404, R"({"title":"nothing here"})");
  }

  static std::string parameter(const Url& url, const std::string& name) {
    const std::string query = "&" + url.query;
    const std::size_t at = query.find("&" + name + "=");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 2;
    return query.substr(begin, query.find('&', begin) - begin);
  }

  net::HttpsAnswer page(const Url& url, bool manifest) const {
    int first = 0;
    if (const std::string ids = parameter(url, "match%5Bid%5D"); !ids.empty()) {
      std::string list;
      for (int i = 0; i < count; ++i)
        if (ids.find(std::to_string(100'000'000'000 + i)) != std::string::npos)
          list += (list.empty() ? "" : ",") + object(i);
      return answer(200, "{\"objects\":[" + list + "]}");
    }
    const std::string after = parameter(url, "added_after");
    if (heeds_after && !after.empty())
      while (first < count && percent_encode(date(first)) <= after) ++first;
    if (const std::string next = parameter(url, "next"); !next.empty()) first = std::stoi(next.substr(1));
    const int limit = std::min(std::stoi(parameter(url, "limit")), cap);
    const int last = std::min(count, first + limit);
    std::string list;
    for (int i = first; i < last; ++i) {
      if (i > first) list += ',';
      list += manifest
                  ? R"({"id":"identity--00000000-0000-4000-8000-)" + std::to_string(100'000'000'000 + i) +
                        R"(","date_added":")" + date(i) + R"(","version":"2026-01-01T00:00:00.000Z"})"
                  : object(i);
    }
    std::string body = "{";
    if (last < count && admits_more) body += "\"more\":true,";
    if (last < count && admits_more && with_next) body += "\"next\":\"n" + std::to_string(last) + "\",";
    net::HttpsAnswer out = answer(200, last > first ? body + "\"objects\":[" + list + "]}" : "{}");
    if (with_dates && last > first) {
      out.fields.add("x-taxii-date-added-first", date(first));
      out.fields.add("x-taxii-date-added-last", date(last - 1));
    }
    return out;
  }
};

/// Runs a machine against a server in memory.
class Drive {
 public:
  explicit Drive(Server& server, const std::string& url = "https://taxii.example.org/taxii2/",
                 std::string collection = "", const std::optional<PullCursor>& cursor = std::nullopt,
                 PullLimits limits = {}, std::optional<std::size_t> die_after_pages = std::nullopt)
      : pull({Url::parse(url).value(), std::move(collection), "", std::nullopt},
             {{{"authorization", "Basic eA=="}}}, limits, clock, entropy) {
    Pull::Effect effect = pull.start();
    while (true) {
      if (auto* send = std::get_if<SendRequest>(&effect)) {
        EXPECT_LE(++requests, 10'000U) << "does not end";
        if (requests > 10'000) return;
        EXPECT_EQ(send->url.target(), send->request.target);
        effect = pull.answered(server.get(send->url));
      } else if (auto* wait = std::get_if<WaitFor>(&effect)) {
        waits.push_back(wait->time);
        clock.advance(wait->time);
        effect = pull.waited();
      } else if (std::get_if<Pull::LoadCursor>(&effect) != nullptr) {
        effect = pull.resume(cursor);
      } else if (auto* page = std::get_if<Pull::StorePage>(&effect)) {
        if (!page->body.empty()) {
          if (die_after_pages && pages.size() == *die_after_pages) return;
          pages.push_back(page->body);
          collect(page->body);
        }
        kept = page->cursor;
        effect = pull.stored();
      } else {
        outcome = std::get<Pull::Ended>(effect).outcome;
        return;
      }
    }
  }

  void collect(const std::string& body) {
    const auto json = encoding::parse_json(body);
    ASSERT_TRUE(json) << "a page that is no JSON was stored";
    for (const auto& one : **json->array_member("objects")) got.insert(*one.find("id")->if_string());
  }

  ManualClock clock{Timestamp::from_seconds(now_seconds)};
  CountingEntropy entropy;
  Pull pull;
  std::uint64_t requests = 0;
  std::vector<std::chrono::milliseconds> waits;
  std::vector<std::string> pages;
  std::set<std::string> got;
  PullCursor kept;
  Result<void> outcome = fail(ErrorKind::internal, "did not end");
  const PullReport& report() const { return pull.report(); }
};

TEST(Pull, reads_a_collection_from_its_discovery_page_by_page) {
  Server server(2'500);
  const Drive run(server);
  ASSERT_TRUE(run.outcome) << run.outcome.error().text();
  EXPECT_EQ(run.got.size(), 2'500U);
  EXPECT_EQ(run.report().objects, 2'500U);
  EXPECT_TRUE(run.report().complete);
  EXPECT_THAT(run.report().warnings, IsEmpty());
  EXPECT_EQ(run.kept, (PullCursor{date(2'499), "", ""}));
  EXPECT_EQ(run.report().manifest->listed, 2'500U);
}

TEST(Pull, goes_on_behind_the_last_pull) {
  Server server(10);
  const Drive first(server);
  server.count = 14;
  const Drive second(server, "https://taxii.example.org/taxii2/", "", first.kept);
  ASSERT_TRUE(second.outcome);
  EXPECT_EQ(second.got.size(), 4U);
  EXPECT_EQ(second.kept.after, date(13));
  const Drive third(server, "https://taxii.example.org/taxii2/", "", second.kept);
  EXPECT_THAT(third.got, IsEmpty());
  EXPECT_EQ(third.kept, second.kept);
}

TEST(Pull, takes_up_a_sweep_that_broke_off_where_it_was) {
  Server server(50);
  server.cap = 10;
  const Drive first(server, "https://taxii.example.org/taxii2/", "", std::nullopt, {}, 2);
  EXPECT_EQ(first.kept.next, "n20");
  const Drive second(server, "https://taxii.example.org/taxii2/", "", first.kept);
  ASSERT_TRUE(second.outcome);
  EXPECT_EQ(second.got.size(), 30U);
  EXPECT_EQ(second.kept, (PullCursor{date(49), "", ""}));
}

TEST(Pull, goes_on_by_date_when_the_server_has_forgotten_the_token) {
  Server server(50);
  server.cap = 10;
  const Drive first(server, "https://taxii.example.org/taxii2/", "", std::nullopt, {}, 2);
  server.instead = [](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (Server::parameter(url, "next") == "n20") return answer(400, R"({"title":"expired"})");
    return std::nullopt;
  };
  const Drive second(server, "https://taxii.example.org/taxii2/", "", first.kept);
  ASSERT_TRUE(second.outcome);
  EXPECT_EQ(second.got.size(), 30U);
}

TEST(Pull, finds_the_collection_from_every_kind_of_url) {
  for (const char* url :
       {"https://taxii.example.org", "https://taxii.example.org/taxii2", "https://taxii.example.org/api1/",
        "https://taxii.example.org/api1/collections/", "https://taxii.example.org/api1/collections/c1/",
        "https://taxii.example.org/api1/collections/c1/objects/?limit=5"}) {
    Server server(3);
    const Drive run(server, url);
    EXPECT_TRUE(run.outcome) << url;
    EXPECT_EQ(run.got.size(), 3U) << url;
  }
}

TEST(Pull, finds_the_collection_by_id_alias_or_title_and_else_says_what_there_is) {
  Server server(3);
  server.collections = R"({"collections":[{"id":"c0","title":"Zero","can_read":true},
      {"id":"c1","title":"First","alias":"one","can_read":true,"can_write":false}]})";
  for (const char* name : {"c1", "one", "First"})
    EXPECT_EQ(Drive(server, "https://taxii.example.org", name).got.size(), 3U);
  EXPECT_EQ(Drive(server, "https://taxii.example.org", "").outcome.error().kind, ErrorKind::usage);
  const Drive none(server, "https://taxii.example.org", "two");
  EXPECT_EQ(none.outcome.error().kind, ErrorKind::not_found);
  EXPECT_THAT(none.outcome.error().message, HasSubstr("First (c1)"));
}

TEST(Pull, sends_credentials_to_no_other_server) {
  Server server(3);
  server.discovery = R"({"title":"t","api_roots":["https://elsewhere.example.org/api1/"]})";
  EXPECT_EQ(Drive(server).outcome.error().kind, ErrorKind::not_found);
  server.instead = [](const Url&) -> std::optional<Result<net::HttpsAnswer>> {
    auto redirect = answer(302, "");
    redirect.fields.add("location", "https://elsewhere.example.org/taxii2/");
    return redirect;
  };
  const Drive redirected(server);
  EXPECT_THAT(redirected.outcome.error().message, HasSubstr("another server"));
  EXPECT_EQ(redirected.requests, 1U);
}

TEST(Pull, follows_redirects_on_the_same_server_but_not_in_circles) {
  Server server(3);
  server.instead = [](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (url.path != "/start/") return std::nullopt;
    auto redirect = answer(308, "");
    redirect.fields.add("location", "/taxii2/");
    return redirect;
  };
  EXPECT_EQ(Drive(server, "https://taxii.example.org/start/").got.size(), 3U);
  server.instead = [](const Url&) -> std::optional<Result<net::HttpsAnswer>> {
    auto redirect = answer(302, "");
    redirect.fields.add("location", "/taxii2/");
    return redirect;
  };
  const Drive circle(server);
  EXPECT_THAT(circle.outcome.error().message, HasSubstr("circle"));
  EXPECT_EQ(circle.requests, 6U);
}

TEST(Pull, ends_when_the_same_page_comes_again_and_again) {
  Server server(30);
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/")) return std::nullopt;
    return answer(200, R"({"more":true,"next":"again","objects":[)" + object(1) + "]}");
  };
  const Drive run(server);
  ASSERT_TRUE(run.outcome);
  EXPECT_LE(run.report().pages, 8U);
  EXPECT_THAT(run.report().warnings, Contains(HasSubstr("brings nothing new")));
}

TEST(Pull, ends_when_empty_pages_promise_more_for_ever) {
  Server server(3);
  int token = 0;
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/")) return std::nullopt;
    return answer(200, R"({"more":true,"next":")" + std::to_string(++token) + "\"}");
  };
  const Drive run(server);
  ASSERT_TRUE(run.outcome);
  EXPECT_LE(run.report().pages, 10U);
  EXPECT_FALSE(run.report().complete);
  EXPECT_EQ(run.kept.after, "");
}

TEST(Pull, takes_one_empty_page_that_promises_more_as_it_is) {
  Server server(3);
  bool first = true;
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/") || !std::exchange(first, false)) return std::nullopt;
    return answer(200, R"({"more":true,"next":"n0"})");
  };
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 3U);
  EXPECT_TRUE(run.report().complete);
}

TEST(Pull, goes_on_by_date_when_more_comes_without_next) {
  Server server(25);
  server.cap = 10;
  server.with_next = false;
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 25U);
  EXPECT_TRUE(run.report().complete);
  EXPECT_THAT(run.report().warnings, Contains(HasSubstr("gives no next")));
}

TEST(Pull, says_so_when_there_is_no_way_on) {
  Server server(25);
  server.cap = 10;
  server.with_next = server.with_dates = server.with_manifest = false;
  const Drive run(server);
  ASSERT_TRUE(run.outcome);
  EXPECT_EQ(run.got.size(), 10U);
  EXPECT_FALSE(run.report().complete);
  EXPECT_EQ(run.kept, PullCursor());
}

TEST(Pull, looks_behind_an_end_that_comes_too_early) {
  Server server(25);
  server.cap = 10;
  server.admits_more = false;
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 25U);
  EXPECT_THAT(run.report().warnings, Contains(HasSubstr("but there was")));
}

TEST(Pull, fetches_what_only_the_manifest_names) {
  Server server(30);
  server.with_dates = false;
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/") || url.query.find("match") != std::string::npos) return std::nullopt;
    std::string list = object(0);
    for (int i = 1; i < 20; ++i) list += "," + object(i);
    return answer(200, "{\"objects\":[" + list + "]}");
  };
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 30U);
  EXPECT_EQ(run.report().manifest->missing, 10U);
  EXPECT_EQ(run.report().manifest->fetched, 10U);
  EXPECT_TRUE(run.report().complete);
  EXPECT_EQ(run.kept.after, date(29)) << "the manifest's dates show where to go on";
}

TEST(Pull, survives_a_server_that_does_not_heed_added_after) {
  Server server(10);
  const Drive first(server);
  server.heeds_after = false;
  const Drive second(server, "https://taxii.example.org/taxii2/", "", first.kept);
  ASSERT_TRUE(second.outcome);
  EXPECT_LE(second.requests, 10U);
  EXPECT_THAT(second.report().warnings, Contains(HasSubstr("does not heed added_after")));
}

TEST(Pull, reads_dates_as_javascript_prints_them) {
  Server server(10);
  server.with_dates = server.with_manifest = false;
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/")) return std::nullopt;
    auto page = server.page(url, false);
    page.fields.add("x-taxii-date-added-first",
                    "Tue Nov 14 2023 23:13:20 GMT+0100 (Central European Standard Time)");
    page.fields.add("x-taxii-date-added-last",
                    "Tue Nov 14 2023 23:13:21 GMT+0100 (Central European Standard Time)");
    return page;
  };
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 10U);
  EXPECT_EQ(run.kept.after, "2023-11-14T22:13:20.000000Z") << "a second earlier: its fraction was cut off";
}

TEST(Pull, does_not_believe_dates_that_lie_in_the_future) {
  Server server(10);
  server.with_dates = server.with_manifest = false;
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/")) return std::nullopt;
    auto page = server.page(url, false);
    page.fields.add("x-taxii-date-added-last", "9999-01-01T00:00:00.000000Z");
    return page;
  };
  const Drive run(server);
  EXPECT_EQ(run.kept.after, "");
  EXPECT_THAT(run.report().warnings, Contains(HasSubstr("future")));
}

TEST(Pull, waits_as_long_as_the_server_says_and_else_twice_as_long_each_time) {
  Server server(3);
  int failures = 0;
  server.instead = [&](const Url&) -> std::optional<Result<net::HttpsAnswer>> {
    if (++failures > 4) return std::nullopt;
    auto busy = answer(failures == 1 ? 429 : 503, "");
    if (failures == 1) busy.fields.add("retry-after", "17");
    return busy;
  };
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 3U);
  ASSERT_EQ(run.waits.size(), 4U);
  EXPECT_EQ(run.waits[0], std::chrono::seconds(17));
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_GE(run.waits[i], std::chrono::milliseconds(500 << i));
    EXPECT_LE(run.waits[i], std::chrono::milliseconds(1'000 << i));
  }
}

TEST(Pull, gives_up_after_so_many_failures_and_at_once_on_what_does_not_pass) {
  Server server(3);
  server.instead = [](const Url&) -> std::optional<Result<net::HttpsAnswer>> {
    return fail(ErrorKind::peer, "connecting: Connection refused");
  };
  const Drive down(server);
  EXPECT_EQ(down.outcome.error().kind, ErrorKind::peer);
  EXPECT_EQ(down.requests, 6U);
  server.instead = [](const Url&) -> std::optional<Result<net::HttpsAnswer>> {
    return answer(401, "<html>log in</html>", "text/html");
  };
  const Drive denied(server);
  EXPECT_EQ(denied.requests, 1U);
  EXPECT_THAT(denied.outcome.error().message, HasSubstr("name credentials"));
  server.instead = [](const Url&) -> std::optional<Result<net::HttpsAnswer>> {
    auto busy = answer(503, "");
    busy.fields.add("retry-after", "86400");
    return busy;
  };
  const Drive away(server);
  EXPECT_EQ(away.requests, 1U);
  EXPECT_THAT(away.outcome.error().message, HasSubstr("86400 s"));
}

TEST(Pull, stores_no_part_of_a_page_that_is_cut_off_or_html) {
  Server server(20);
  server.cap = 10;
  int bad = 0;
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/") || ++bad > 3) return std::nullopt;
    auto page = server.page(url, false);
    if (bad == 1) page.body.resize(page.body.size() / 2);
    if (bad == 2) return answer(200, "<html><body>maintenance</body></html>", "text/html");
    if (bad == 3) page.body = "[1,2]";
    return page;
  };
  const Drive run(server);
  ASSERT_TRUE(run.outcome) << run.outcome.error().text();
  EXPECT_EQ(run.got.size(), 20U);
  EXPECT_EQ(run.report().failures, 3U);
}

TEST(Pull, asks_for_less_when_a_page_is_too_large) {
  Server server(40);
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/") || std::stoi(Server::parameter(url, "limit")) <= 20)
      return std::nullopt;
    return Result<net::HttpsAnswer>(
        std::unexpected(Error{ErrorKind::bad_input, "too large", "", {std::string(net::answer_too_large)}}));
  };
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 40U);
}

TEST(Pull, takes_other_media_types_with_a_warning) {
  Server server(3);
  server.instead = [&](const Url& url) -> std::optional<Result<net::HttpsAnswer>> {
    if (!url.path.ends_with("objects/")) return std::nullopt;
    auto page = server.page(url, false);
    return answer(200, page.body, "application/json");
  };
  const Drive run(server);
  EXPECT_EQ(run.got.size(), 3U);
  EXPECT_THAT(run.report().warnings, Contains(HasSubstr("application/taxii+json")));
}

TEST(Pull, stops_at_the_bound_of_pages_and_goes_on_there) {
  Server server(50);
  server.cap = 10;
  PullLimits limits;
  limits.pages = 2;
  const Drive first(server, "https://taxii.example.org/taxii2/", "", std::nullopt, limits);
  ASSERT_TRUE(first.outcome);
  EXPECT_FALSE(first.report().complete);
  EXPECT_EQ(first.got.size(), 20U);
  const Drive second(server, "https://taxii.example.org/taxii2/", "", first.kept);
  EXPECT_EQ(second.got.size(), 30U);
}

TEST(Pull, refuses_a_collection_that_may_not_be_read) {
  Server server(3);
  server.collections = R"({"collections":[{"id":"c1","title":"First","can_read":false,"can_write":true}]})";
  EXPECT_THAT(Drive(server).outcome.error().message, HasSubstr("can_read"));
}

}  // namespace
}  // namespace parley::client
