#include "intel/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace parley::intel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Collector final : public ItemSink {
 public:
  Result<void> take(ImportItem&& item) override {
    if (const auto* reject = std::get_if<Reject>(&item.content)) {
      rejects.push_back(item.where + ": " + reject->why);
    } else if (auto* object = std::get_if<StixObject>(&item.content)) {
      order.push_back(object->id);
      (item.counted ? objects : extra).push_back(*object);
    } else {
      bare.push_back(std::get<BareSelector>(item.content));
      where.push_back(item.where);
      first_seen.push_back(item.first_seen);
    }
    if (item.counted) ++found;
    if (!item.document.empty()) documents.push_back(std::move(item.document));
    return {};
  }

  const StixObject& object(std::string_view id) const {
    static const StixObject none;
    for (const StixObject& candidate : objects)
      if (candidate.id == id) return candidate;
    ADD_FAILURE() << "no object " << id;
    return none;
  }

  int found = 0;
  std::vector<std::string> documents;
  std::vector<StixObject> objects, extra;
  std::vector<BareSelector> bare;
  std::vector<std::string> rejects, order, where;
  std::vector<std::optional<Timestamp>> first_seen;
  InputFormat format = InputFormat::automatic;
};

Collector read(std::string_view text, ItemReader::Options options = {}, std::size_t chunk = 1U << 20U) {
  Collector collector;
  ItemReader reader(std::move(options), collector);
  for (std::size_t at = 0; at < text.size(); at += chunk)
    EXPECT_TRUE(reader.feed(as_bytes(text.substr(at, chunk))));
  EXPECT_TRUE(reader.finish());
  collector.format = reader.format();
  EXPECT_EQ(static_cast<std::size_t>(collector.found),
            collector.objects.size() + collector.bare.size() + collector.rejects.size());
  return collector;
}

Collector read_as(InputFormat format, std::string_view text, std::size_t chunk = 1U << 20U) {
  ItemReader::Options options;
  options.format = format;
  return read(text, std::move(options), chunk);
}

std::string vector_file(const std::string& name) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/tests/vectors/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string tool(int number, std::string_view more = "") {
  char id[64];
  std::snprintf(id, sizeof id, "tool--1ed8caa7-a708-4706-b651-%012d", number);
  return R"({"type":"tool","spec_version":"2.1","id":")" + std::string(id) +
         R"(","created":"2024-01-02T03:04:05Z","modified":"2024-01-02T03:04:05Z","name":"x")" +
         std::string(more) + "}";
}

std::string bundle(std::string_view objects) {
  return R"({"type":"bundle","id":"bundle--1ed8caa7-a708-4706-b651-f1186ede6ca1","objects":[)" +
         std::string(objects) + "]}";
}

TEST(ItemReader, tells_the_formats_apart) {
  EXPECT_EQ(read(bundle(tool(1))).format, InputFormat::stix);
  EXPECT_EQ(read("[" + tool(1) + "]").format, InputFormat::stix);
  EXPECT_EQ(read(vector_file("misp/sshdoor-mimban.json")).format, InputFormat::misp);
  EXPECT_EQ(read(vector_file("misp/sednit-zebrocy-2018.json")).format, InputFormat::misp);
  EXPECT_EQ(read("192.0.2.1\n192.0.2.2\n").format, InputFormat::list);
  EXPECT_EQ(read("# about\n[2001:db8::1]\n").format, InputFormat::list);
  EXPECT_EQ(read("[2001:db8::1]\n").format, InputFormat::list);
  EXPECT_EQ(read("value,type\n192.0.2.1,ip\n").format, InputFormat::csv);
  EXPECT_EQ(read("2024-01-01\tipv4\t192.0.2.1\n").format, InputFormat::csv);
  ItemReader::Options options;
  options.file_name = "a.CSV";
  EXPECT_EQ(read("192.0.2.1\n", std::move(options)).format, InputFormat::csv);
  EXPECT_EQ(read("").format, InputFormat::list);
}

