#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

/// An attribute of an object: relation, type, value, to_ids.
struct Part {
  const char* relation;
  const char* type;
  const char* value;
  bool to_ids = false;
  const char* data = nullptr;
};

/// A MISP object with attributes that are numbered through.
std::string object_json(const std::string& name, const std::vector<Part>& parts,
                        const std::string& more = {}) {
  std::string out = R"({"name":")" + name +
                    R"(","meta-category":"network","uuid":"5e8b7f3a-0000-4000-8000-00000000b001",)"
                    R"("timestamp":"1700000100","comment":"found",)" +
                    more + R"("Attribute":[)";
  int number = 0;
  for (const Part& part : parts) {
    out += number == 0 ? "" : ",";
    out += R"({"uuid":"5e8b7f3a-0000-4000-8000-00000000c)" + std::to_string(100 + number++) +
           R"(","object_relation":")" + part.relation + R"(","type":")" + part.type +
           R"(","category":"Other","comment":"c","timestamp":"1700000100","value":")" + part.value +
           R"(","to_ids":)" + (part.to_ids ? "true" : "false") +
           (part.data != nullptr ? R"(,"data":")" + std::string(part.data) + "\"" : "") + "}";
  }
  return out + "]}";
}

/// (relation, value) of every attribute of every object, each with "!" where it is to_ids.
std::vector<std::string> said(const Event& event) {
  std::vector<std::string> out;
  for (const AttributeView& one : event.attributes())
    out.push_back((one.to_ids ? "!" : "") + std::string(one.relation) + "=" + std::string(one.value));
  std::ranges::sort(out);
  return out;
}

