#include "intel/stix.hpp"
#include "intel/index_terms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace parley::intel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view uuid = "1ed8caa7-a708-4706-b651-f1186ede6ca1";

std::string id(std::string_view type) {
  return std::string(type) + "--" + std::string(uuid);
}

/// A STIX 2.1 object with what every SDO needs, and more members.
std::string sdo(std::string_view type, std::string_view more) {
  std::string out = R"({"type":")" + std::string(type) + R"(","spec_version":"2.1","id":")" + id(type) +
                    R"(","created":"2024-01-02T03:04:05.678Z","modified":"2024-02-03T04:05:06Z")";
  if (!more.empty()) out += "," + std::string(more);
  return out + "}";
}

StixObject read(const std::string& raw) {
  Result<StixObject> object = read_stix_object(raw);
  EXPECT_TRUE(object) << object.error().text() << "\n" << raw;
  if (object && !object->selectors.empty()) {
    EXPECT_TRUE(may_have_selectors(object->type)) << raw;
  }
  return object ? *object : StixObject{};
}

std::string why_not(const std::string& raw) {
  const Result<StixObject> object = read_stix_object(raw);
  return object ? "" : object.error().text();
}

std::vector<std::string> selectors(const StixObject& object) {
  std::vector<std::string> out;
  out.reserve(object.selectors.size());
  for (const Selector& selector : object.selectors)
    out.push_back(std::string(type_name(selector.type)) + " " + selector.value);
  return out;
}

TEST(Stix, reads_what_the_node_needs_and_keeps_the_bytes) {
  const std::string raw =
      sdo("campaign", R"("x_acme" : [ 1.0, {"deep":"\u0041"} ], "labels":["a","b"], "revoked":true,
      "created_by_ref":"identity--1ed8caa7-a708-4706-b651-f1186ede6ca2","first_seen":"2024-01-01T00:00:00Z","name":"x")");
  const StixObject object = read(raw);
  EXPECT_EQ(object.id, id("campaign"));
  EXPECT_EQ(object.type, "campaign");
  EXPECT_EQ(object.spec_version, "2.1");
  EXPECT_EQ(object.version, "2024-02-03T04:05:06Z");
  EXPECT_EQ(object.created, "2024-01-02T03:04:05.678Z");
  EXPECT_EQ(object.created_by, "identity--1ed8caa7-a708-4706-b651-f1186ede6ca2");
  EXPECT_TRUE(object.revoked);
  EXPECT_THAT(object.labels, ElementsAre("a", "b"));
  EXPECT_EQ(object.first_seen, *parse_time("2024-01-01T00:00:00Z"));
  EXPECT_EQ(object.raw, raw);
  EXPECT_THAT(object.warnings, IsEmpty());
  EXPECT_TRUE(object.marking.is_absent());
}

TEST(Stix, refuses_an_object_without_what_the_standard_requires) {
  EXPECT_THAT(why_not("{}"), HasSubstr("/type"));
  EXPECT_THAT(why_not(R"({"type":"file"})"), HasSubstr("/id"));
  EXPECT_THAT(why_not(R"({"type":"file","id":"file--x"})"), HasSubstr("/id"));
  EXPECT_THAT(why_not(R"({"type":"file","id":")" + id("url") + R"("})"), HasSubstr("another type"));
  EXPECT_THAT(why_not(R"({"type":["file"],"id":")" + id("file") + R"("})"), HasSubstr("/type"));
  EXPECT_THAT(why_not(R"({"type":"tool","spec_version":"2.1","id":")" + id("tool") + R"("})"),
              HasSubstr("/created"));
  EXPECT_THAT(why_not(R"({"type":"tool","spec_version":"2.1","id":")" + id("tool") +
                      R"(","created":"2024-01-02T03:04:05Z"})"),
              HasSubstr("/modified"));
  EXPECT_THAT(why_not(sdo("tool", "").replace(sdo("tool", "").find("2024-02"), 7, "2024-99")),
              HasSubstr("/modified"));
}

