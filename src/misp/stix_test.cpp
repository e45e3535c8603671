#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "intel/stix.hpp"
#include "misp/from_stix.hpp"
#include "misp/stix_attribute.hpp"
#include "misp/stix_shape.hpp"
#include "misp/to_stix.hpp"

namespace parley::misp {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string vector_file(const std::string& name) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/tests/vectors/misp/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr const char* uuid = "5e8b7f3a-0000-4000-8000-0000000000a1";

AttributeView view(std::string_view type, std::string_view value) {
  AttributeView attribute;
  attribute.uuid = uuid;
  attribute.type = type;
  attribute.value = value;
  return attribute;
}

Event event_of(const std::string& inside) {
  Result<Event> event =
      parse_event(R"({"uuid":"5e8b7f3a-0000-4000-8000-000000000001","info":"x","timestamp":"1700000000",)"
                  R"("Orgc":{"name":"CERT Alpha","uuid":"5e8b7f3a-0000-4000-8000-0000000000d1"},)" +
                  inside + "}");
  EXPECT_TRUE(event) << event.error().text();
  return event ? std::move(*event) : Event();
}

const Value* find(const Value& bundle, std::string_view id_begin) {
  for (const Value& object : bundle.elements("objects"))
    if (object.text("id").starts_with(id_begin)) return &object;
  return nullptr;
}

struct Example {
  const char* type;
  const char* value;
  const char* pattern;  // as misp-stix writes it
};

TEST(StixAttribute, patterns_are_those_of_misp_stix) {
  for (const Example& one : std::initializer_list<Example>{
           {"domain", "evil.example.org", "[domain-name:value = 'evil.example.org']"},
           {"domain|ip", "evil.example.org|192.0.2.1",
            "[domain-name:value = 'evil.example.org' AND domain-name:resolves_to_refs[*].value = "
            "'192.0.2.1']"},
           {"ip-dst", "192.0.2.1",
            "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']"},
           {"ip-src|port", "2001:db8::1|443",
            "[network-traffic:src_ref.type = 'ipv6-addr' AND network-traffic:src_ref.value = '2001:db8::1' "
            "AND "
            "network-traffic:src_port = '443']"},
           {"sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "[file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']"},
           {"filename|md5", "a'b.exe|d41d8cd98f00b204e9800998ecf8427e",
            "[file:name = 'a\\'b.exe' AND file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']"},
           {"regkey", R"(HKCU\Software\Evil)", R"([windows-registry-key:key = 'HKCU\\Software\\Evil'])"},
           {"regkey|value", R"(HKCU\Run|evil.exe)",
            R"([windows-registry-key:key = 'HKCU\\Run' AND windows-registry-key:values.data = 'evil.exe'])"},
           {"email-src", "a@example.org", "[email-message:from_ref.value = 'a@example.org']"},
           {"size-in-bytes", "1024", "[file:size = '1024']"},
           {"AS", "AS64496", "[autonomous-system:number = '64496']"},
           {"yara", "rule x { condition: true }", "rule x { condition: true }"}})
    EXPECT_EQ(stix_value(view(one.type, one.value)).pattern, one.pattern) << one.type;
}

TEST(StixAttribute, what_has_no_place_in_stix_stays_an_attribute_of_misp) {
  for (const auto& [type, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{"iban", "GB82WEST12345698765432"},
                                                                  {"md5", "not a hash"},
                                                                  {"ip-dst|port", "192.0.2.1|http"},
                                                                  {"domain|ip", "evil.example.org"},
                                                                  {"AS", "Example"},
                                                                  {"filename|sha1", "a|b|c"},
                                                                  {"never-heard-of", "x"}}) {
    const StixValue made = stix_value(view(type, value));
    EXPECT_THAT(made.observables, IsEmpty()) << type;
    EXPECT_EQ(made.pattern, "") << type;
  }
}

TEST(StixAttribute, every_value_with_observables_comes_back) {
  for (const auto& [type, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"AS", "64496"},
           {"attachment", "a.doc"},
           {"domain", "evil.example.org"},
           {"domain|ip", "evil.example.org|2001:db8::1"},
           {"email", "a@example.org"},
           {"email-attachment", "a.doc"},
           {"email-body", "hello"},
           {"email-dst", "a@example.org"},
           {"email-header", "Received: x"},
           {"email-message-id", "<1@example.org>"},
           {"email-reply-to", "a@example.org"},
           {"email-src", "a@example.org"},
           {"email-subject", "s"},
           {"email-x-mailer", "m"},
           {"filename", "a.exe"},
           {"filename|sha256", "a.exe|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
           {"github-username", "example"},
           {"hostname", "h.example.org"},
           {"hostname|port", "h.example.org|8080"},
           {"imphash", "d41d8cd98f00b204e9800998ecf8427e"},
           {"ip-src", "192.0.2.7"},
           {"ip-dst|port", "192.0.2.7|53"},
           {"link", "https://example.org/report"},
           {"mac-address", "00:00:5e:00:53:01"},
           {"malware-sample", "a.exe|d41d8cd98f00b204e9800998ecf8427e"},
           {"mutex", "m"},
           {"regkey", "HKCU\\X"},
           {"regkey|value", "HKCU\\X|y"},
           {"ssdeep", "3:abc:def"},
           {"uri", "/x"},
           {"x509-fingerprint-sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"}}) {
    const StixValue made = stix_value(view(type, value));
    ASSERT_FALSE(made.observables.empty()) << type;
    std::vector<const Value*> parts;
    for (const Value& one : made.observables) parts.push_back(&one);
    EXPECT_EQ(misp_value(type, parts), value) << type;
  }
  for (const auto& [type, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"size-in-bytes", "12"}, {"port", "53"}, {"http-method", "POST"}, {"user-agent", "It's \\ me"}})
    EXPECT_EQ(misp_value_of_pattern(type, stix_value(view(type, value)).pattern), value) << type;
}

TEST(ToStix, every_object_is_stix_that_our_own_reader_takes) {
  for (const char* const name : {"sednit-zebrocy-2018.json", "sshdoor-mimban.json"}) {
    const Result<Event> event = parse_event(vector_file(name));
    ASSERT_TRUE(event);
    StixReport report;
    const Value bundle = to_stix(*event, &report);
    EXPECT_EQ(report.attributes, event->attributes().size());
    std::set<std::string> ids;
    for (const Value& object : bundle.elements("objects")) {
      const Result<intel::StixObject> read = intel::read_stix_object(write_value(object));
      ASSERT_TRUE(read) << read.error().text() << write_value(object);
      EXPECT_TRUE(ids.insert(read->id).second) << read->id;
    }
    for (const Value& object : bundle.elements("objects"))
      for (const Value& ref : object.elements("object_refs"))
        EXPECT_TRUE(ids.contains(std::string(*ref.as_text()))) << *ref.as_text();
    EXPECT_EQ(write_value(to_stix(*event)), write_value(bundle)) << "the same event, the same bundle";
  }
}

TEST(ToStix, tlp_of_the_event_marks_all_and_a_stricter_attribute_itself) {
  const Event event = event_of(
      R"("Tag":[{"name":"tlp:green"},{"name":"x:y=\"z\""}],"Attribute":[)"
      R"({"uuid":"5e8b7f3a-0000-4000-8000-0000000000a1","type":"domain","category":"Network activity",)"
      R"("value":"a.example.org","to_ids":true,"timestamp":"1700000001","comment":"c","Tag":[{"name":"tlp:amber+strict"}]},)"
      R"({"uuid":"5e8b7f3a-0000-4000-8000-0000000000a2","type":"iban","category":"Financial fraud","value":"x",)"
      R"("to_ids":"0","Tag":[{"name":"tlp:clear"}]},)"
      R"({"uuid":"5e8b7f3a-0000-4000-8000-0000000000a3","type":"domain","value":"gone.example.org","deleted":true}])");
  StixReport report;
  const Value bundle = to_stix(event, &report);
  EXPECT_EQ(report.attributes, 2U);
  EXPECT_EQ(report.custom_attributes, 1U);
  EXPECT_THAT(write_value(bundle), testing::Not(HasSubstr("gone.example.org")));
  for (const Value& object : bundle.elements("objects")) {
    if (object.text("type") == "marking-definition" || object.text("type") == "relationship") continue;
    const bool strict = object.text("id").ends_with("a1");
    ASSERT_EQ(object.elements("object_marking_refs").size(), 1U) << object.text("id");
    EXPECT_EQ(object.elements("object_marking_refs")[0].as_text(),
              strict ? "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
                     : "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da")
        << object.text("id");
  }
  const Value* const indicator = find(bundle, "indicator--");
  ASSERT_NE(indicator, nullptr);
  EXPECT_EQ(indicator->text("description"), "c");
  EXPECT_EQ(indicator->text("created"), "2023-11-14T22:13:21.000Z");
  ASSERT_NE(find(bundle, "relationship--"), nullptr);
  EXPECT_EQ(find(bundle, "relationship--")->text("target_ref"), "observed-data--" + std::string(uuid));
  ASSERT_NE(find(bundle, "x-misp-attribute--"), nullptr);
  ASSERT_NE(find(bundle, "grouping--"), nullptr) << "nobody published it";
}

