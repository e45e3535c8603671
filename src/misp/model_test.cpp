#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

#include "encoding/json.hpp"
#include "misp/event.hpp"
#include "misp/feed.hpp"

namespace parley::misp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string vector_file(const std::string& name) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/tests/vectors/misp/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Event event_of(const std::string& inside) {
  Result<Event> event =
      parse_event(R"({"Event":{"uuid":"5e8b7f3a-0000-4000-8000-000000000001",)" + inside + "}}");
  EXPECT_TRUE(event) << event.error().text();
  return event ? std::move(*event) : Event();
}

constexpr const char* a1 = "5e8b7f3a-0000-4000-8000-0000000000a1";
constexpr const char* a2 = "5e8b7f3a-0000-4000-8000-0000000000a2";
constexpr const char* o1 = "5e8b7f3a-0000-4000-8000-0000000000b1";

std::string attribute(const std::string& uuid, const std::string& more) {
  return R"({"uuid":")" + uuid +
         R"(","type":"domain","category":"Network activity","value":"evil.example.org",)" + more + "}";
}

TEST(MispValue, keeps_unknown_members_their_order_and_the_text_of_numbers) {
  const std::string text =
      R"({"z":1.0,"a":[1e0,-0,123456789012345678901234567890,"1"],"x_new":{"":null,"é\n":true}})";
  const Result<Value> value = parse_value(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(write_value(*value), text);
}

TEST(MispValue, reads_numbers_texts_and_booleans_alike) {
  const Result<Value> value =
      parse_value(R"({"a":583,"b":"583","c":true,"d":"1","e":false,"f":"0","g":null})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->number("a"), 583);
  EXPECT_EQ(value->number("b"), 583);
  EXPECT_EQ(value->number("g"), std::nullopt);
  EXPECT_TRUE(value->flag("c") && value->flag("d"));
  EXPECT_FALSE(value->flag("e") || value->flag("f") || value->flag("g") || value->flag("none"));
}

TEST(MispValue, what_is_no_json_is_refused_with_its_place) {
  for (const char* const text :
       {"", "{", "[1,]", R"({"a":1,"a":2})", R"("\ud800")", R"("\udc00x")", "01", "1.", "1e", "-", "+1",
        "nul", "\"\x01\"", "[1] 2", R"({"a" 1})", R"("\x")", "\"\xff\""})
    EXPECT_FALSE(parse_value(text)) << text;
  EXPECT_THAT(parse_value("[1, x]").error().where, "byte 4");
}

TEST(MispValue, bounds_hold) {
  EXPECT_FALSE(parse_value("[[[1]]]", {.max_depth = 2}));
  EXPECT_TRUE(parse_value("[[[1]]]", {.max_depth = 3}));
  EXPECT_FALSE(parse_value("[1,2]", {.max_values = 2}));
  EXPECT_TRUE(parse_value("[1,2]", {.max_values = 3}));
  EXPECT_FALSE(parse_value("[1]", {.max_bytes = 2}));
  EXPECT_FALSE(parse_event(R"({"uuid":"5e8b7f3a-0000-4000-8000-000000000001","Attribute":[{},{}]})",
                           {.json = {}, .max_attributes = 1}));
}

RC_GTEST_PROP(MispValue, any_string_comes_back, (const std::vector<std::uint16_t>& units)) {
  std::string text;
  for (const std::uint16_t unit : units) text += static_cast<char>(unit % 127);
  const Result<Value> again = parse_value(write_value(Value(text)));
  RC_ASSERT(again.has_value() && *again == Value(text));
}

TEST(MispEvent, wrapped_bare_and_in_lists_it_is_the_same_event) {
  const std::string bare = R"({"uuid":"5e8b7f3a-0000-4000-8000-000000000001","info":"x"})";
  for (const std::string& text :
       {bare, R"({"Event":)" + bare + "}", R"({"response":[{"Event":)" + bare + "}]}",
        R"({"response":{"Event":)" + bare + "}}", "[" + bare + "]"}) {
    const Result<Event> event = parse_event(text);
    ASSERT_TRUE(event) << text;
    EXPECT_EQ(write_event(*event), R"({"Event":)" + bare + "}");
  }
  EXPECT_FALSE(parse_event("[]"));
  EXPECT_FALSE(parse_event("[" + bare + "," + bare + "]"));
  EXPECT_EQ(parse_events("[" + bare + "," + bare + "]")->size(), 2U);
}

TEST(MispEvent, what_is_no_event_is_refused) {
  for (const char* const text : {R"({"Event":{"info":"no uuid"}})", R"({"Event":3})", R"({"response":"x"})",
                                 "[1]", R"({"uuid":"5e8b7f3a-0000-4000-8000-000000000001","Attribute":{}})",
                                 R"({"uuid":"5e8b7f3a-0000-4000-8000-000000000001","Object":[3]})"})
    EXPECT_FALSE(parse_events(text)) << text;
  const Result<Event> twice =
      parse_event(R"({"uuid":"5e8b7f3a-0000-4000-8000-000000000001","Attribute":[)" +
                  attribute(a1, R"("to_ids":1)") + "," + attribute(a1, R"("to_ids":0)") + "]}");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("twice"));
}

TEST(MispEvent, attributes_tell_what_they_are_and_where_they_stand) {
  const Event event = event_of(
      R"("distribution":"3","Attribute":[)" +
      attribute(
          a1,
          R"("to_ids":"1","timestamp":1500000000,"distribution":4,"sharing_group_id":"7","deleted":false)") +
      R"(],"Object":[{"uuid":")" + std::string(o1) + R"(","name":"file","distribution":"2","Attribute":[)" +
      attribute(a2, R"("object_relation":"domain","distribution":"5","deleted":"1")") + "]}]");
  const std::vector<AttributeView> all = event.attributes();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].uuid, a1);
  EXPECT_EQ(all[0].timestamp, 1500000000);
  EXPECT_TRUE(all[0].to_ids && !all[0].deleted && all[0].object == nullptr);
  EXPECT_EQ(all[0].distribution, Distribution::sharing_group);
  EXPECT_EQ(all[0].sharing_group, "7");
  EXPECT_TRUE(all[1].deleted);
  EXPECT_EQ(all[1].relation, "domain");
  EXPECT_EQ(all[1].object->text("name"), "file");
  EXPECT_EQ(effective_distribution(event, all[0]), Distribution::sharing_group);
  EXPECT_EQ(effective_distribution(event, all[1]), Distribution::connected);
}