TEST(Stix, reads_stix_2_0_and_observables_without_times) {
  EXPECT_EQ(
      read(R"({"type":"tool","id":")" + id("tool") + R"(","modified":"2019-01-01T00:00:00Z"})").spec_version,
      "");
  EXPECT_EQ(read(R"({"type":"tool","id":")" + id("tool") + R"(","modified":"2019-01-01T00:00:00Z"})").version,
            "2019-01-01T00:00:00Z");
  EXPECT_EQ(read(R"({"type":"url","spec_version":"2.1","id":")" + id("url") +
                 R"(","value":"https://example.org/"})")
                .version,
            "");
}

TEST(Stix, refuses_json_that_is_not_clean) {
  EXPECT_THAT(why_not(sdo("tool", R"("a":1,"a":2)")), HasSubstr("/a: a name is there twice"));
  EXPECT_THAT(why_not(sdo("tool", R"("a":[0,{"b":1,"b":1}])")), HasSubstr("/a/1/b: a name is there twice"));
  EXPECT_THAT(why_not(sdo("tool", "\"a\":\"\xC0\xAF\"")), HasSubstr("UTF-8"));
  EXPECT_THAT(why_not(sdo("tool", "\"a\":\"\xED\xA0\x80\"")), HasSubstr("UTF-8"));
  EXPECT_THAT(why_not(sdo("tool", "\"a\":\"\n\"")), HasSubstr("control character"));
  EXPECT_THAT(why_not(sdo("tool", "\"a\":01")), HasSubstr("number"));
  EXPECT_FALSE(why_not(sdo("tool", "") + "x").empty());
  EXPECT_FALSE(why_not(sdo("tool", "\"a\":")).empty());
  EXPECT_THAT(why_not("[1]"), HasSubstr("no JSON object"));
  EXPECT_THAT(why_not(""), HasSubstr("nothing"));
}

TEST(Stix, finds_a_repeated_name_in_a_large_object) {
  std::string members;
  for (int i = 0; i < 200; ++i) members += "\"m" + std::to_string(i) + "\":1,";
  EXPECT_EQ(why_not(sdo("tool", members + "\"z\":1")), "");
  EXPECT_THAT(why_not(sdo("tool", members + "\"m77\":1")), HasSubstr("/m77"));
  EXPECT_THAT(why_not(sdo("tool", members + "\"type\":\"tool\"")), HasSubstr("/type"));
}