const std::map<std::string, std::vector<Part>>& objects_with_a_form() {
  static const std::map<std::string, std::vector<Part>> all{
      {"artifact",
       {{"sha256", "sha256", "3333333333333333333333333333333333333333333333333333333333333333", true},
        {"payload_bin", "attachment", "payload", false, "aGVsbG8="},
        {"mime_type", "mime-type", "text/plain", true},
        {"encryption_algorithm", "text", "mime-type-indicated"},
        {"decryption_key", "text", "k"}}},
      {"asn", {{"asn", "AS", "64496", true}, {"description", "text", "Example"}, {"country", "text", "XX"}}},
      {"attack-pattern",
       {{"name", "text", "Phishing"}, {"summary", "text", "s"}, {"id", "text", "CAPEC-98"}}},
      {"course-of-action", {{"name", "text", "Block"}, {"description", "text", "d"}}},
      {"credential", {{"username", "text", "u", true}, {"password", "text", "p", true}}},
      {"directory", {{"path", "text", "/tmp/x"}}},
      {"domain-ip", {{"domain", "domain", "evil.example.org", true}, {"ip", "ip-dst", "192.0.2.1", true}}},
      {"email",
       {{"from", "email-src", "a@example.org", true},
        {"from-display-name", "email-src-display-name", "A"},
        {"to", "email-dst", "b@example.org"},
        {"to", "email-dst", "c@example.org"},
        {"subject", "email-subject", "it's \\\\ here", true},
        {"attachment", "email-attachment", "a.doc", true},
        {"email-body", "email-body", "hello"}}},
      {"file",
       {{"filename", "filename", "a'b.exe", true},
        {"sha256", "sha256", "3333333333333333333333333333333333333333333333333333333333333333", true},
        {"md5", "md5", "00000000000000000000000000000000"},
        {"size-in-bytes", "size-in-bytes", "1024"},
        {"path", "text", "/tmp"},
        {"entropy", "float", "7.5"}}},
      {"geolocation",
       {{"countrycode", "text", "BE"},
        {"latitude", "float", "50.8"},
        {"text", "text", "a place"},
        {"longitude", "float", "4.3"}}},
      {"ip-port",
       {{"ip-dst", "ip-dst", "192.0.2.1", true}, {"dst-port", "port", "443", true}, {"text", "text", "t"}}},
      {"malware", {{"name", "text", "Evil"}, {"is_family", "boolean", "1"}, {"alias", "text", "Bad"}}},
      {"mutex", {{"name", "text", "m", true}, {"operating-system", "text", "x"}}},
      {"network-connection",
       {{"ip-src", "ip-src", "2001:db8::1", true},
        {"hostname-dst", "hostname", "evil.example.org", true},
        {"dst-port", "port", "53", true},
        {"layer4-protocol", "text", "udp"}}},
      {"organization",
       {{"name", "text", "CERT Alpha"},
        {"e-mail", "email-src", "a@example.org"},
        {"role", "text", "victim"}}},
      {"process",
       {{"pid", "text", "123"},
        {"command-line", "text", "evil.exe -x", true},
        {"image", "filename", "evil.exe", true},
        {"parent-pid", "text", "1"},
        {"child-pid", "text", "124"}}},
      {"registry-key",
       {{"key", "regkey", "HKLM\\\\Software\\\\Evil", true}, {"data", "text", "x"}, {"name", "text", "n"}}},
      {"twitter-account", {{"id", "text", "1"}, {"name", "text", "evil", true}}},
      {"url", {{"url", "url", "https://evil.example.org/x", true}, {"domain", "domain", "evil.example.org"}}},
      {"user-account",
       {{"username", "text", "root", true}, {"disabled", "boolean", "1"}, {"group", "text", "wheel"}}},
      {"vulnerability", {{"id", "vulnerability", "CVE-2026-0001"}, {"description", "text", "s"}}},
      {"x509",
       {{"x509-fingerprint-sha1", "x509-fingerprint-sha1", "1111111111111111111111111111111111111111", true},
        {"issuer", "text", "CN=x"},
        {"dns_names", "hostname", "evil.example.org"}}},
      {"hashlookup",
       {{"MD5", "md5", "00000000000000000000000000000000", true},
        {"FileName", "filename", "a.exe", true},
        {"FileSize", "size-in-bytes", "12"},
        {"source", "text", "NSRL"}}},
      {"http-request",
       {{"ip-src", "ip-src", "192.0.2.1", true},
        {"ip-dst", "ip-dst", "192.0.2.2"},
        {"host", "hostname", "evil.example.org", true},
        {"method", "http-method", "POST", true},
        {"uri", "uri", "/x", true},
        {"user-agent", "user-agent", "agent", true}}},
      {"image",
       {{"filename", "filename", "a.png", true},
        {"attachment", "attachment", "b.png", false, "aGVsbG8="},
        {"url", "url", "https://example.org/a.png"}}},
      {"lnk",
       {{"filename", "filename", "a.lnk", true},
        {"path", "text", "/tmp"},
        {"machine-identifier", "text", "m", true}}},
      {"malware-analysis",
       {{"product", "text", "sandbox"},
        {"result", "text", "malicious"},
        {"module", "text", "m"},
        {"text", "text", "t"}}},
      {"netflow",
       {{"ip-src", "ip-src", "192.0.2.1", true},
        {"src-as", "AS", "64496"},
        {"ip-dst", "ip-dst", "2001:db8::1"},
        {"dst-as", "AS", "64497", true},
        {"byte-count", "counter", "100"},
        {"tcp-flags", "text", "00000002"},
        {"flow-count", "counter", "1"}}},
      {"nova-rule", {{"raw-rule", "text", "rule x {}", true}, {"rule-name", "text", "x"}}},
      {"owasp-crs-rule", {{"raw-rule", "text", "SecRule x", true}, {"message", "text", "m"}}},
      {"script",
       {{"filename", "filename", "a.ps1"},
        {"language", "text", "PowerShell"},
        {"state", "text", "Malicious"}}},
      {"stix2-pattern",
       {{"stix2-pattern", "stix2-pattern", "[mutex:name = 'm']", true}, {"version", "text", "2.1"}}},
      {"wazuh-rule", {{"wazuh-rule", "text", "<rule/>", true}, {"rule-id", "text", "1"}}},
      {"yara", {{"yara", "yara", "rule x { condition: true }", true}, {"yara-rule-name", "text", "x"}}},
  };
  return all;
}