TEST(MispEvent, real_events_come_back_equal) {
  for (const char* const name : {"sednit-zebrocy-2018.json", "sshdoor-mimban.json"}) {
    const std::string text = vector_file(name);
    const Result<Event> event = parse_event(text);
    ASSERT_TRUE(event) << event.error().text();
    EXPECT_EQ(*parse_event(write_event(*event)), *event);
    EXPECT_EQ(compare_versions(*event, *event), EventOrder::same);
    EXPECT_FALSE(event->attributes().empty());
  }
}

TEST(MispVersions, a_later_timestamp_is_newer_and_a_silent_change_is_named) {
  const Event held =
      event_of(R"("id":"5","timestamp":"100","info":"a","Attribute":[)" + attribute(a1, R"("id":3)") + "]");
  const auto order = [&](const std::string& inside) { return compare_versions(held, event_of(inside)); };
  const std::string same = R"("Attribute":[)" + attribute(a1, R"("id":"99")") + "]";
  EXPECT_EQ(order(R"("info":"a","timestamp":100,"id":6,"Tag":[],)" + same), EventOrder::same);
  EXPECT_EQ(order(R"("info":"a","timestamp":101,)" + same), EventOrder::newer);
  EXPECT_EQ(order(R"("info":"a","timestamp":"99",)" + same), EventOrder::older);
  EXPECT_EQ(order(R"("info":"b","timestamp":"100",)" + same), EventOrder::changed);
  EXPECT_EQ(order(R"("info":"a","timestamp":"100","Attribute":[])"), EventOrder::changed);
  EXPECT_EQ(
      order(R"("info":"a","timestamp":"100","published":true,"Tag":[{"name":"mine","local":true}],)" + same),
      EventOrder::same);
  EXPECT_EQ(order(R"("info":"a","timestamp":"100","Tag":[{"name":"tlp:clear"}],)" + same),
            EventOrder::changed);
}