TEST(ItemReader, knows_the_names_of_its_formats) {
  for (const char* name : {"auto", "stix", "misp", "csv", "list"}) {
    ASSERT_TRUE(parse_input_format(name));
    EXPECT_EQ(input_format_name(*parse_input_format(name)), name);
  }
  EXPECT_FALSE(parse_input_format("STIX"));
}

TEST(ItemReader, reads_bundles_envelopes_lists_and_single_objects) {
  EXPECT_THAT(read(bundle(tool(1) + "," + tool(2))).objects, SizeIs(2));
  EXPECT_THAT(read(R"({"more":false,"objects":[)" + tool(1) + "]}").objects, SizeIs(1));
  EXPECT_THAT(read("[" + tool(1) + "," + tool(2) + "]").objects, SizeIs(2));
  const Collector single = read(tool(1) + "\n");
  ASSERT_THAT(single.objects, SizeIs(1));
  EXPECT_EQ(single.objects[0].raw, tool(1));
  EXPECT_EQ(read(bundle("")).found, 0);
}

TEST(ItemReader, keeps_objects_byte_for_byte_however_they_arrive) {
  const std::string odd = tool(7, ", \"x_\\u00e9\" : [ 1.50 ,{}]\n");
  for (const std::size_t chunk : {1UL, 3UL, 64UL, 100'000UL}) {
    const Collector got = read(bundle(odd), {}, chunk);
    ASSERT_THAT(got.objects, SizeIs(1));
    EXPECT_EQ(got.objects[0].raw, odd);
  }
}

TEST(ItemReader, counts_every_item_once_and_says_where_the_bad_ones_are) {
  const Collector got =
      read(bundle(tool(1) + ",7,{\"type\":\"tool\"},{\"a\":1,\"a\":2}," + tool(2) + ",{\"x\":tru}"));
  EXPECT_EQ(got.found, 6);
  EXPECT_THAT(got.objects, SizeIs(2));
  EXPECT_THAT(got.rejects, ElementsAre(HasSubstr("/objects/1 (byte "), HasSubstr("/objects/2/id (byte "),
                                       HasSubstr("/objects/3"), HasSubstr("/objects/5")));
}

TEST(ItemReader, keeps_what_stands_before_a_cut_and_rejects_the_rest_once) {
  const std::string whole = bundle(tool(1) + "," + tool(2) + "," + tool(3));
  for (std::size_t size = 100; size < whole.size(); ++size) {
    const Collector got = read_as(InputFormat::stix, whole.substr(0, size));
    EXPECT_EQ(got.rejects.size(), 1U) << size;
    EXPECT_LE(got.objects.size(), 3U);
    const std::size_t complete =
        (size >= whole.find(tool(2)) - 1) + (size >= whole.find(tool(3)) - 1) + (size >= whole.size() - 2);
    EXPECT_EQ(got.objects.size(), complete) << size;
  }
}

TEST(ItemReader, resolves_markings_whose_definition_comes_later_in_the_file) {
  const std::string mine = "marking-definition--00000000-0000-4000-8000-000000000001";
  const std::string marked = tool(1, R"(,"object_marking_refs":[")" + mine + "\"]");
  const std::string definition = R"({"type":"marking-definition","spec_version":"2.1","id":")" + mine +
                                 R"(","created":"2024-01-01T00:00:00Z","definition":{"tlp":"amber"}})";
  const Collector got = read(bundle(marked + "," + tool(2) + "," + definition));
  EXPECT_EQ(got.object("tool--1ed8caa7-a708-4706-b651-000000000001").marking,
            (Marking{.tlp = TlpLevel::amber, .pap = {}}));
  EXPECT_EQ(got.found, 3);
  const Collector never = read(bundle(marked));
  EXPECT_TRUE(never.objects.at(0).marking.unknown);
  EXPECT_THAT(never.objects.at(0).warnings, ElementsAre(HasSubstr("never leaves")));
}

