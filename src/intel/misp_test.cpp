#include "intel/misp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parley::intel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view uuid = "5be1e65d-8198-497b-bdf5-5ec20a016219";

std::string attribute(std::string_view members) {
  return R"({"uuid":")" + std::string(uuid) + R"(","timestamp":"1542728551",)" + std::string(members) + "}";
}

StixObject read(const std::string& raw) {
  const Result<StixObject> object = MispReader{}.read_attribute(raw);
  EXPECT_TRUE(object) << object.error().text() << raw;
  return object ? *object : StixObject{};
}

std::vector<std::string> selectors(std::string_view type, std::string_view value) {
  std::vector<std::string> warnings;
  std::vector<std::string> out;
  for (const Selector& selector : misp_selectors(type, value, warnings))
    out.push_back(std::string(type_name(selector.type)) + " " + selector.value);
  for (const std::string& warning : warnings) out.push_back("W " + warning);
  return out;
}

TEST(Misp, gives_the_selectors_of_plain_types) {
  EXPECT_THAT(selectors("ip-dst", "192.0.2.1"), ElementsAre("ipv4-addr 192.0.2.1"));
  EXPECT_THAT(selectors("ip-src", "2001:DB8::1"), ElementsAre("ipv6-addr 2001:db8::1"));
  EXPECT_THAT(selectors("hostname", "WWW.example.org"), ElementsAre("domain-name www.example.org"));
  EXPECT_THAT(selectors("url", "hxxp://example[.]org/a"), ElementsAre("url http://example.org/a"));
  EXPECT_THAT(selectors("url", "example.org"), ElementsAre("domain-name example.org"));
  EXPECT_THAT(selectors("uri", "/a/b"), IsEmpty());
  EXPECT_THAT(selectors("uri", "http://example.org/a"), ElementsAre("url http://example.org/a"));
  EXPECT_THAT(selectors("email-src", "a@example.org"), ElementsAre("email-addr a@example.org"));
  EXPECT_THAT(selectors("AS", "AS64496"), ElementsAre("autonomous-system 64496"));
  EXPECT_THAT(selectors("iban", "GB82 WEST 1234 5698 7654 32"), ElementsAre("iban GB82WEST12345698765432"));
  EXPECT_THAT(selectors("vulnerability", "CVE-2021-44228"), ElementsAre("cve CVE-2021-44228"));
  EXPECT_THAT(selectors("mac-address", "02:00:5e:10:00:00"), ElementsAre("mac-addr 02:00:5e:10:00:00"));
  EXPECT_THAT(selectors("x509-fingerprint-sha256", std::string(64, 'a')),
              ElementsAre("x509:sha256 " + std::string(64, 'a')));
}

TEST(Misp, gives_the_selectors_of_each_part_of_composite_types) {
  const std::string sha1(40, 'a');
  EXPECT_THAT(selectors("filename|sha1", "a|" + sha1), ElementsAre("file:sha1 " + sha1));
  EXPECT_THAT(selectors("malware-sample", "a.exe|" + std::string(32, 'b')),
              ElementsAre("file:md5 " + std::string(32, 'b')));
  EXPECT_THAT(selectors("domain|ip", "example.org|192.0.2.1"),
              ElementsAre("ipv4-addr 192.0.2.1", "domain-name example.org"));
  EXPECT_THAT(selectors("ip-dst|port", "192.0.2.1|443"), ElementsAre("ipv4-addr 192.0.2.1"));
  EXPECT_THAT(selectors("hostname|port", "example.org|443"), ElementsAre("domain-name example.org"));
  EXPECT_THAT(selectors("domain|ip", "example.org"), ElementsAre("domain-name example.org"));
}

TEST(Misp, gives_none_for_types_that_have_none_and_a_warning_for_values_that_are_wrong) {
  for (const char* type :
       {"text", "comment", "link", "filename", "pdb", "regkey|value", "port", "", "|", "||"})
    EXPECT_THAT(selectors(type, "x|y"), IsEmpty()) << type;
  EXPECT_THAT(selectors("md5", "abc"), ElementsAre(HasSubstr("no file:md5")));
}