TEST(MispDistribution, pulling_steps_down_and_locks) {
  Event event = event_of(
      R"("distribution":"2","locked":false,"Tag":[{"name":"tlp:green","local":false},{"name":"mine","local":true}],)"
      R"("Attribute":[)" +
      attribute(a1, R"("distribution":1)") + "," + attribute(a2, R"("distribution":"5")") +
      R"(],"Object":[{"uuid":")" + std::string(o1) +
      R"(","distribution":"3","Attribute":[]}],)"
      R"("EventReport":[{"uuid":"5e8b7f3a-0000-4000-8000-0000000000c1","distribution":"4"}])");
  step_down(event);
  EXPECT_EQ(write_value(*event.json().find("distribution")), "\"1\"");
  EXPECT_TRUE(event.locked());
  EXPECT_THAT(event.tags(), ElementsAre("tlp:green"));
  EXPECT_EQ(write_value(*event.attributes()[0].json->find("distribution")), "0");
  EXPECT_EQ(event.attributes()[1].distribution, Distribution::inherit);
  EXPECT_EQ(event.json().elements("Object")[0].text("distribution"), "3");
  EXPECT_EQ(event.json().elements("EventReport")[0].text("distribution"), "4");
}

TEST(MispDistribution, each_attribute_is_narrowed_by_itself_and_references_to_it_go_along) {
  const std::string body = R"("distribution":"3","Attribute":[)" + attribute(a1, R"("distribution":"0")") +
                           "," + attribute(a2, R"("distribution":"1")") + R"(],"Object":[{"uuid":")" +
                           std::string(o1) + R"(","distribution":"5","Attribute":[)" +
                           attribute("5e8b7f3a-0000-4000-8000-0000000000a3", R"("distribution":"5")") +
                           R"(],"ObjectReference":[{"referenced_uuid":")" + a1 +
                           R"("},{"referenced_uuid":")" + a2 + R"("}]}])";
  std::size_t withheld = 0;
  Event pulled = event_of(body);
  ASSERT_TRUE(narrow(pulled, Route::pull, false, withheld));
  EXPECT_EQ(withheld, 1U);
  EXPECT_EQ(pulled.attributes().size(), 2U);
  EXPECT_EQ(pulled.json().elements("Object")[0].elements("ObjectReference").size(), 1U);
  Event pushed = event_of(body);
  ASSERT_TRUE(narrow(pushed, Route::push, false, withheld));
  EXPECT_EQ(withheld, 2U);
  EXPECT_TRUE(pushed.json().elements("Object")[0].elements("ObjectReference").empty());
  Event mine = event_of(R"("distribution":"0","Attribute":[)" + attribute(a1, R"("distribution":"3")") + "]");
  EXPECT_FALSE(narrow(mine, Route::pull, true, withheld));
  Event unsaid = event_of(R"("info":"nothing says how far")");
  EXPECT_FALSE(narrow(unsaid, Route::pull, true, withheld));
  Event group = event_of(R"("distribution":"4","sharing_group_id":"2","Attribute":[)" +
                         attribute(a1, R"("distribution":"4","sharing_group_id":"3")") + "]");
  EXPECT_FALSE(narrow(group, Route::push, false, withheld));
  ASSERT_TRUE(narrow(group, Route::push, true, withheld));
  EXPECT_EQ(withheld, 1U) << "nobody is in both groups for sure";
}

TEST(MispFeed, hashes_name_each_part_of_a_composite_value) {
  const Event event =
      event_of(R"("Attribute":[{"uuid":")" + std::string(a1) +
               R"(","type":"filename|sha1","value":"a.bin|da39a3ee5e6b4b0d3255bfef95601890afd80709"},)" +
               attribute(a2, R"("deleted":true)") + "]");
  std::string lines;
  append_hashes(lines, event);
  EXPECT_EQ(lines,
            "9cd3cbdd1bef2107ba53ea774f653620,5e8b7f3a-0000-4000-8000-000000000001\n"
            "0144712dd81be0c3d9724f5e56ce6685,5e8b7f3a-0000-4000-8000-000000000001\n");
}