TEST(ItemReader, asks_the_store_for_definitions_and_takes_the_strictest) {
  class Known final : public MarkingLookup {
   public:
    std::optional<Marking> find(std::string_view) const override {
      return Marking{.tlp = TlpLevel::red, .pap = {}};
    }
  } known;
  const std::string mine = "marking-definition--00000000-0000-4000-8000-000000000001";
  ItemReader::Options options;
  options.known = &known;
  const Collector got = read(bundle(tool(1, R"(,"object_marking_refs":[")" + mine + "\"]")), options);
  EXPECT_EQ(got.objects.at(0).marking.tlp, TlpLevel::red);
  const std::string weaker =
      R"({"type":"marking-definition","id":")" + mine + R"(","definition":{"tlp":"white"}})";
  const Collector both =
      read(bundle(weaker + "," + tool(1, R"(,"object_marking_refs":[")" + mine + "\"]")), options);
  EXPECT_EQ(both.objects.at(1).marking.tlp, TlpLevel::red);
}

TEST(ItemReader, lets_objects_go_unmarked_as_unknown_when_the_waiting_room_is_full) {
  ItemReader::Options options;
  options.limits.max_waiting_bytes = 10'000;
  const std::string mine = "marking-definition--00000000-0000-4000-8000-000000000001";
  std::string objects;
  for (int i = 0; i < 50; ++i) objects += tool(i, R"(,"object_marking_refs":[")" + mine + "\"]") + ",";
  objects += R"({"type":"marking-definition","id":")" + mine + R"(","definition":{"tlp":"green"}})";
  const Collector got = read(bundle(objects), options);
  EXPECT_EQ(got.found, 51);
  EXPECT_TRUE(got.object("tool--1ed8caa7-a708-4706-b651-000000000000").marking.unknown);
  EXPECT_EQ(got.object("tool--1ed8caa7-a708-4706-b651-000000000049").marking,
            (Marking{.tlp = TlpLevel::green, .pap = {}}));
}

TEST(ItemReader, rejects_an_object_that_is_too_large_and_keeps_the_rest) {
  ItemReader::Options options;
  options.limits.max_object_bytes = 400;
  const Collector got = read(
      bundle(tool(1) + "," + tool(2, ",\"x\":\"" + std::string(500, 'x') + "\"") + "," + tool(3)), options);
  EXPECT_THAT(got.objects, SizeIs(2));
  EXPECT_THAT(got.rejects, ElementsAre(HasSubstr("longer than 400 bytes")));
}

TEST(ItemReader, reads_the_examples_of_the_standard_with_their_markings) {
  const Collector marked = read(vector_file("stix/using-marking-definitions.json"));
  EXPECT_THAT(marked.objects, SizeIs(4));
  EXPECT_EQ(marked.object("indicator--33fe3b22-0201-47cf-85d0-97c02164528d").marking,
            (Marking{.tlp = TlpLevel::amber, .pap = {}, .statement = true}));
  const Collector granular = read(vector_file("stix/using-granular-markings.json"));
  EXPECT_EQ(granular.object("indicator--1ed8caa7-a708-4706-b651-f1186ede6ca1").marking.tlp, TlpLevel::red);
  const Collector unknown = read(vector_file("stix/interop-objectmarking-test.json"));
  ASSERT_THAT(unknown.objects, SizeIs(1));
  EXPECT_TRUE(unknown.objects[0].marking.unknown);
  EXPECT_EQ(unknown.objects[0].marking.tlp, TlpLevel::red);
  for (const char* name :
       {"indicator-for-c2-ip-address", "malware-indicator-for-file-hash", "sighting-of-observed-data"}) {
    const Collector got = read(vector_file("stix/" + std::string(name) + ".json"));
    EXPECT_THAT(got.rejects, IsEmpty()) << name;
    std::size_t selectors = 0;
    for (const StixObject& object : got.objects) selectors += object.selectors.size();
    EXPECT_GE(selectors, 1U) << name;
  }
  const Collector mail = read(vector_file("stix/malicious-email-indicator-with-attachment.json"));
  EXPECT_EQ(std::ranges::count(mail.objects, true, &StixObject::pattern_not_atomic), 2);
}

