#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "misp_sync/answer.hpp"
#include "misp_sync/describe_types.hpp"
#include "misp_sync/listing.hpp"
#include "misp_sync/search.hpp"
#include "misp_sync/target.hpp"

namespace parley::misp_sync {
namespace {

using misp::Value;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view uuid_a = "5cc9fec5-57dc-4c5a-9d5b-48d9950d210f";
constexpr std::string_view uuid_b = "6aa9fec5-57dc-4c5a-9d5b-48d9950d2100";

Target target(std::string_view path) {
  auto out = parse_target(path);
  EXPECT_TRUE(out) << path;
  return out ? *out : Target();
}

TEST(MispTarget, names_controllers_and_actions_as_misp_folds_them) {
  EXPECT_EQ(target("/events/restSearch").action, "restsearch");
  EXPECT_EQ(target("/misp/events").action, "index");
  EXPECT_EQ(target("/shadow_attributes/index/all:1.json").controller, "shadowattributes");
  EXPECT_EQ(target("/shadowAttributes/index").controller, "shadowattributes");
  EXPECT_EQ(target("/users/view/me.json").argument(0), "me");
  EXPECT_EQ(target("/misp//servers/getVersion").action, "getversion");
}

TEST(MispTarget, reads_named_parameters_with_their_escapes) {
  const Target one =
      target("/events/view/" + std::string(uuid_a) + "/deleted%5B%5D:0/deleted[]:1/excludeGalaxy:1");
  EXPECT_EQ(one.argument(0), uuid_a);
  EXPECT_THAT(one.values("deleted"), ElementsAre("0", "1"));
  EXPECT_EQ(one.value("excludeGalaxy"), "1");
  EXPECT_EQ(one.value("nothing"), "");
}

TEST(MispTarget, knows_the_files_of_a_feed) {
  EXPECT_EQ(target("/misp/manifest.json").controller, "feed");
  EXPECT_EQ(target("/misp/" + std::string(uuid_a) + ".json").action, std::string(uuid_a) + ".json");
  EXPECT_FALSE(parse_target("/misp/other.json"));
}

TEST(MispTarget, refuses_what_is_no_path_of_misp) {
  for (const std::string& path :
       {std::string("/"), std::string("/misp/"), std::string("/secrets/view"), std::string("/events/%zz"),
        std::string("/events/%00"), std::string("/events/view/") + std::string(2'000, 'a')})
    EXPECT_FALSE(parse_target(path)) << path;
  std::string many = "/events";
  for (std::size_t i = 0; i < max_path_parts; ++i) many += "/a";
  EXPECT_FALSE(parse_target(many));
  EXPECT_FALSE(owns("/taxii2/"));
  EXPECT_FALSE(owns("/healthz"));
  EXPECT_TRUE(owns("/misp"));
  EXPECT_TRUE(owns("/galaxy_clusters/restSearch"));
}

misp::Event event(std::string_view more = {}) {
  const std::string text =
      R"({"Event":{"uuid":")" + std::string(uuid_a) +
      R"(","info":"Phishing wave","timestamp":"1700000000","date":"2023-11-14","published":true,
      "distribution":"3","Orgc":{"uuid":")" +
      std::string(uuid_b) + R"(","name":"CERT Alpha"},
      "Tag":[{"name":"tlp:green"}],
      "Attribute":[{"uuid":"00000000-0000-4000-8000-000000000001","type":"domain|ip","category":"Network activity",
        "value":"Bad.example.org|192.0.2.7","to_ids":true,"timestamp":1700000000}])" +
      std::string(more) + "}}";
  auto out = misp::parse_event(text);
  EXPECT_TRUE(out) << (out ? "" : out.error().message);
  return *out;
}

Result<Search> search(std::string_view json, const Target& where = {}) {
  const auto body = misp::parse_value(json);
  EXPECT_TRUE(body);
  return parse_search(*body, where, Timestamp::from_seconds(1'700'000'000 + 86'400));
}

bool finds(std::string_view json) {
  const auto one = search(json);
  EXPECT_TRUE(one) << json << (one ? "" : one.error().message);
  return one && one->wants_event(event(), "7", true);
}

TEST(MispSearch, finds_events_by_what_misp_finds_them_by) {
  for (const std::string_view yes :
       {"{}", "[]", R"({"value":"192.0.2.7"})", R"({"value":["x","bad.EXAMPLE.org"]})",
        R"({"value":"%.example.org"})", R"({"type":"domain|ip"})", R"({"org":"cert alpha"})",
        R"({"tags":["tlp:green"]})", R"({"tags":{"NOT":["tlp:red"]}})", R"({"tags":"!tlp:red"})",
        R"({"eventid":"7"})", R"({"eventid":["5CC9FEC5-57dc-4c5a-9d5b-48d9950d210f"]})",
        R"({"timestamp":"2d"})", R"({"timestamp":["1699999999","1700000001"]})",
        R"({"published":1,"to_ids":1,"eventinfo":"phishing"})", R"({"from":"2023-11-01","to":"2023-12-01"})",
        R"({"request":{"org":"CERT Alpha"}})",
        R"({"searchorg":"CERT Alpha","includeContext":true,"sgReferenceOnly":false})",
        R"({"uuid":"00000000-0000-4000-8000-000000000001"})"})
    EXPECT_TRUE(finds(yes)) << yes;
  for (const std::string_view no :
       {R"({"value":"bad.example"})", R"({"type":"url"})", R"({"org":"!CERT Alpha"})",
        R"({"tags":"tlp:red"})", R"({"eventid":8})", R"({"timestamp":"5h"})", R"({"published":0})",
        R"({"to_ids":0})", R"({"from":"2024-01-01"})", R"({"tags":{"AND":["tlp:green","other"]}})",
        R"({"distribution":[0,1]})"})
    EXPECT_FALSE(finds(no)) << no;
}

TEST(MispSearch, refuses_filters_that_it_would_have_to_ignore) {
  const auto one = search(R"({"sharinggroup":3})");
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().kind, ErrorKind::bad_input);
  EXPECT_THAT(one.error().message, HasSubstr("sharinggroup"));
  EXPECT_FALSE(search(R"({"returnFormat":"stix2"})"));
  EXPECT_FALSE(search(R"({"limit":-1})"));
  EXPECT_FALSE(search(R"("text")"));
  EXPECT_TRUE(search(R"({"hasproposal":0,"returnFormat":"json"})")) << "one that says no filters nothing";
}

TEST(MispSearch, has_a_bound_on_terms) {
  std::string many = R"({"value":["a")";
  for (std::size_t i = 0; i < max_terms; ++i) many += ",\"a\"";
  EXPECT_FALSE(search(many + "]}"));
}

TEST(MispSearch, takes_pages_and_deleted_from_the_path_too) {
  const auto one = search("{}", target("/events/view/1/deleted[]:0/deleted[]:1/limit:10/page:3"));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->deleted, Deleted::also);
  EXPECT_EQ(one->limit, 10U);
  EXPECT_EQ(one->page, 3U);
  EXPECT_EQ(search(R"({"deleted":"only"})")->deleted, Deleted::only);
  EXPECT_EQ(search(R"({"deleted":[1]})")->deleted, Deleted::only);
}

TEST(MispListing, reads_every_form_of_an_index) {
  const std::string entry = R"({"id":"1","uuid":")" + std::string(uuid_a) + R"(","timestamp":"5"})";
  for (const std::string& text :
       {"[" + entry + "]", R"({"response":[)" + entry + "]}", entry, R"([{"Event":)" + entry + "}]"}) {
    const auto listing = parse_index(text);
    ASSERT_TRUE(listing) << text;
    EXPECT_THAT(listing->events, ElementsAre(Listed{std::string(uuid_a), 5, ""}));
  }
  EXPECT_FALSE(parse_index(R"({"message":"no"})"));
  EXPECT_FALSE(parse_index("<html>"));
}

TEST(MispListing, tells_of_entries_that_are_none_or_come_twice) {
  const std::string entry = R"({"uuid":")" + std::string(uuid_a) + R"(","timestamp":5})";
  const auto listing = parse_index("[" + entry + "," + entry + R"(,{"uuid":"x","timestamp":1},{"uuid":")" +
                                   std::string(uuid_b) + R"("}])");
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->events.size(), 1U);
  EXPECT_EQ(listing->entries, 4U);
  EXPECT_EQ(listing->complaints.size(), 3U);
}