TEST(StixObject, objects_have_a_form_of_their_own_and_come_back_as_they_were) {
  for (const auto& [name, parts] : objects_with_a_form()) {
    const Event event = event_of(R"("Object":[)" + object_json(name, parts) + "]");
    StixReport report;
    const Value bundle = to_stix(event, &report);
    EXPECT_EQ(report.custom_objects, 0U) << name;
    EXPECT_EQ(find(bundle, "x-misp-"), nullptr) << name;
    const Result<Event> back = from_stix(bundle);
    ASSERT_TRUE(back) << name << back.error().text();
    ASSERT_EQ(back->json().elements("Object").size(), 1U) << name;
    EXPECT_THAT(back->json().elements("Attribute"), IsEmpty()) << name << write_value(back->json());
    const Value& before = event.json().elements("Object").front();
    const Value& after = back->json().elements("Object").front();
    for (const char* member : {"uuid", "name", "meta-category", "comment", "timestamp"})
      EXPECT_EQ(after.text(member), before.text(member)) << name;
    const auto old = event.attributes();
    const auto came = back->attributes();
    ASSERT_EQ(came.size(), old.size()) << name;
    for (std::size_t i = 0; i < old.size(); ++i)
      for (const char* member :
           {"uuid", "object_relation", "type", "value", "category", "comment", "to_ids", "timestamp"})
        EXPECT_EQ(came[i].json->text(member), old[i].json->text(member)) << name << " " << member;
  }
}

TEST(StixObject, what_another_converter_made_comes_back_by_its_properties) {
  for (const auto& [name, parts] : objects_with_a_form()) {
    const Event event = event_of(R"("Object":[)" + object_json(name, parts) + "]");
    Value bundle = to_stix(event);
    for (Value& object : *bundle.find("objects")->if_array())
      for (const char* ours : {"x_misp_attributes", "x_misp_name", "x_misp_meta_category", "x_misp_comment"})
        object.erase(ours);
    const Result<Event> back = from_stix(bundle);
    ASSERT_TRUE(back) << name << back.error().text();
    ASSERT_EQ(back->json().elements("Object").size(), 1U) << name;
    EXPECT_EQ(said(*back), said(event)) << name;
    EXPECT_EQ(back->json().elements("Object").front().text("name"), name);
  }
}

TEST(StixObject, what_is_to_ids_is_looked_for_and_based_on_what_was_seen) {
  const Event event =
      event_of(R"("Object":[)" +
               object_json("file", {{"filename", "filename", "a'b.exe", true},
                                    {"sha1", "sha1", "1111111111111111111111111111111111111111", true},
                                    {"md5", "md5", "00000000000000000000000000000000"}}) +
               "]");
  const Value bundle = to_stix(event);
  const Value* file = find(bundle, "file--5e8b7f3a-0000-4000-8000-00000000b001");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->text("name"), "a'b.exe");
  EXPECT_EQ(file->find("hashes")->text("MD5"), "00000000000000000000000000000000");
  const Value* indicator = find(bundle, "indicator--");
  ASSERT_NE(indicator, nullptr);
  EXPECT_EQ(indicator->text("pattern"),
            "[file:hashes.'SHA-1' = '1111111111111111111111111111111111111111' AND file:name = 'a\\'b.exe']");
  const Value* based = find(bundle, "relationship--");
  ASSERT_NE(based, nullptr);
  EXPECT_EQ(based->text("relationship_type"), "based-on");
  EXPECT_TRUE(based->text("target_ref").starts_with("observed-data--"));
}