TEST(ItemReader, reads_the_attributes_of_real_misp_events) {
  const Collector got = read(vector_file("misp/sshdoor-mimban.json"));
  EXPECT_EQ(got.found, 11);
  EXPECT_THAT(got.rejects, IsEmpty());
  ASSERT_THAT(got.extra, SizeIs(1));
  EXPECT_EQ(got.extra[0].id, "x-misp-event--5bbe6052-8768-4f09-a6de-7ad70a016219");
  EXPECT_EQ(got.order.front(), got.extra[0].id);
  EXPECT_THAT(got.extra[0].raw, HasSubstr(R"("info":"SSHDoor : Mimban")"));
  std::map<std::string, int> types;
  for (const StixObject& object : got.objects) {
    EXPECT_THAT(object.labels, ElementsAre("SSHDoor"));
    EXPECT_TRUE(object.marking.is_absent());
    for (const Selector& selector : object.selectors) ++types[std::string(type_name(selector.type))];
  }
  EXPECT_EQ(types, (std::map<std::string, int>{{"domain-name", 1}, {"file:sha1", 7}, {"ipv4-addr", 1}}));
  const Collector sednit = read(vector_file("misp/sednit-zebrocy-2018.json"));
  EXPECT_EQ(sednit.found, 32);
  EXPECT_TRUE(sednit.object("x-misp-attribute--5bf42b67-e238-4fe6-b6e6-17e60a016219")
                  .selectors.empty());  // the report
}

std::string misp_attribute(int number, std::string_view value, std::string_view more = "") {
  char uuid[64];
  std::snprintf(uuid, sizeof uuid, "5bbe6066-ca08-4a44-ba68-%012d", number);
  return R"({"uuid":")" + std::string(uuid) + R"(","type":"domain","value":")" + std::string(value) + "\"" +
         std::string(more) + "}";
}

constexpr std::string_view event_uuid = R"("uuid":"5bbe6052-8768-4f09-a6de-7ad70a016219")";

