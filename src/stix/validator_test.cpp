#include "stix/validator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "stix/lookup.hpp"
#include "stix/validator_fixture.hpp"

namespace parley::stix {
namespace {

using encoding::Json;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// A property of an example is set to this JSON, or taken out ("-"); this is found then.
struct Case {
  const char* type;
  const char* property;
  const char* value;
  const char* finding;
};

Json changed(const Case& one) {
  Json object = example(one.type);
  if (std::string_view(one.value) == "-")
    object.erase(one.property);
  else
    object.set(one.property, *encoding::parse_json(one.value));
  return object;
}

TEST(Validator, finds_no_error_in_an_object_of_every_type) {
  std::set<std::string> types;
  for (const Json& object : every_type()) {
    EXPECT_THAT(check(object).errors, IsEmpty()) << encoding::write_json(object);
    types.insert(*object.find("type")->if_string());
  }
  for (const TypeModel& model : all_types()) {
    if (model.name == "bundle") continue;
    EXPECT_TRUE(types.contains(std::string(model.name))) << model.name;
  }
}

TEST(Validator, every_required_property_is_missed_by_name) {
  for (const Json& object : every_type()) {
    const Lookup* type = find_type(*object.find("type")->if_string());
    if (type == nullptr) continue;
    for (std::size_t i = 0; i < type->size(); ++i) {
      const Property& property = type->property(static_cast<int>(i));
      if (!property.required || property.name == "type" || !object.contains(property.name)) continue;
      Json without = object;
      without.erase(property.name);
      EXPECT_THAT(check(without).errors, Contains("required-property "))
          << property.name << " of " << type->model().name;
    }
  }
}

TEST(Validator, every_property_refuses_null) {
  for (const Json& object : every_type()) {
    if (*object.find("type")->if_string() == "marking-definition")
      continue;  // the specification leaves it open
    for (const auto& [name, value] : *object.if_object()) {
      if (name == "type") continue;
      Json broken = object;
      broken.set(name, Json());
      EXPECT_THAT(check(broken).errors, Not(IsEmpty())) << name << " of " << encoding::write_json(object);
    }
  }
}

class Errors : public testing::TestWithParam<Case> {};
TEST_P(Errors, are_found_with_rule_and_pointer) {
  EXPECT_THAT(check(changed(GetParam())).errors, Contains(GetParam().finding))
      << GetParam().property << " " << GetParam().value;
}
INSTANTIATE_TEST_SUITE_P(
    Values, Errors,
    testing::Values(
        Case{"campaign", "created", "\"2024-03-01T10:00:00Z\"", "timestamp-precision /created"},
        Case{"campaign", "modified", "\"2023-03-01T10:00:00.000Z\"", "time-order /modified"},
        Case{"campaign", "first_seen", "\"2024-02-30T10:00:00Z\"", "timestamp-day /first_seen"},
        Case{"campaign", "first_seen", "\"2024-02-20 10:00:00\"", "timestamp /first_seen"},
        Case{"campaign", "last_seen", "\"2020-02-20T10:00:00Z\"", "time-order /last_seen"},
        Case{"indicator", "valid_until", "\"2024-03-01T10:00:00.000Z\"", "time-order /valid_until"},
        Case{"campaign", "id", "\"malware--00000001-1111-4111-8111-111111111111\"", "id-type /id"},
        Case{"campaign", "id", "\"campaign--00000001\"", "id-form /id"},
        Case{"campaign", "spec_version", "\"3.0\"", "enumeration /spec_version"},
        Case{"campaign", "confidence", "101", "out-of-range /confidence"},
        Case{"campaign", "confidence", "1.5", "wrong-type /confidence"},
        Case{"campaign", "revoked", "\"no\"", "wrong-type /revoked"},
        Case{"campaign", "aliases", "[]", "list-empty /aliases"},
        Case{"campaign", "aliases", "[1]", "wrong-type /aliases/0"},
        Case{"campaign", "lang", "\"english\"", "language /lang"},
        Case{"campaign", "severity", "1", "reserved-property /severity"},
        Case{"campaign", "x", "1", "property-name /x"},
        Case{"campaign", "x_bin", "\"not base64\"", "base64 /x_bin"},
        Case{"campaign", "x_example_hex", "\"abc\"", "hex /x_example_hex"},
        Case{"campaign", "object_marking_refs", "[\"identity--00000001-1111-4111-8111-111111111111\"]",
             "reference-target /object_marking_refs/0"},
        Case{"campaign", "created_by_ref", "\"tool--00000001-1111-4111-8111-111111111111\"",
             "reference-target /created_by_ref"},
        Case{"campaign", "external_references", "[{\"source_name\":\"x\"}]",
             "external-reference /external_references/0"},
        Case{"campaign", "external_references", "[{\"source_name\":\"cve\",\"external_id\":\"2024-1\"}]",
             "cve-reference /external_references/0"},
        Case{"campaign", "external_references", "[{\"source_name\":\"x\",\"url\":\"not a url\"}]",
             "uri /external_references/0/url"},
        Case{"campaign", "granular_markings",
             "[{\"selectors\":[\"nothing.[0]\"],\"marking_ref\":\"marking-definition--613f2e26-407d-48c7-"
             "9eca-b8e91df99dc9\"}]",
             "selector-missing /granular_markings/0/selectors/0"},
        Case{"campaign", "granular_markings",
             "[{\"selectors\":[\"a..b\"],\"marking_ref\":\"marking-definition--613f2e26-407d-48c7-9eca-"
             "b8e91df99dc9\"}]",
             "selector-form /granular_markings/0/selectors/0"},
        Case{"campaign", "granular_markings", "[{\"selectors\":[\"name\"]}]",
             "required-property /granular_markings/0"},
        Case{"campaign", "extensions", "{\"x\":{}}", "extension-key /extensions/x"},
        Case{"campaign", "extensions",
             "{\"extension-definition--00000001-1111-4111-8111-111111111111\":{\"a_b\":1}}",
             "extension-type /extensions/extension-definition--00000001-1111-4111-8111-111111111111"},
        Case{"indicator", "pattern", "\"[file:name = ]\"", "pattern /pattern"},
        Case{"indicator", "pattern", "\"[File:name = 'x']\"", "pattern-name /pattern"},
        Case{"malware", "name", "-", "family-name "},
        Case{"malware", "operating_system_refs", "[\"file--00000001-1111-4111-8111-111111111111\"]",
             "reference-target /operating_system_refs/0"},
        Case{"location", "latitude", "91", "out-of-range /latitude"},
        Case{"location", "longitude", "-", "needs-other "},
        Case{"observed-data", "objects", "{}", "not-together "},
        Case{"opinion", "opinion", "\"maybe\"", "enumeration /opinion"},
        Case{"relationship", "relationship_type", "\"Uses\"", "text-form /relationship_type"},
        Case{"relationship", "source_ref", "\"sighting--00000001-1111-4111-8111-111111111111\"",
             "reference-target /source_ref"},
        Case{"sighting", "count", "-1", "out-of-range /count"},
        Case{"marking-definition", "definition_type", "-", "marking-definition "},
        Case{"language-content", "contents", "{\"xx\":{\"name\":\"a\"}}", "content-language /contents/xx"},
        Case{"language-content", "contents", "{\"de\":{\"N\":\"a\"}}", "content-property /contents/de"},
        Case{"extension-definition", "extension_types", "[\"property-extension\"]",
             "extension-properties-misplaced "}));
INSTANTIATE_TEST_SUITE_P(
    Observables, Errors,
    testing::Values(Case{"ipv4-addr", "value", "\"198.51.100.300\"", "text-form /value"},
                    Case{"ipv6-addr", "value", "\"2001:db8::g\"", "text-form /value"},
                    Case{"mac-addr", "value", "\"D2:FB:49:24:37:18\"", "text-form /value"},
                    Case{"domain-name", "value", "\"a_b.example.org\"", "text-form /value"},
                    Case{"email-addr", "value", "\"nobody\"", "text-form /value"},
                    Case{"url", "value", "\"no scheme\"", "uri /value"},
                    Case{"autonomous-system", "number", "\"1\"", "wrong-type /number"},
                    Case{"artifact", "mime_type", "\"text/never-registered\"", "media-type /mime_type"},
                    Case{"artifact", "url", "\"https://example.org/a\"", "not-together "},
                    Case{"artifact", "encryption_algorithm", "-", "needs-other "},
                    Case{"directory", "path_enc", "\"none\"", "character-set /path_enc"},
                    Case{"email-message", "body", "\"b\"", "not-together "},
                    Case{"file", "hashes", "{\"MD5\":\"ab\"}", "hash-value /hashes/MD5"},
                    Case{"file", "hashes", "{}", "dictionary-empty /hashes"},
                    Case{"file", "extensions", "{\"pdf-ext\":{}}", "extension-empty /extensions/pdf-ext"},
                    Case{"file", "extensions", "{\"windows-pebinary-ext\":{\"pe_type\":\"exe\"}}",
                         "one-needed /extensions/windows-pebinary-ext"},
                    Case{"network-traffic", "is_active", "true", "is-active-end "},
                    Case{"network-traffic", "dst_port", "65536", "out-of-range /dst_port"},
                    Case{"process", "id", "\"process--00000001-1111-5111-8111-111111111111\"",
                         "process-uuid /id"},
                    Case{"software", "cpe", "\"cpe:2.3:x:y\"", "text-form /cpe"},
                    Case{"windows-registry-key", "key", "\"HKLM\\\\System\"", "registry-hive /key"},
                    Case{"x509-certificate", "subject_public_key_exponent", "\"3\"",
                         "wrong-type /subject_public_key_exponent"}));

class Advice : public testing::TestWithParam<Case> {};
TEST_P(Advice, is_given_with_its_official_name) {
  EXPECT_THAT(check(changed(GetParam())).warnings, Contains(GetParam().finding)) << GetParam().property;
  EXPECT_THAT(check(changed(GetParam())).errors, IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(
    Values, Advice,
    testing::Values(
        Case{"campaign", "id", "\"campaign--00000001-1111-5111-8111-111111111111\"", "uuid-check /id"},
        Case{"identity", "sectors", "[\"Government\"]", "open-vocab-format /sectors/0"},
        Case{"identity", "sectors", "[\"circus\"]", "industry-sector /sectors/0"},
        Case{"indicator", "description", "-", "indicator-properties "},
        Case{"indicator", "kill_chain_phases", "[{\"kill_chain_name\":\"Big Chain\",\"phase_name\":\"a\"}]",
             "kill-chain-names /kill_chain_phases/0"},
        Case{"relationship", "relationship_type", "\"eats\"", "relationship-types "},
        Case{"location", "country", "\"QQ\"", "countries /country"},
        Case{"malware-analysis", "product", "\"Example AV\"", "malware-analysis-product /product"},
        Case{"network-traffic", "src_port", "-", "network-traffic-ports "},
        Case{"network-traffic", "protocols", "[\"carrier-pigeon\"]", "protocols /protocols/0"},
        Case{"campaign", "x_note", "1", "extensions-use /x_note"},
        Case{"campaign", "x_note", "1", "custom-prefix /x_note"},
        Case{"campaign", "note", "1", "custom-prefix-lax /note"},
        Case{"file", "mime_type", "\"application/never-registered\"", "mime-type "},
        Case{"file", "hashes", "{\"MD9\":\"ab\"}", "hash-algo /hashes/MD9"},
        Case{"user-account", "account_type", "\"usenet\"", "account-type /account_type"},
        Case{"extension-definition", "description", "-", "extension-description "}));

TEST(Validator, pointers_escape_what_they_must) {
  Json object = example("campaign");
  object.set("a/b~c", 1);
  EXPECT_THAT(check(object).errors, Contains("property-name /a~1b~0c"));
}

TEST(Validator, a_name_that_comes_twice_is_an_error_at_any_depth) {
  Noted noted;
  Validator validator;
  validator.validate(
      R"({"type":"mutex","id":"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300","name":"a","name":"b","x_example_y":{"k":1,"k":2}})",
      {}, noted);
  EXPECT_THAT(noted.errors, ElementsAre("duplicate-name ", "duplicate-name /x_example_y"));
}

TEST(Validator, what_is_no_json_or_no_object_is_one_error) {
  for (const char* text : {"", "{", "[]", "1", "{\"type\":\"mutex\"", "\xff"}) {
    Noted noted;
    Validator validator;
    const ObjectVerdict& verdict = validator.validate(text, {}, noted);
    EXPECT_FALSE(verdict.readable) << text;
    EXPECT_EQ(noted.errors.size(), 1U) << text;
  }
}

TEST(Validator, nesting_is_bounded) {
  std::string deep =
      R"({"type":"mutex","id":"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300","name":"a","x_example_y":)";
  for (int i = 0; i < 100; ++i) deep += "[";
  deep += "1";
  for (int i = 0; i < 100; ++i) deep += "]";
  Noted noted;
  Validator validator;
  validator.validate(deep + "}", {}, noted);
  ASSERT_EQ(noted.errors.size(), 1U);
  EXPECT_TRUE(noted.errors.front().starts_with("too-deep "));
}

TEST(Validator, tlp_markings_must_be_the_four_of_the_specification) {
  Json tlp = *encoding::parse_json(
      R"({"type":"marking-definition","spec_version":"2.1","id":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
      "created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"TLP:RED","definition":{"tlp":"red"}})");
  EXPECT_THAT(check(tlp).errors, IsEmpty());
  Json other = tlp;
  other.set("definition", Json::object({{"tlp", "amber"}}));
  EXPECT_THAT(check(other).errors, ElementsAre("tlp-original "));
  other = tlp;
  other.set("lang", "en");
  EXPECT_THAT(check(other).errors, ElementsAre("tlp-original "));
}

TEST(Validator, a_marking_definition_may_not_mark_itself) {
  Json marking = example("marking-definition");
  marking.set("object_marking_refs", Json(Json::Array{*marking.find("id")}));
  EXPECT_THAT(check(marking).errors, ElementsAre("marking-circular /object_marking_refs"));
}

TEST(Validator, the_ids_of_the_specification_are_the_ones_it_expects) {
  const Result<Json> vectors = encoding::parse_json(read_vector("stix/sco_id_vectors.json"));
  ASSERT_TRUE(vectors.has_value());
  std::size_t compared = 0;
  for (const Json& vector : *vectors->if_array()) {
    Json object = *vector.find("props");
    object.set("type", *vector.find("type"));
    object.set("id", *vector.find("id"));
    if (vector.find("id")->is_null()) continue;
    EXPECT_THAT(check(object).warnings, Not(Contains("sco-id /id"))) << encoding::write_json(object);
    ++compared;
  }
  EXPECT_GE(compared, 20U);
  Json wrong = example("mutex");
  EXPECT_THAT(check(wrong).warnings, Contains("sco-id /id"));
}

TEST(Validator, in_a_bundle_an_object_without_spec_version_is_read_as_20) {
  Json object = example("indicator");
  object.erase("spec_version");
  const ObjectPlace in_bundle{.pointer = "/objects/0", .in_bundle = true};
  EXPECT_THAT(check(object, in_bundle).errors, ElementsAre("required-property /objects/0")) << "labels";
  EXPECT_THAT(check(object).errors, Contains("required-property "));
  Json relationship = example("relationship");
  relationship.erase("spec_version");
  EXPECT_THAT(check(relationship, in_bundle).errors, IsEmpty());
}

TEST(Validator, observables_inside_observed_data_refer_to_each_other_by_key) {
  Json object;
  for (const Json& one : every_type())
    if (one.contains("objects")) object = one;
  EXPECT_THAT(check(object).errors, IsEmpty());
  object.find("objects")->find("1")->set("resolves_to_refs", Json(Json::Array{Json("7")}));
  EXPECT_THAT(check(object).errors, ElementsAre("reference-key /objects/1/resolves_to_refs/0"));
  object.find("objects")->find("1")->set("resolves_to_refs", Json(Json::Array{Json("1")}));
  EXPECT_THAT(check(object).errors, IsEmpty()) << "a domain may resolve to a domain";
}

TEST(Validator, interoperability_asks_for_more) {
  Json object = example("indicator");
  object.erase("created_by_ref");
  object.erase("indicator_types");
  EXPECT_THAT(check(object).errors, IsEmpty());
  EXPECT_THAT(check(object, {}, {.interop = true}).errors,
              ElementsAre("interop-property ", "interop-property "));
}

TEST(Validator, a_sink_can_end_the_look_at_an_object) {
  class Once final : public FindingSink {
   public:
    bool take(const Finding&) override {
      ++count;
      return false;
    }
    int count = 0;
  };
  Once once;
  Validator validator;
  validator.validate(R"({"type":"campaign","a":null,"b":null,"c":null})", {}, once);
  EXPECT_EQ(once.count, 1);
}

}  // namespace
}  // namespace parley::stix