TEST(ToStix, objects_references_sightings_reports_and_galaxies_come_back) {
  const Event event = event_of(
      R"("published":true,"publish_timestamp":"1700000002","Tag":[{"name":"misp-galaxy:threat-actor=\"Example Bear\""}],)"
      R"("Galaxy":[{"type":"threat-actor","name":"Threat Actor","GalaxyCluster":[)"
      R"({"uuid":"5e8b7f3a-0000-4000-8000-0000000000e1","type":"threat-actor","value":"Example Bear",)"
      R"("tag_name":"misp-galaxy:threat-actor=\"Example Bear\"","description":"d",)"
      R"("meta":{"synonyms":["EB"],"refs":["https://example.org/"],"attribution-confidence":["50"]}}]}],)"
      R"("Attribute":[{"uuid":"5e8b7f3a-0000-4000-8000-0000000000a1","type":"url","category":"Network activity",)"
      R"("value":"https://evil.example.org/x","to_ids":false,"timestamp":"1700000001",)"
      R"("Sighting":[{"uuid":"5e8b7f3a-0000-4000-8000-0000000000f1","type":"0","date_sighting":"1700000005"}]}],)"
      R"("Object":[{"uuid":"5e8b7f3a-0000-4000-8000-0000000000b1","name":"file","meta-category":"file",)"
      R"("timestamp":"1700000003","Attribute":[{"uuid":"5e8b7f3a-0000-4000-8000-0000000000a2","type":"filename",)"
      R"("object_relation":"filename","category":"Payload delivery","value":"a.exe","to_ids":true}],)"
      R"("ObjectReference":[{"uuid":"5e8b7f3a-0000-4000-8000-0000000000c1","relationship_type":"downloaded-from",)"
      R"("referenced_uuid":"5e8b7f3a-0000-4000-8000-0000000000a1"}]}],)"
      R"("EventReport":[{"uuid":"5e8b7f3a-0000-4000-8000-0000000000d2","name":"n","content":"text"}])");
  const Value bundle = to_stix(event);
  const Value* const actor = find(bundle, "threat-actor--5e8b7f3a-0000-4000-8000-0000000000e1");
  ASSERT_NE(actor, nullptr);
  EXPECT_EQ(write_value(*actor->find("aliases")), R"(["EB"])");
  EXPECT_EQ(write_value(*actor->find("x_misp_attribution_confidence")), R"(["50"])");
  const Result<Event> back = from_stix(bundle);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->uuid(), event.uuid());
  EXPECT_EQ(back->timestamp(), 1700000000);
  EXPECT_EQ(back->publish_timestamp(), 1700000002);
  EXPECT_EQ(back->creator_name(), "CERT Alpha");
  EXPECT_THAT(back->tags(), testing::ElementsAre("misp-galaxy:threat-actor=\"Example Bear\""));
  const std::vector<AttributeView> all = back->attributes();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].value, "https://evil.example.org/x");
  EXPECT_EQ(all[0].json->elements("Sighting").size(), 1U);
  EXPECT_EQ(all[1].relation, "filename");
  EXPECT_TRUE(all[1].to_ids);
  EXPECT_EQ(back->json().elements("Object")[0].elements("ObjectReference")[0].text("referenced_uuid"), uuid);
  EXPECT_EQ(back->json().elements("EventReport")[0].text("content"), "text");
}