TEST(ItemReader, reads_misp_in_every_wrapping) {
  const std::string event =
      "{" + std::string(event_uuid) + R"(,"info":"x","Attribute":[)" + misp_attribute(1, "a.example.org") +
      R"(],"Object":[{"name":"file","Attribute":[)" + misp_attribute(2, "b.example.org") +
      R"(],"uuid":"5bbe6052-8768-4f09-a6de-7ad70a016220"}],"Tag":[{"name":"tlp:amber"}]})";
  for (const std::string& text :
       {R"({"Event":)" + event + "}", R"({"response":[{"Event":)" + event + "}]}",
        R"({"response":{"Event":)" + event + "}}", "[{\"Event\":" + event + "}]", "[" + event + "]", event}) {
    for (const std::size_t chunk : {5UL, 100'000UL}) {
      const Collector got = read_as(InputFormat::misp, text, chunk);
      EXPECT_EQ(got.found, 2) << text;
      ASSERT_THAT(got.objects, SizeIs(2)) << text;
      EXPECT_THAT(got.extra, SizeIs(2)) << text;
      EXPECT_THAT(got.documents, ElementsAre(event)) << text;
      for (const StixObject& object : got.objects) {
        EXPECT_EQ(object.marking, (Marking{.tlp = TlpLevel::amber, .pap = {}}));
        EXPECT_EQ(object.refs.back().id, "x-misp-event--5bbe6052-8768-4f09-a6de-7ad70a016219");
      }
      EXPECT_THAT(got.objects[0].refs, SizeIs(1));
      EXPECT_THAT(
          got.objects[1].refs,
          ElementsAre(StixReference{"object_ref", "x-misp-object--5bbe6052-8768-4f09-a6de-7ad70a016220"},
                      testing::_));
    }
  }
}

TEST(ItemReader, gives_the_attributes_of_an_event_some_at_a_time_in_their_order) {
  std::string events;
  std::vector<std::string> all;
  for (int event = 1; event <= 2; ++event) {
    events += std::string(event == 1 ? "" : ",") +
              R"({"Event":{"uuid":"5bbe6052-8768-4f09-a6de-7ad70a01621)" + std::to_string(event) +
              R"(","Attribute":[)";
    for (int n = 1; n <= 5; ++n)
      events +=
          (n == 1 ? "" : ",") + misp_attribute(10 * event + n, "h" + std::to_string(n) + ".example.org");
    events += R"(],"Tag":[{"name":"tlp:amber"}]}})";
  }
  const std::string text = R"({"response":[)" + events + "]}";
  const Collector at_once = read_as(InputFormat::misp, text);
  ASSERT_THAT(at_once.objects, SizeIs(10));
  Collector got;
  ItemReader::Options options;
  options.format = InputFormat::misp;
  options.limits.items_a_turn = 2;
  ItemReader reader(options, got);
  EXPECT_TRUE(reader.go_on().value());
  EXPECT_TRUE(reader.feed(as_bytes(text)));
  EXPECT_THAT(got.objects, SizeIs(5)) << "the second event came after the first";
  EXPECT_FALSE(reader.go_on().value());
  EXPECT_THAT(got.objects, SizeIs(7));
  EXPECT_FALSE(reader.go_on().value());
  EXPECT_TRUE(reader.go_on().value());
  EXPECT_THAT(got.objects, SizeIs(10));
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(got.order, at_once.order);
  for (const StixObject& object : got.objects) EXPECT_EQ(object.marking.tlp, TlpLevel::amber);
}

TEST(ItemReader, gives_a_misp_event_whole_or_not_at_all) {
  const std::string event = "{ " + std::string(event_uuid) + R"( , "a/b~" : [1, 2.50],"Attribute" :[ )" +
                            misp_attribute(1, "a.example.org") + " , " + misp_attribute(2, "b.example.org") +
                            R"(], "Object":null,"info":"x"})";
  const std::string compact = "{" + std::string(event_uuid) + R"(,"a/b~":[1, 2.50],"Attribute":[)" +
                              misp_attribute(1, "a.example.org") + "," + misp_attribute(2, "b.example.org") +
                              R"(],"Object":null,"info":"x"})";
  EXPECT_THAT(read_as(InputFormat::misp, event).documents, ElementsAre(compact));
  for (std::size_t cut = 1; cut < event.size(); ++cut)
    EXPECT_THAT(read_as(InputFormat::misp, event.substr(0, cut)).documents, IsEmpty()) << cut;
  EXPECT_THAT(read_as(InputFormat::misp, R"({"Event":{"uuid":"x","Attribute":{}}})").documents, IsEmpty());
}

TEST(ItemReader, rejects_what_stands_in_the_place_of_a_misp_event_or_attribute) {
  const std::string event =
      "{" + std::string(event_uuid) + R"(,"Attribute":[)" + misp_attribute(1, "a.example.org") + R"(,7]})";
  const Collector got = read_as(InputFormat::misp, "[7," + event + ",\"x\"]");
  EXPECT_THAT(got.objects, SizeIs(1));
  EXPECT_THAT(got.rejects, SizeIs(3));
  EXPECT_EQ(read_as(InputFormat::misp, R"({"Event":{"Attribute":{}}})").rejects.size(), 1U);
}