TEST(Stix, is_bounded_in_size_depth_and_references) {
  const auto deep = [](std::size_t depth) {
    return sdo("tool", "\"x\":" + std::string(depth, '[') + std::string(depth, ']'));
  };
  EXPECT_EQ(why_not(deep(63)), "");
  EXPECT_THAT(why_not(deep(64)), HasSubstr("nested deeper than 64"));
  EXPECT_FALSE(why_not(deep(100'000)).empty());
  StixReader small(StixLimits{.max_bytes = 100});
  EXPECT_FALSE(small.read(sdo("tool", R"("name":"this is a little more than fits")")));
  StixReader crowded(StixLimits{.max_values = 400});
  std::string list = "0";
  for (int i = 0; i < 350; ++i) list += ",0";
  EXPECT_TRUE(crowded.read(sdo("tool", "\"x\":[" + list + "]")));
  for (int i = 0; i < 50; ++i) list += ",0";
  EXPECT_FALSE(crowded.read(sdo("tool", "\"x\":[" + list + "]")));
  StixReader few(StixLimits{.max_references = 2});
  const std::string ref = "\"" + id("tool") + "\"";
  EXPECT_TRUE(few.read(sdo("report", "\"object_refs\":[" + ref + "," + ref + "]")));
  EXPECT_FALSE(few.read(sdo("report", "\"object_refs\":[" + ref + "," + ref + "," + ref + "]")));
}

TEST(Stix, warns_instead_of_growing_without_end) {
  std::string pattern = "[ipv4-addr:value = '192.0.2.300'";
  for (int i = 0; i < 100; ++i) pattern += " OR ipv4-addr:value = '192.0.2." + std::to_string(300 + i) + "'";
  EXPECT_THAT(read(sdo("indicator", "\"pattern_type\":\"stix\",\"pattern\":\"" + pattern + "]\"")).warnings,
              SizeIs(17));
  StixReader two(StixLimits{.max_selectors = 2});
  const Result<StixObject> many =
      two.read(sdo("indicator", R"("pattern":"[ipv4-addr:value IN ('192.0.2.1','192.0.2.2','192.0.2.3')]")"));
  ASSERT_TRUE(many);
  EXPECT_THAT(many->selectors, SizeIs(2));
  EXPECT_THAT(many->warnings, ElementsAre(HasSubstr("more than 2 selectors")));
}

TEST(Stix, notes_every_reference_with_its_property) {
  const StixObject object = read(sdo(
      "sighting",
      R"("sighting_of_ref":")" + id("indicator") + R"(","where_sighted_refs":[")" + id("identity") +
          R"("],"ext":{"deep":[{"src_ref":")" + id("tool") +
          R"("}]},"object_marking_refs":["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"],"dst_ref":"0")"));
  EXPECT_THAT(object.refs, ElementsAre(StixReference{"sighting_of_ref", id("indicator")},
                                       StixReference{"where_sighted_refs", id("identity")},
                                       StixReference{"src_ref", id("tool")}));
}

TEST(Stix, takes_the_strictest_of_object_granular_and_label_markings) {
  const std::string green =
      R"("object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"])";
  EXPECT_EQ(read(sdo("tool", green)).marking.tlp, TlpLevel::green);
  const std::string both =
      R"("object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"])";
  EXPECT_EQ(read(sdo("tool", both)).marking.tlp, TlpLevel::amber_strict);
  const std::string granular =
      R"(,"granular_markings":[{"marking_ref":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed","selectors":["name"]}])";
  EXPECT_EQ(read(sdo("tool", green + granular)).marking.tlp, TlpLevel::red);
  EXPECT_EQ(read(sdo("tool", green + R"(,"labels":["TLP:AMBER"])")).marking.tlp, TlpLevel::amber);
  EXPECT_EQ(read(sdo("tool", green + R"(,"granular_markings":[{"lang":"en","selectors":["name"]}])")).marking,
            (Marking{.tlp = TlpLevel::green, .pap = {}}));
}

TEST(Stix, takes_a_marking_that_it_cannot_read_as_unknown_never_as_none) {
  for (const char* members :
       {R"("object_marking_refs":["marking-definition--00000000-0000-4000-8000-000000000001"])",
        R"("object_marking_refs":"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da")",
        R"("object_marking_refs":[1])", R"("object_marking_refs":null)",
        R"("granular_markings":{"marking_ref":"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"})",
        R"("granular_markings":[{"selectors":["name"]}])", R"("granular_markings":[{"marking_ref":7}])",
        R"("labels":["tlp:ex:chr"])"})
    EXPECT_TRUE(read(sdo("tool", members)).marking.unknown) << members;
}

class Definitions final : public MarkingLookup {
 public:
  std::optional<Marking> find(std::string_view marking_id) const override {
    const auto entry = known.find(std::string(marking_id));
    if (entry == known.end()) return std::nullopt;
    return entry->second;
  }
  std::map<std::string, Marking> known;
};

TEST(Stix, resolves_markings_when_their_definitions_are_known) {
  const std::string mine = "marking-definition--00000000-0000-4000-8000-000000000001";
  const std::string other = "marking-definition--00000000-0000-4000-8000-000000000002";
  StixObject object = read(sdo("tool", R"("object_marking_refs":[")" + mine + R"(",")" + other + R"("])"));
  Definitions definitions;
  definitions.known[mine] = Marking{.tlp = TlpLevel::amber, .pap = {}};
  EXPECT_FALSE(resolve_marking(object, definitions));
  EXPECT_TRUE(object.marking.unknown);
  definitions.known[other] = Marking{.tlp = {}, .pap = PapLevel::red, .statement = true};
  EXPECT_TRUE(resolve_marking(object, definitions));
  EXPECT_EQ(object.marking,
            (Marking{.tlp = TlpLevel::amber, .pap = PapLevel::red, .unknown = false, .statement = true}));
}