TEST(Misp, reads_an_attribute_and_keeps_its_bytes) {
  const std::string raw = attribute(
      R"("type":"domain","value":"example.org","to_ids":false,"x":1.50,"first_seen":"2024-01-01T00:00:00+01:00",
     "Tag":[{"name":"tlp:amber"},{"name":"PAP:RED"},{"name":"actor"}])");
  const StixObject object = read(raw);
  EXPECT_EQ(object.id, "x-misp-attribute--" + std::string(uuid));
  EXPECT_EQ(object.type, "x-misp-attribute");
  EXPECT_EQ(object.version, "2018-11-20T15:42:31Z");
  EXPECT_EQ(object.first_seen, *parse_time("2023-12-31T23:00:00Z"));
  EXPECT_THAT(object.labels, ElementsAre("tlp:amber", "PAP:RED", "actor"));
  EXPECT_EQ(object.marking, (Marking{.tlp = TlpLevel::amber, .pap = PapLevel::red}));
  EXPECT_EQ(object.raw, raw);
}

TEST(Misp, takes_numbers_and_texts_alike) {
  const StixObject object =
      read(R"({"uuid":")" + std::string(uuid) +
           R"(","timestamp":1542728551,"type":"AS","value":64496,"deleted":"0","to_ids":"1"})");
  EXPECT_EQ(object.version, "2018-11-20T15:42:31Z");
  EXPECT_THAT(object.selectors, SizeIs(1));
  EXPECT_FALSE(object.revoked);
}

TEST(Misp, keeps_a_deleted_attribute_without_selectors) {
  for (const char* deleted : {"true", "1", "\"1\""}) {
    const StixObject object =
        read(attribute(R"("type":"domain","value":"example.org","deleted":)" + std::string(deleted)));
    EXPECT_TRUE(object.revoked);
    EXPECT_THAT(object.selectors, IsEmpty());
  }
}

TEST(Misp, takes_links_to_reports_for_what_they_are) {
  EXPECT_THAT(
      read(
          attribute(
              R"("type":"url","category":"External analysis","to_ids":false,"value":"https://example.org/report")"))
          .selectors,
      IsEmpty());
  EXPECT_THAT(
      read(
          attribute(
              R"("type":"url","category":"External analysis","to_ids":true,"value":"https://example.org/report")"))
          .selectors,
      SizeIs(1));
  EXPECT_THAT(
      read(
          attribute(
              R"("type":"url","category":"Network activity","to_ids":false,"value":"https://example.org/report")"))
          .selectors,
      SizeIs(1));
}

TEST(Misp, takes_tags_that_name_no_level_as_an_unknown_marking) {
  for (const char* tags : {R"([{"name":"tlp:ex:chr"}])", R"([{"name":"PAP:x"}])", R"([7])",
                           R"({"name":"tlp:green"})", R"([{"colour":"x"}])"})
    EXPECT_TRUE(read(attribute(R"("type":"domain","value":"example.org","Tag":)" + std::string(tags)))
                    .marking.unknown)
        << tags;
  EXPECT_TRUE(read(attribute(R"("type":"domain","value":"example.org","Tag":null)")).marking.is_absent());
}

TEST(Misp, refuses_an_attribute_without_uuid_type_or_value) {
  MispReader reader;
  EXPECT_FALSE(reader.read_attribute(R"({"type":"md5","value":"x"})"));
  EXPECT_FALSE(reader.read_attribute(R"({"uuid":"7","type":"md5","value":"x"})"));
  EXPECT_FALSE(reader.read_attribute(attribute(R"("value":"x")")));
  EXPECT_FALSE(reader.read_attribute(attribute(R"("type":"md5")")));
  EXPECT_FALSE(reader.read_attribute(attribute(R"("type":"md5","value":"x","value":"y")")));
  EXPECT_FALSE(reader.read_attribute("[]"));
}

TEST(Misp, puts_the_marking_tags_and_creator_of_the_event_on_its_attributes) {
  const Result<MispEvent> event = MispReader{}.read_event(
      R"({"uuid":"5be1e65d-8198-497b-bdf5-5ec20a016210","info":"x","timestamp":"0","Orgc":{"uuid":"55f6ea5e-51ac-4344-bc8c-4170950d210f"},"Tag":[{"name":"tlp:red"},{"name":"actor"}]})");
  ASSERT_TRUE(event);
  StixObject object = read(
      attribute(R"("type":"domain","value":"example.org","Tag":[{"name":"tlp:green"},{"name":"actor"}])"));
  join_event(object, *event);
  EXPECT_EQ(object.marking.tlp, TlpLevel::red);
  EXPECT_THAT(object.labels, ElementsAre("tlp:green", "actor", "tlp:red"));
  EXPECT_EQ(object.created_by, "identity--55f6ea5e-51ac-4344-bc8c-4170950d210f");
  EXPECT_THAT(object.refs,
              ElementsAre(StixReference{"event_ref", "x-misp-event--5be1e65d-8198-497b-bdf5-5ec20a016210"}));
}

}  // namespace
}  // namespace parley::intel