TEST(MispFeed, a_manifest_entry_says_what_a_reader_chooses_by) {
  const Event event = event_of(
      R"("info":"x","date":"2024-01-02","analysis":"2","threat_level_id":"1","timestamp":"100","id":"7",)"
      R"("Orgc":{"id":"3","name":"CERT Alpha","uuid":"5e8b7f3a-0000-4000-8000-0000000000d1"},)"
      R"("Tag":[{"id":"4","name":"tlp:clear","colour":"#ffffff"},{"name":"mine","local":true}])");
  EXPECT_EQ(
      write_value(manifest_entry(event)),
      R"({"Orgc":{"uuid":"5e8b7f3a-0000-4000-8000-0000000000d1","name":"CERT Alpha"},)"
      R"("Tag":[{"name":"tlp:clear","colour":"#ffffff"}],"info":"x","date":"2024-01-02","analysis":"2",)"
      R"("threat_level_id":"1","timestamp":"100"})");
  const Event fed = feed_form(event);
  EXPECT_EQ(fed.json().find("id"), nullptr);
  EXPECT_THAT(fed.tags(), ElementsAre("tlp:clear"));
  EXPECT_EQ(compare_versions(event, fed), EventOrder::same);
}

TEST(Distribution, every_level_leaves_by_its_routes_and_goes_one_step_down) {
  struct Level {
    Distribution level;
    bool pull, push, feed;  // for somebody who is in no group
    Distribution after;
  };
  for (const Level& one :
       {Level{Distribution::organisation, false, false, false, Distribution::organisation},
        Level{Distribution::community, true, false, false, Distribution::organisation},
        Level{Distribution::connected, true, true, false, Distribution::community},
        Level{Distribution::all, true, true, true, Distribution::all},
        Level{Distribution::sharing_group, false, false, false, Distribution::sharing_group}}) {
    const int number = static_cast<int>(one.level);
    EXPECT_EQ(may_leave(one.level, Route::pull, false), one.pull) << number;
    EXPECT_EQ(may_leave(one.level, Route::push, false), one.push) << number;
    EXPECT_EQ(may_leave(one.level, Route::feed, false), one.feed) << number;
    EXPECT_EQ(stepped_down(one.level), one.after) << number;
  }
  EXPECT_TRUE(may_leave(Distribution::sharing_group, Route::pull, true));
  EXPECT_TRUE(may_leave(Distribution::sharing_group, Route::push, true));
  EXPECT_FALSE(may_leave(Distribution::sharing_group, Route::feed, true)) << "a feed is for everybody";
}

TEST(Distribution, membership_is_of_each_group_by_itself_and_nobodys_by_default) {
  const std::string member = "6aa9fec5-57dc-4c5a-9d5b-48d9950d2100";
  const auto group = [&](const std::string& id, const std::string& who, const std::string& more = "") {
    return R"("sharing_group_id":")" + id + R"(","SharingGroup":{"id":")" + id + R"(",)" + more +
           R"("SharingGroupOrg":[{"Organisation":{"uuid":")" + who + R"("}}]})";
  };
  const std::string head = R"({"uuid":"5e8b7f3a-0000-4000-8000-000000000001","distribution":"3",)";
  const auto groups = [&](const std::string& attributes) {
    const Result<Event> event = parse_event(head + R"("Attribute":[)" + attributes + "]}");
    EXPECT_TRUE(event);
    return event ? sharing_groups_of(*event, "6AA9FEC5-57DC-4C5A-9D5B-48D9950D2100")
                 : std::set<std::string, std::less<>>();
  };
  const auto attribute = [](const std::string& number, const std::string& inside) {
    return R"({"uuid":"5e8b7f3a-0000-4000-8000-00000000000)" + number + R"(","distribution":"4",)" + inside +
           "}";
  };
  EXPECT_EQ(groups(attribute("2", group("7", member))), (std::set<std::string, std::less<>>{"7"}));
  EXPECT_TRUE(groups(attribute("2", group("7", "7aa9fec5-57dc-4c5a-9d5b-48d9950d2100"))).empty());
  EXPECT_TRUE(groups(attribute("2", group("7", member, R"("active":false,)"))).empty());
  EXPECT_TRUE(groups(attribute("2", group("7", member)) + "," +
                     attribute("3", group("7", "7aa9fec5-57dc-4c5a-9d5b-48d9950d2100")))
                  .empty())
      << "one id, two lists";
  EXPECT_TRUE(groups(attribute("2", R"("sharing_group_id":"7")")).empty()) << "no list at all";
  const Result<Event> event =
      parse_event(head + R"("Attribute":[)" + attribute("2", group("7", member)) + "]}");
  EXPECT_TRUE(sharing_groups_of(*event, "").empty()) << "no organisation is in no group";
}

}  // namespace
}  // namespace parley::misp