Marking defined(std::string_view members) {
  const StixObject object =
      read(R"({"type":"marking-definition","spec_version":"2.1","id":")" + id("marking-definition") +
           R"(","created":"2024-01-01T00:00:00Z",)" + std::string(members) + "}");
  EXPECT_TRUE(object.defines);
  return object.defines.value_or(Marking{});
}

TEST(Stix, reads_what_marking_definitions_say) {
  EXPECT_EQ(defined(R"("definition_type":"tlp","definition":{"tlp":"amber"})"),
            (Marking{.tlp = TlpLevel::amber, .pap = {}}));
  EXPECT_EQ(defined(R"("definition_type":"statement","definition":{"statement":"Copyright CERT Alpha"})"),
            (Marking{.tlp = {}, .pap = {}, .statement = true}));
  EXPECT_EQ(
      defined(
          R"("extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"amber+strict"}})"),
      (Marking{.tlp = TlpLevel::amber_strict, .pap = {}}));
  EXPECT_EQ(
      defined(
          R"("extensions":{"extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b":{"extension_type":"property-extension","pap":"green"}})"),
      (Marking{.tlp = {}, .pap = PapLevel::green}));
  EXPECT_TRUE(defined(R"("definition_type":"acme","definition":{"level":9})").unknown);
  EXPECT_TRUE(defined(R"("definition_type":"tlp","definition":{"tlp":"purple"})").unknown);
  EXPECT_TRUE(defined(R"("name":"nothing")").unknown);
}

TEST(Stix, a_definition_with_a_part_that_it_cannot_read_is_unknown_whatever_stands_beside_it) {
  EXPECT_TRUE(
      defined(
          R"("extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"clear"},"extension-definition--00000000-0000-4000-8000-000000000001":{"extension_type":"property-extension","permitted_actions":"none"}})")
          .unknown);
  EXPECT_TRUE(
      defined(
          R"("extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"clear","orcon":"yes"}})")
          .unknown);
  EXPECT_TRUE(defined(R"("definition_type":"tlp","definition":{"tlp":"green","noforn":true})").unknown);
  EXPECT_TRUE(
      defined(
          R"("definition":{"tlp":"green"},"extensions":{"extension-definition--00000000-0000-4000-8000-000000000001":7})")
          .unknown);
}

TEST(Stix, lets_no_bundle_redefine_a_tlp_definition) {
  const StixObject object = read(
      R"({"type":"marking-definition","id":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed","definition":{"tlp":"white"}})");
  EXPECT_EQ(object.defines, (Marking{.tlp = TlpLevel::red, .pap = {}}));
}

std::vector<std::string> observable(std::string_view type, std::string_view members) {
  return selectors(read(R"({"type":")" + std::string(type) + R"(","spec_version":"2.1","id":")" + id(type) +
                        "\"," + std::string(members) + "}"));
}

TEST(Stix, gives_the_selectors_of_observables) {
  EXPECT_THAT(observable("ipv4-addr", R"("value":"192.0.2.1/32")"), ElementsAre("ipv4-addr 192.0.2.1"));
  EXPECT_THAT(observable("ipv6-addr", R"("value":"2001:DB8:0:0::1")"), ElementsAre("ipv6-addr 2001:db8::1"));
  EXPECT_THAT(observable("domain-name", R"("value":"Example.ORG")"), ElementsAre("domain-name example.org"));
  EXPECT_THAT(observable("autonomous-system", R"("number":64496)"), ElementsAre("autonomous-system 64496"));
  EXPECT_THAT(observable("mac-addr", R"("value":"02:00:5e:10:00:00")"),
              ElementsAre("mac-addr 02:00:5e:10:00:00"));
  EXPECT_THAT(observable("file", R"("name":"a","hashes":{"MD5":")" + std::string(32, 'A') + R"(","SHA-1":")" +
                                     std::string(40, 'b') + R"(","SSDEEP":"3:x:y"})"),
              ElementsAre("file:md5 " + std::string(32, 'a'), "file:sha1 " + std::string(40, 'b')));
  EXPECT_THAT(observable("x509-certificate", R"("hashes":{"SHA-256":")" + std::string(64, 'c') + "\"}"),
              ElementsAre("x509:sha256 " + std::string(64, 'c')));
  EXPECT_THAT(observable("ipv4-addr", R"("value":"192.0.2.0/24")"), IsEmpty());
  EXPECT_THAT(observable("ipv4-addr", R"("value":7)"), IsEmpty());
}