TEST(MispListing, has_a_bound_on_events) {
  ListingLimits limits;
  limits.max_events = 1;
  const std::string entry = R"({"uuid":")" + std::string(uuid_a) + R"(","timestamp":5})";
  EXPECT_TRUE(parse_index("[" + entry + "]", limits));
  EXPECT_FALSE(parse_index("[" + entry + "," + entry + "]", limits));
  limits.max_bytes = 10;
  EXPECT_FALSE(parse_index("[" + entry + "]", limits));
}

TEST(MispListing, reads_a_manifest_with_its_hashes) {
  const auto listing = parse_manifest(
      R"({"5CC9FEC5-57dc-4c5a-9d5b-48d9950d210f":{"info":"a","timestamp":"9","integrity:sha256":"AB"}})");
  ASSERT_TRUE(listing);
  EXPECT_THAT(listing->events, ElementsAre(Listed{std::string(uuid_a), 9, "ab"}));
  EXPECT_TRUE(parse_manifest("[]"));
  EXPECT_FALSE(parse_manifest("[1]"));
  const std::string line = std::string(32, 'a') + "," + std::string(uuid_a) + "\r\n";
  const auto counts = count_hashes(line + "rubbish\n" + line);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->at(std::string(uuid_a)), 2U);
}

TEST(MispListing, reads_versions) {
  EXPECT_EQ(parse_version("2.4.199"), (Version{2, 4, 199}));
  EXPECT_EQ(parse_version("2.5.34.4"), (Version{2, 5, 34}));
  for (const std::string_view no : {"", "2.4", "2.x.1", "v2.4.1", "2.4.1x"})
    EXPECT_FALSE(parse_version(no)) << no;
}

TEST(MispAnswer, validators_match_as_web_servers_write_them) {
  const std::string tag = etag_of("body");
  EXPECT_TRUE(etag_matches(tag, tag));
  EXPECT_TRUE(etag_matches("W/" + tag, tag));
  EXPECT_TRUE(etag_matches("\"x\", " + tag, tag));
  EXPECT_TRUE(etag_matches(tag.substr(0, tag.size() - 1) + "-gzip\"", tag));
  EXPECT_FALSE(etag_matches("\"\"", tag));
  EXPECT_FALSE(etag_matches("", tag));
}

TEST(MispAnswer, describes_all_types_of_misp) {
  const Value all = describe_types();
  const Value* result = all.find("result");
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->elements("types").size(), 194U);
  EXPECT_EQ(result->elements("categories").size(), 16U);
  EXPECT_EQ(usual_category("iban"), "Financial fraud");
  EXPECT_EQ(usual_category("nothing"), "");
}

TEST(MispAnswer, errors_keep_details_inside) {
  const Answer inside = error_answer(Error{ErrorKind::internal, "/secret/path", {}, {}}, "/events");
  EXPECT_EQ(inside.status, 500);
  EXPECT_THAT(*inside.body, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(*not_saved("edit", "why").body, HasSubstr(R"("errors":"why")"));
}

}  // namespace
}  // namespace parley::misp_sync
