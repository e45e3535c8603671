#include "exchange/search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "exchange/correlation.hpp"
#include "exchange/expiry.hpp"
#include "exchange/importing.hpp"
#include "exchange/node_fixture.hpp"
#include "state/upkeep.hpp"

namespace parley::exchange {
namespace {

using intel::SelectorType;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr const char* bundle =
    R"({"type":"bundle","id":"bundle--5b3a1f6e-0000-4000-8000-000000000000","objects":[
{"type":"malware","spec_version":"2.1","id":"malware--5b3a1f6e-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00Z","modified":"2026-01-02T00:00:00Z","name":"Grizzly Loader","is_family":true,"description":"Steals tokens of mail","labels":["tlp:green","loader"]},
{"type":"indicator","spec_version":"2.1","id":"indicator--5b3a1f6e-0000-4000-8000-000000000002","created":"2026-01-03T00:00:00Z","modified":"2026-01-03T00:00:00Z","name":"Grizzly C2","pattern":"[domain-name:value = 'c2.evil.example'] OR [ipv4-addr:value = '192.0.2.7']","pattern_type":"stix","valid_from":"2026-01-03T00:00:00Z","valid_until":"2026-06-01T00:00:00Z","labels":["tlp:amber","loader"]},
{"type":"indicator","spec_version":"2.1","id":"indicator--5b3a1f6e-0000-4000-8000-000000000003","created":"2026-01-04T00:00:00Z","modified":"2026-01-04T00:00:00Z","name":"Other","pattern":"[domain-name:value = 'c2.evil.example']","pattern_type":"stix","valid_from":"2026-01-04T00:00:00Z","labels":["tlp:red"]}
]})";

constexpr const char* event =
    R"({"Event":{"uuid":"5b3a1f6e-0000-4000-8000-0000000000e1","info":"Grizzly in mail","published":true,"timestamp":"1767225600","date":"2026-01-01","Tag":[{"name":"tlp:green"}],"Attribute":[
{"uuid":"5b3a1f6e-0000-4000-8000-0000000000a1","type":"ip-dst|port","category":"Network activity","value":"192.0.2.7|443","to_ids":true,"timestamp":"1767225600","comment":"beacon of the loader"},
{"uuid":"5b3a1f6e-0000-4000-8000-0000000000a2","type":"filename","category":"Payload delivery","value":"Invoice.exe","to_ids":true,"timestamp":"1767225600","comment":""},
{"uuid":"5b3a1f6e-0000-4000-8000-0000000000a3","type":"ip-dst","category":"Network activity","value":"192.0.2.0/24","to_ids":false,"timestamp":"1767225600","comment":""},
{"uuid":"5b3a1f6e-0000-4000-8000-0000000000a4","type":"comment","category":"Other","value":"192.0.2.7","to_ids":false,"timestamp":"1767225600","comment":""}
]}})";
constexpr const char* second_event =
    R"({"Event":{"uuid":"5b3a1f6e-0000-4000-8000-0000000000e2","info":"Again","published":true,"timestamp":"1767225600","date":"2026-01-01","Tag":[{"name":"tlp:green"}],"Attribute":[
{"uuid":"5b3a1f6e-0000-4000-8000-0000000000b1","type":"filename|md5","category":"Payload delivery","value":"invoice.EXE|0123456789abcdef0123456789abcdef","to_ids":true,"timestamp":"1767225600","comment":""}
]}})";