TEST(Stix, gives_the_cve_of_a_vulnerability) {
  EXPECT_THAT(
      selectors(read(
          sdo("vulnerability",
              R"("name":"x","external_references":[{"source_name":"cve","external_id":"CVE-2021-44228"}])"))),
      ElementsAre("cve CVE-2021-44228"));
  EXPECT_THAT(selectors(read(sdo("vulnerability", R"("name":"CVE-2021-44228")"))),
              ElementsAre("cve CVE-2021-44228"));
}

TEST(Stix, gives_the_observables_inside_a_stix_2_0_observed_data) {
  const StixObject object = read(
      R"({"type":"observed-data","id":")" + id("observed-data") +
      R"(","objects":{"0":{"type":"ipv4-addr","value":"192.0.2.1"},"1":{"type":"domain-name","value":"example.org","resolves_to_refs":["0"]}}})");
  EXPECT_THAT(selectors(object), ElementsAre("ipv4-addr 192.0.2.1", "domain-name example.org"));
  EXPECT_THAT(object.refs, IsEmpty());
}

TEST(Stix, counts_patterns_that_are_not_atomic_and_keeps_the_indicator) {
  EXPECT_FALSE(
      read(sdo("indicator", R"("pattern_type":"stix","pattern":"[url:value = 'http://example.org/']")"))
          .pattern_not_atomic);
  const StixObject like =
      read(sdo("indicator", R"("pattern_type":"stix","pattern":"[url:value LIKE 'http%']")"));
  EXPECT_TRUE(like.pattern_not_atomic);
  EXPECT_THAT(like.warnings, IsEmpty());
  const StixObject broken = read(sdo("indicator", R"("pattern_type":"stix","pattern":"[url:value = ")"));
  EXPECT_TRUE(broken.pattern_not_atomic);
  EXPECT_THAT(broken.warnings, ElementsAre(HasSubstr("the pattern is broken at byte 13")));
  EXPECT_TRUE(read(sdo("indicator", R"("pattern_type":"yara","pattern":"rule x {}")")).pattern_not_atomic);
  EXPECT_TRUE(read(sdo("indicator", "")).pattern_not_atomic);
}

TEST(Stix, gives_memory_back_after_one_large_object) {
  StixReader reader;
  EXPECT_TRUE(reader.read(sdo("tool", R"("x":")" + std::string(3U << 20U, 'x') + "\"")));
  EXPECT_TRUE(reader.read(sdo("tool", "")));
  EXPECT_TRUE(reader.read(sdo("tool", R"("x":")" + std::string(3U << 20U, 'y') + "\"")));
}

TEST(Stix, knows_ids) {
  EXPECT_TRUE(is_stix_id(id("file")));
  EXPECT_TRUE(is_stix_id(id("x-Acme_thing")));
  EXPECT_FALSE(is_stix_id("file--1ed8caa7-a708-4706-b651-f1186ede6ca"));
  EXPECT_FALSE(is_stix_id("--" + std::string(uuid)));
  EXPECT_FALSE(is_stix_id("file-" + std::string(uuid)));
  EXPECT_FALSE(is_stix_id(id("fi le")));
  EXPECT_FALSE(is_stix_id(id(std::string(251, 'a'))));
}

}  // namespace
}  // namespace parley::intel