TEST(FromStix, real_events_keep_every_attribute_on_the_way_to_stix_and_back) {
  for (const char* const name : {"sednit-zebrocy-2018.json", "sshdoor-mimban.json"}) {
    const Result<Event> event = parse_event(vector_file(name));
    ASSERT_TRUE(event);
    const Result<Event> back = from_stix(to_stix(*event));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->info(), event->info());
    std::map<std::string_view, AttributeView> by_uuid;
    const auto all = back->attributes();
    for (const AttributeView& one : all) by_uuid[one.uuid] = one;
    EXPECT_EQ(all.size(), event->attributes().size());
    for (const AttributeView& one : event->attributes()) {
      const AttributeView& other = by_uuid[one.uuid];
      EXPECT_EQ(other.type, one.type);
      EXPECT_EQ(other.value, one.value);
      EXPECT_EQ(other.category, one.category);
      EXPECT_EQ(other.json->text("comment"), one.json->text("comment"));
      EXPECT_EQ(other.timestamp, one.timestamp);
      EXPECT_EQ(other.to_ids, one.to_ids && !stix_value(one).pattern.empty()) << one.type;
    }
  }
}

TEST(FromStix, objects_of_others_become_attributes_and_tags) {
  const Result<Value> bundle = parse_value(
      R"({"type":"bundle","id":"bundle--5e8b7f3a-0000-4000-8000-000000000009","objects":[)"
      R"({"type":"indicator","spec_version":"2.1","id":"indicator--5e8b7f3a-0000-4000-8000-000000000011",)"
      R"("created":"2024-01-01T00:00:00Z","modified":"2024-01-02T00:00:00Z","name":"C2","pattern_type":"stix",)"
      R"("pattern":"[domain-name:value = 'evil.example.org' OR ipv4-addr:value = '192.0.2.9']",)"
      R"("valid_from":"2024-01-01T00:00:00Z","object_marking_refs":["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"]},)"
      R"({"type":"malware","spec_version":"2.1","id":"malware--5e8b7f3a-0000-4000-8000-000000000012",)"
      R"("created":"2024-01-01T00:00:00Z","modified":"2024-01-01T00:00:00Z","name":"Evil","is_family":true}]})");
  ASSERT_TRUE(bundle);
  const Result<Event> event = from_stix(*bundle);
  ASSERT_TRUE(event) << event.error().text();
  EXPECT_EQ(event->uuid(), "5e8b7f3a-0000-4000-8000-000000000009");
  EXPECT_THAT(event->tags(), testing::ElementsAre("misp-galaxy:malware=\"Evil\""));
  const auto all = event->attributes();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].type, "ip-dst");
  EXPECT_EQ(all[1].value, "evil.example.org");
  EXPECT_TRUE(all[1].to_ids);
  EXPECT_EQ(all[1].json->elements("Tag")[0].text("name"), "tlp:amber+strict");
  EXPECT_EQ(*from_stix(*bundle), *event) << "the same bundle, the same event";
  EXPECT_FALSE(from_stix(*parse_value(R"({"type":"bundle","objects":[]})")));
  EXPECT_FALSE(from_stix(Value("x")));
}

}  // namespace
}  // namespace parley::misp