TEST(StixObject, what_lacks_what_stix_requires_stays_an_object_of_misp) {
  for (const auto& [name, part] : std::initializer_list<std::pair<const char*, Part>>{
           {"file", {"entropy", "float", "7.5"}},
           {"file", {"md5", "md5", "no hash"}},
           {"asn", {"asn", "AS", "Example"}},
           {"domain-ip", {"ip", "ip-dst", "192.0.2.1"}},
           {"ip-port", {"dst-port", "port", "80"}},
           {"malware", {"name", "text", "Evil"}},
           {"geolocation", {"latitude", "float", "50.8"}},
           {"user-account", {"email", "email", "a@example.org"}},
           {"artifact", {"url", "url", "https://example.org/"}},
           {"malware-analysis", {"product", "text", "sandbox"}},
           {"http-request", {"method", "http-method", "GET"}},
           {"netflow", {"src-as", "AS", "64496", true}},
           {"stix2-pattern", {"stix2-pattern", "stix2-pattern", "[ipv4-addr:value = ]", true}},
           {"never-heard-of", {"x", "text", "x"}}}) {
    const Value bundle = to_stix(event_of(R"("Object":[)" + object_json(name, {part}) + "]"));
    EXPECT_NE(find(bundle, "x-misp-object--"), nullptr) << name << write_value(bundle);
  }
}

TEST(StixObject, tags_sightings_and_references_of_objects_come_back) {
  const std::string inside =
      R"("Tag":[{"name":"tlp:green"}],"Attribute":[{"uuid":"5e8b7f3a-0000-4000-8000-00000000a001","type":"domain",
      "category":"Network activity","value":"other.example.org","to_ids":false}],"Object":[{"name":"url",
      "meta-category":"network","uuid":"5e8b7f3a-0000-4000-8000-00000000b001","timestamp":"1700000100","comment":"",
      "template_version":"10","first_seen":"2023-11-01T00:00:00Z",
      "ObjectReference":[{"uuid":"5e8b7f3a-0000-4000-8000-00000000f001","relationship_type":"related-to",
      "referenced_uuid":"5e8b7f3a-0000-4000-8000-00000000a001","timestamp":"1700000100"}],
      "Attribute":[{"uuid":"5e8b7f3a-0000-4000-8000-00000000c001","object_relation":"url","type":"url",
      "category":"Network activity","value":"https://evil.example.org/","to_ids":true,"timestamp":"1700000200",
      "Tag":[{"name":"tlp:red"},{"name":"kind"}],"Sighting":[{"uuid":"5e8b7f3a-0000-4000-8000-00000000e001",
      "type":"0","date_sighting":"1700000300"}]}]}])";
  const Value bundle = to_stix(event_of(inside));
  for (const char* one : {"url--", "observed-data--5e8b7f3a-0000-4000-8000-00000000b001", "indicator--"})
    EXPECT_THAT(write_value(*find(bundle, one)), HasSubstr("5e57c739-391a-4eb3-b6be-7d15ca92d5ed")) << one;
  const Result<Event> back = from_stix(bundle);
  ASSERT_TRUE(back) << back.error().text();
  const Value& object = back->json().elements("Object").at(0);
  EXPECT_EQ(object.text("template_version"), "10");
  EXPECT_EQ(object.text("first_seen"), "2023-11-01T00:00:00Z");
  ASSERT_EQ(object.elements("ObjectReference").size(), 1U);
  EXPECT_EQ(object.elements("ObjectReference")[0].text("uuid"), "5e8b7f3a-0000-4000-8000-00000000f001");
  EXPECT_EQ(object.elements("ObjectReference")[0].text("referenced_uuid"),
            "5e8b7f3a-0000-4000-8000-00000000a001");
  const Value& attribute = object.elements("Attribute").at(0);
  EXPECT_EQ(attribute.text("timestamp"), "1700000200");
  ASSERT_EQ(attribute.elements("Tag").size(), 2U);
  EXPECT_EQ(attribute.elements("Tag")[0].text("name"), "tlp:red");
  ASSERT_EQ(attribute.elements("Sighting").size(), 1U);
  EXPECT_EQ(attribute.elements("Sighting")[0].text("uuid"), "5e8b7f3a-0000-4000-8000-00000000e001");
}

}  // namespace
}  // namespace parley::misp