TEST(ItemReader, reads_several_events_each_with_its_own_tags) {
  const auto event = [](int number, std::string_view tag) {
    return R"({"Event":{"uuid":"5bbe6052-8768-4f09-a6de-00000000000)" + std::to_string(number) +
           R"(","Attribute":[)" + misp_attribute(number, "example.org") + R"(],"Tag":[{"name":")" +
           std::string(tag) + "\"}]}}";
  };
  const Collector got =
      read("[" + event(1, "tlp:red") + "," + event(2, "tlp:green") + "," + event(3, "other") + "]");
  ASSERT_THAT(got.objects, SizeIs(3));
  EXPECT_EQ(got.objects[0].marking.tlp, TlpLevel::red);
  EXPECT_EQ(got.objects[1].marking.tlp, TlpLevel::green);
  EXPECT_TRUE(got.objects[2].marking.is_absent());
}

TEST(ItemReader, keeps_the_attributes_of_a_malformed_event_but_lets_them_never_leave) {
  // As met in public collections: the file breaks off, or its brackets go astray, behind good attributes.
  const std::string start = R"({"Event":{)" + std::string(event_uuid) + R"(,"Attribute":[)" +
                            misp_attribute(1, "a.example.org") + "," + misp_attribute(2, "b.example.org");
  const Collector cut = read(start + R"(,{"uuid":"5bbe6)");
  EXPECT_EQ(cut.found, 3);
  EXPECT_THAT(cut.rejects, SizeIs(1));
  ASSERT_THAT(cut.objects, SizeIs(2));
  for (const StixObject& object : cut.objects) EXPECT_TRUE(object.marking.unknown);
  const Collector comma = read(start + R"(,],"Tag":[{"name":"tlp:green"}]}})");
  EXPECT_THAT(comma.objects, SizeIs(2));
  EXPECT_THAT(comma.rejects, SizeIs(1));
  const Collector unclosed = read(
      start +
      R"(,{"uuid":"5bbe6066-ca08-4a44-ba68-000000000003","type":"domain","value":"c.example.org","Tag":[{"name":"x"},)" +
      misp_attribute(4, "d.example.org") + R"(],"Tag":[{"name":"tlp:green"}]}})");
  EXPECT_THAT(unclosed.objects, SizeIs(2));
  EXPECT_GE(unclosed.rejects.size(), 1U);
}

TEST(ItemReader, never_loosens_a_marking_because_the_tags_of_an_event_are_broken) {
  const auto marking = [](std::string_view tags) {
    const Collector got = read(R"({"Event":{)" + std::string(event_uuid) + R"(,"Attribute":[)" +
                               misp_attribute(1, "a.example.org") + "]," + std::string(tags) + "}}");
    EXPECT_THAT(got.objects, SizeIs(1)) << tags;
    return got.objects.empty() ? Marking{} : got.objects[0].marking;
  };
  EXPECT_TRUE(marking(R"("Tag":[{"name":"tlp:green"}],"Tag":[{"name":"tlp:red"}])").unknown);
  EXPECT_TRUE(marking(R"("Tag":{"name":"tlp:red"})").unknown);
  EXPECT_TRUE(marking(R"("Tag":[{"name":"tlp:red",}])").unknown);
  EXPECT_EQ(marking(R"("\u0054ag":[{"name":"tlp:red"}])").tlp, TlpLevel::red);
  EXPECT_EQ(marking(R"("Galaxy":[{"Tag":[{"name":"tlp:clear"}]}])"), Marking{});
}

TEST(ItemReader, lets_misp_attributes_go_as_unknown_when_the_tags_come_too_late) {
  ItemReader::Options options;
  options.limits.max_waiting_bytes = 8'000;
  std::string attributes;
  for (int i = 0; i < 40; ++i) attributes += (i > 0 ? "," : "") + misp_attribute(i, "a.example.org");
  const std::string tags = R"("Tag":[{"name":"tlp:green"}])";
  const Collector late = read(R"({"Event":{)" + std::string(event_uuid) + R"(,"x":{"Tag":[]},"Attribute":[)" +
                                  attributes + "]," + tags + "}}",
                              options);
  EXPECT_EQ(late.found, 40);
  EXPECT_TRUE(late.objects.front().marking.unknown);
  EXPECT_EQ(late.objects.back().marking, (Marking{.tlp = TlpLevel::green, .pap = {}}));
  const Collector early =
      read(R"({"Event":{)" + tags + "," + std::string(event_uuid) + R"(,"Attribute":[)" + attributes + "]}}",
           options);
  EXPECT_EQ(early.found, 40);
  for (const StixObject& object : early.objects)
    EXPECT_EQ(object.marking, (Marking{.tlp = TlpLevel::green, .pap = {}}));
  // So is whether the event is published: what went before that could be known is taken for a no.
  EXPECT_TRUE(early.objects.front().unpublished);
  EXPECT_FALSE(early.objects.back().unpublished);
  const Collector published = read(R"({"Event":{"published":true,)" + tags + "," + std::string(event_uuid) +
                                       R"(,"Attribute":[)" + attributes + "]}}",
                                   options);
  for (const StixObject& object : published.objects) EXPECT_FALSE(object.unpublished);
}

TEST(ItemReader, reads_lists_with_defanged_values_comments_and_mixed_line_ends) {
  const Collector got = read_as(
      InputFormat::list,
      "\xEF\xBB\xBF# head\r\n192[.]0[.]2[.]1\rhxxp://example[.]org/a\n\n  \nno selector at all\n2001:db8::1");
  EXPECT_EQ(got.found, 4);
  ASSERT_THAT(got.bare, SizeIs(3));
  EXPECT_EQ(got.bare[0].selector, (Selector{SelectorType::ipv4_addr, "192.0.2.1"}));
  EXPECT_EQ(got.bare[1].selector, (Selector{SelectorType::url, "http://example.org/a"}));
  EXPECT_EQ(got.bare[2].selector, (Selector{SelectorType::ipv6_addr, "2001:db8::1"}));
  EXPECT_THAT(got.where, ElementsAre("line 2", "line 3", "line 7"));
  EXPECT_THAT(got.rejects, ElementsAre(HasSubstr("line 6: ")));
}

TEST(ItemReader, gives_the_same_list_however_it_arrives) {
  const std::string text = "192.0.2.1\r\n192.0.2.2\r\r\n192.0.2.3\n\n\rx y z\n192.0.2.4";
  const Collector whole = read_as(InputFormat::list, text);
  for (const std::size_t chunk : {1UL, 2UL, 3UL, 7UL}) {
    const Collector got = read_as(InputFormat::list, text, chunk);
    EXPECT_EQ(got.where, whole.where);
    EXPECT_EQ(got.rejects, whole.rejects);
  }
}

TEST(ItemReader, rejects_a_line_that_is_too_long_or_holds_a_nul_and_keeps_the_rest) {
  ItemReader::Options options;
  options.format = InputFormat::list;
  options.limits.max_line_bytes = 100;
  const std::string text = "192.0.2.1\n" + std::string(1000, 'a') + ".example.org\n192.0.2.2\n" +
                           std::string("192.0.2.3\0x\n", 12) + "192.0.2.4\n";
  for (const std::size_t chunk : {10UL, 100'000UL}) {
    const Collector got = read(text, options, chunk);
    EXPECT_THAT(got.bare, SizeIs(3));
    EXPECT_THAT(got.rejects, ElementsAre("line 2: longer than 100 bytes", HasSubstr("line 4")));
  }
}

TEST(ItemReader, rejects_the_row_alone_that_was_last_seen_before_it_was_first_seen) {
  const Collector got = read(
      "value,first_seen,last_seen\na.example,4052-01-01,2026-01-01\nb.example,2026-01-01,2026-01-01\n"
      "c.example,,1969-12-31\n");
  EXPECT_EQ(got.found, 3);
  ASSERT_THAT(got.bare, SizeIs(1));
  EXPECT_EQ(got.bare[0].selector.value, "b.example");
}

TEST(ItemReader, reads_csv_with_its_columns) {
  const Collector got = read(
      "\xEF\xBB\xBF"
      "first_seen,type,value,tlp\r\n2024-01-02,ip,192.0.2.1,\n2024-01-02 "
      "03:04:05,domain,example[.]org,TLP:AMBER\n,domain,b.example.org,secret\n,domain,\"a\"\"b\",\n");
  EXPECT_EQ(got.found, 4);
  ASSERT_THAT(got.bare, SizeIs(3));
  EXPECT_EQ(got.bare[0].selector, (Selector{SelectorType::ipv4_addr, "192.0.2.1"}));
  EXPECT_TRUE(got.bare[0].marking.is_absent());
  EXPECT_EQ(got.first_seen[0], *parse_time("2024-01-02T00:00:00Z"));
  EXPECT_EQ(got.first_seen[1], *parse_time("2024-01-02T03:04:05Z"));
  EXPECT_EQ(got.first_seen[2], std::nullopt);
  EXPECT_EQ(got.bare[1].marking.tlp, TlpLevel::amber);
  EXPECT_TRUE(got.bare[2].marking.unknown);
  EXPECT_THAT(got.rejects, ElementsAre(HasSubstr("line 5")));
}

TEST(ItemReader, finds_the_delimiter_however_the_file_is_cut) {
  ItemReader::Options options;
  options.format = InputFormat::csv;
  // Commas come first in the line, but there are more semicolons; a mark and a comment stand before it.
  const std::string text = "\xEF\xBB\xBF# a, comment\nnote, or none;type;value\nx;domain;example.org\n";
  const Collector whole = read(text, options, text.size());
  ASSERT_THAT(whole.bare, SizeIs(1));
  for (std::size_t chunk = 1; chunk < text.size(); ++chunk) {
    const Collector parts = read(text, options, chunk);
    ASSERT_THAT(parts.bare, SizeIs(1)) << chunk;
    EXPECT_EQ(parts.bare[0].selector, whole.bare[0].selector);
  }
}

TEST(ItemReader, reads_csv_without_a_header) {
  const Collector got = read("# comment\n2024-01-01\tipv4\t192.0.2.1\n2024-01-01\tnothing\there\n");
  EXPECT_THAT(got.bare, SizeIs(1));
  EXPECT_THAT(got.rejects, ElementsAre(HasSubstr("line 3")));
}

TEST(ItemReader, passes_on_an_error_of_the_sink) {
  class Full final : public ItemSink {
    Result<void> take(ImportItem&&) override { return fail(ErrorKind::internal, "disk full"); }
  } sink;
  for (const std::string& text :
       {bundle(tool(1)), std::string("192.0.2.1\n"), std::string("value,x\n192.0.2.1,\n")}) {
    ItemReader reader({}, sink);
    Result<void> told = reader.feed(as_bytes(text));
    if (told) told = reader.finish();
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().message, "disk full");
  }
}

RC_GTEST_PROP(ItemReader, counts_the_same_items_however_the_file_is_cut,
              (const std::vector<std::uint8_t>& noise)) {
  static const std::string pieces[] = {
      tool(1), "{", "}", "[", "]", ",", "\"", "7", tool(2), "{\"type\":\"x\"}", "\n", ",", ","};
  std::string objects;
  for (const std::uint8_t byte : noise) objects += pieces[byte % std::size(pieces)];
  const std::string text = bundle(objects);
  const Collector whole = read_as(InputFormat::stix, text);
  const Collector parts = read_as(InputFormat::stix, text, *rc::gen::inRange<std::size_t>(1, 40));
  RC_ASSERT(whole.order == parts.order);
  RC_ASSERT(whole.rejects == parts.rejects);
}

}  // namespace
}  // namespace parley::intel