class SearchTest : public testing::Test {
 protected:
  void SetUp() override {
    read("bundle.json", bundle);
    read("event.json", event);
    read("second.json", second_event);
    index();
  }
  void read(const std::string& name, const std::string& text) {
    Import import(*node_.node, {}, lists_, {});
    ASSERT_TRUE(import.begin_file(name, "/in/" + name));
    ASSERT_TRUE(import.feed(as_bytes(text)));
    ASSERT_TRUE(import.end_file());
    const auto report = import.finish();
    ASSERT_TRUE(report) << report.error().text();
    ASSERT_EQ(report->rejected, 0U) << report->rejects.front().why;
  }
  void index() {
    ASSERT_TRUE(state::write(*node_.store, state::Durability::buffered,
                             [](state::Transaction& transaction) -> Result<void> {
                               PARLEY_CHECK(transaction.upkeep().index(10'000));
                               return {};
                             }));
  }
  SearchPage page(const SearchQuery& query, std::size_t limit = 100, const std::string& cursor = {}) {
    auto search = Search::make(*node_.node, query, models_, limit, cursor);
    EXPECT_TRUE(search) << search.error().text();
    if (!search) return {};
    for (;;) {
      const auto done = search->step();
      EXPECT_TRUE(done) << done.error().text();
      if (!done || *done) return search->take();
    }
  }
  /// Values, or the last four characters of ids, page by page.
  std::vector<std::string> find(const SearchQuery& query, std::size_t limit = 100) {
    std::vector<std::string> out;
    std::string cursor;
    do {
      const SearchPage one = page(query, limit, cursor);
      for (const SearchHit& hit : one.hits)
        out.push_back(hit.selector ? hit.selector->value : hit.object_id.substr(hit.object_id.size() - 4));
      cursor = one.cursor;
    } while (!cursor.empty());
    return out;
  }
  ExpiryReport expire(bool dry_run) {
    Expiry expiry(*node_.node, models_, {dry_run, false});
    for (;;) {
      const auto done = expiry.step();
      EXPECT_TRUE(done) << done.error().text();
      if (!done || *done) return expiry.report();
    }
  }

  MemoryNode node_;
  intel::WarninglistSet lists_;
  DecayModels models_;
};

TEST_F(SearchTest, finds_values_by_place_prefix_label_marking_source_and_time_each_once) {
  SearchQuery query;
  query.value = "evil[.]example";
  query.match = SearchQuery::Match::below;
  const SearchPage below = page(query);
  ASSERT_EQ(below.hits.size(), 1U);
  EXPECT_EQ(below.hits[0].objects.size(), 2U);
  EXPECT_THAT(below.hits[0].sources, ElementsAre("bundle.json"));
  EXPECT_EQ(below.hits[0].marking, state::MarkingCode::red) << "the strictest of both";
  query.markings = {state::MarkingCode::amber};
  EXPECT_TRUE(find(query).empty());
  SearchQuery network;
  network.value = "192.0.2.0/25";
  network.match = SearchQuery::Match::below;
  EXPECT_THAT(find(network), ElementsAre("192.0.2.7"));
  EXPECT_THAT(page(network).hits[0].sources, ElementsAre("bundle.json", "event.json"));
  network.sources = {"event.json"};
  EXPECT_THAT(find(network), ElementsAre("192.0.2.7"));
  network.sources = {"second.json"};
  EXPECT_TRUE(find(network).empty());
  SearchQuery all;
  all.types = {SelectorType::domain_name, SelectorType::ipv4_addr, SelectorType::file_md5};
  EXPECT_THAT(find(all, 1),
              UnorderedElementsAre("c2.evil.example", "192.0.2.7", "0123456789abcdef0123456789abcdef"));
  all.labels = {"loader"};
  EXPECT_THAT(find(all), UnorderedElementsAre("c2.evil.example", "192.0.2.7"));
  all.seen.from = Timestamp::from_seconds(1'790'000'000);
  EXPECT_TRUE(find(all).empty());
}

TEST_F(SearchTest, finds_objects_by_text_type_time_and_value_together) {
  SearchQuery query;
  query.text = "grizzly";
  EXPECT_THAT(find(query, 1), ElementsAre("00e1", "0002", "0001")) << "newest first, page by page";
  query.object_types = {"indicator"};
  EXPECT_THAT(find(query), ElementsAre("0002"));
  query = {};
  query.text = "\"tokens of\" mai*";
  EXPECT_THAT(find(query), ElementsAre("0001"));
  query = {};
  query.text = "grizzly";
  query.value = "c2.evil.example";
  EXPECT_THAT(find(query), ElementsAre("0002"));
  query = {};
  query.created.from = Timestamp::from_seconds(1'767'398'400);  // 2026-01-03
  query.object_types = {"indicator"};
  EXPECT_THAT(find(query), ElementsAre("0003", "0002"));
}

TEST_F(SearchTest, refuses_what_is_no_query_and_cursors_of_another) {
  SearchQuery query;
  query.types = {SelectorType::domain_name, SelectorType::ipv4_addr};
  const SearchPage one = page(query, 1);
  ASSERT_FALSE(one.cursor.empty());
  query.labels = {"loader"};
  EXPECT_EQ(Search::make(*node_.node, query, models_, 1, one.cursor).error().kind, ErrorKind::usage);
  query.sources = {"nowhere.json"};
  EXPECT_EQ(Search::make(*node_.node, query, models_, 1, "").error().kind, ErrorKind::usage);
  EXPECT_EQ(parse_text_query(std::string(max_search_text_bytes + 1, 'a')).error().kind, ErrorKind::usage);
  EXPECT_EQ(parse_text_query(R"(a "b c" d* "e)")->size(), 4U);
  EXPECT_TRUE(parse_text_query(R"(a "b c" d* "e)")->at(2).prefix);
}

TEST_F(SearchTest, neighbours_are_equal_values_parts_and_networks_but_not_of_types_that_do_not_correlate) {
  const auto found = [&](const std::string& value, std::size_t limit = 100) {
    std::vector<std::string> out;
    std::string cursor;
    do {
      const auto one = find_neighbours(*node_.node, value, limit, cursor);
      EXPECT_TRUE(one) << one.error().text();
      if (!one) return out;
      for (const Neighbour& neighbour : one->found)
        out.push_back(std::string(relation_name(neighbour.relation)) + " " +
                      neighbour.object_id.substr(neighbour.object_id.size() - 4));
      cursor = one->cursor;
    } while (!cursor.empty());
    return out;
  };
  EXPECT_THAT(found("192.0.2.7"), UnorderedElementsAre("part 0002", "part 00a1", "contains 00a3"));
  EXPECT_THAT(found("192.0.2.7", 1), UnorderedElementsAre("part 0002", "part 00a1", "contains 00a3"));
  EXPECT_THAT(found("INVOICE.exe"), UnorderedElementsAre("equal 00a2", "part 00b1"));
  EXPECT_THAT(found("192.0.2.0/28"), UnorderedElementsAre("contains 00a3", "inside 0002", "inside 00a1"));
  EXPECT_TRUE(found("443").empty()) << "ports do not correlate";
  EXPECT_THAT(found("c2[.]evil[.]example"), UnorderedElementsAre("part 0002", "equal 0003"));
}

TEST_F(SearchTest, what_is_valid_no_more_expires_unless_a_case_is_open) {
  EXPECT_EQ(expire(true).by_validity, 1U);
  SearchQuery domain;
  domain.value = "c2.evil.example";
  EXPECT_EQ(page(domain).hits.at(0).objects.size(), 2U) << "a dry run takes nothing out";
  EXPECT_EQ(expire(false).counts.holdings, 2U);
  EXPECT_EQ(page(domain).hits.at(0).objects.size(), 1U);
  EXPECT_EQ(expire(false).by_validity, 0U);
  SearchQuery text;
  text.text = "C2";
  EXPECT_TRUE(find(text).empty());
  text.with_ended = true;
  EXPECT_THAT(find(text), ElementsAre("0002"));
}

TEST_F(SearchTest, a_version_that_is_revoked_holds_nothing_whatever_file_it_comes_in) {
  std::string revoked = bundle;
  revoked.insert(revoked.find(R"("pattern":"[domain-name:value = 'c2.evil.example']")"),
                 R"("revoked":true,)");
  revoked.replace(revoked.find(R"("modified":"2026-01-04)"), 22, R"("modified":"2026-02-04)");
  read("later.json", revoked);
  SearchQuery domain;
  domain.value = "c2.evil.example";
  EXPECT_THAT(page(domain).hits.at(0).objects,
              ElementsAre("indicator--5b3a1f6e-0000-4000-8000-000000000002"));
  read("bundle.json", bundle);
  EXPECT_EQ(page(domain).hits.at(0).objects.size(), 1U) << "nor does the older version hold again";
}

TEST_F(SearchTest, a_sighting_as_an_expiration_takes_a_value_out_until_it_is_seen_again) {
  state::Sighting one{{SelectorType::ipv4_addr, "192.0.2.7"},
                      node_.clock.now(),
                      state::SightingKind::expiration,
                      state::SourceId(1),
                      1};
  const auto put = [&] {
    ASSERT_TRUE(state::write(*node_.store, state::Durability::buffered,
                             [&](state::Transaction& transaction) -> Result<void> {
                               PARLEY_CHECK(transaction.upkeep().put_sightings({&one, 1}));
                               return {};
                             }));
  };
  put();
  EXPECT_EQ(expire(true).by_sighting, 1U);
  one.kind = state::SightingKind::seen;
  one.at = one.at + std::chrono::seconds(1);
  node_.clock.set(one.at);
  put();
  EXPECT_EQ(expire(false).by_sighting, 0U);
}

TEST(Decay, falls_as_misp_computes_it) {
  const DecayModel& nids = builtin_decay_models()[1];
  using std::chrono::hours;
  EXPECT_NEAR(decayed_score(nids, hours(0)), 80, 1e-9);
  EXPECT_NEAR(decayed_score(nids, hours(24 * 30)), 40, 1e-9) << "80 * (1 - sqrt(30/120))";
  EXPECT_NEAR(decayed_score(nids, hours(24 * 120)), 0, 1e-9);
  EXPECT_NEAR(decayed_score(nids, hours(24 * 500)), 0, 1e-9);
  EXPECT_NEAR(decayed_score(builtin_decay_models()[0], hours(24)), 80 * (1 - std::pow(1.0 / 3, 1 / 2.3)),
              1e-9);

  const DecayModels models;
  const Timestamp now = Timestamp::from_seconds(1'800'000'000);
  const intel::Selector value{SelectorType::domain_name, "a.example"};
  const std::vector<std::string> none;
  EXPECT_EQ(models.score(SelectorType::file_md5, none, {}, {}, now).value, 100);
  EXPECT_TRUE(models.score(value.type, none, now - hours(24 * 60), {}, now).decayed);
  const std::vector<std::string> phishing{"circl:incident-classification=\"Phishing\""};
  EXPECT_EQ(models.score(value.type, phishing, now, {}, now).model, "Phishing");
  std::vector<state::Sighting> sightings{{value, now - hours(1), state::SightingKind::seen, {}, 1}};
  EXPECT_GT(models.score(value.type, none, now - hours(24 * 60), sightings, now).value, 75);
  sightings.push_back({value, now - hours(1), state::SightingKind::false_positive, {}, 2});
  EXPECT_LT(models.score(value.type, none, now - hours(24 * 60), sightings, now).value, 40);
  sightings.push_back({value, now - hours(1), state::SightingKind::expiration, {}, 1});
  EXPECT_EQ(models.score(value.type, none, now - hours(24 * 60), sightings, now).value, 0);
}

}  // namespace
}  // namespace parley::exchange
