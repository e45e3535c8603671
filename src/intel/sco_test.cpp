#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "encoding/json.hpp"
#include "intel/sco_id.hpp"
#include "intel/stix.hpp"

namespace parley::intel {
namespace {

using encoding::Json;

std::string vectors_text() {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/tests/vectors/stix/sco_id_vectors.json",
                     std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ScoId, gives_the_ids_of_the_22_vectors) {
  const Result<Json> vectors = encoding::parse_json(vectors_text());
  ASSERT_TRUE(vectors) << vectors.error().text();
  int checked = 0;
  for (const Json& vector : *vectors->if_array()) {
    Json object = **vector.member("props");
    const std::string type = *vector.string_member("type");
    object.set("type", type);
    ++checked;
    if (type == "process") {  // no contributing properties: random
      EXPECT_EQ(sco_id(object), std::nullopt);
    } else {
      EXPECT_EQ(sco_id(object), *vector.string_member("id"));
    }
  }
  EXPECT_EQ(checked, 22);
}

TEST(ScoId, is_absent_for_what_has_none) {
  EXPECT_EQ(sco_id(*encoding::parse_json(R"({"type":"indicator","name":"x"})")), std::nullopt);
  EXPECT_EQ(sco_id(*encoding::parse_json(R"({"type":"file","size":1})")), std::nullopt);
  EXPECT_EQ(sco_id(*encoding::parse_json(R"({"value":"x"})")), std::nullopt);
}

TEST(ScoId, makes_the_uuid5_of_rfc_9562) {
  // RFC 9562 appendix A.4: namespace DNS, name www.example.com.
  constexpr ByteArray<16> dns{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                              0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
  EXPECT_EQ(make_uuid5(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

class MakeSco : public testing::TestWithParam<std::pair<SelectorType, std::string>> {};

TEST_P(MakeSco, gives_an_object_that_reads_back_to_the_same_selector) {
  const Selector selector{GetParam().first, GetParam().second};
  const std::string json = make_sco(selector, TlpLevel::amber_strict);
  const Result<StixObject> object = read_stix_object(json);
  ASSERT_TRUE(object) << object.error().text() << json;
  ASSERT_EQ(object->selectors.size(), 1U) << json;
  EXPECT_EQ(object->selectors[0], selector);
  EXPECT_EQ(object->marking, (Marking{.tlp = TlpLevel::amber_strict, .pap = {}}));
  EXPECT_EQ(object->raw, json);
  const Result<Json> tree = encoding::parse_json(json);
  ASSERT_TRUE(tree);
  if (object->type != "x-parley-selector") {
    EXPECT_EQ(sco_id(*tree), object->id);
  }
  EXPECT_EQ(make_sco(selector, TlpLevel::amber_strict), json);
}

INSTANTIATE_TEST_SUITE_P(of_each_type, MakeSco,
                         testing::Values(std::pair{SelectorType::ipv4_addr, "192.0.2.1"},
                                         std::pair{SelectorType::ipv6_addr, "2001:db8::1"},
                                         std::pair{SelectorType::domain_name, "example.org"},
                                         std::pair{SelectorType::url, "https://example.org/a%22b?c=%27d%27"},
                                         std::pair{SelectorType::email_addr, "a@example.org"},
                                         std::pair{SelectorType::file_md5, std::string(32, 'a')},
                                         std::pair{SelectorType::file_sha1, std::string(40, 'a')},
                                         std::pair{SelectorType::file_sha256, std::string(64, 'a')},
                                         std::pair{SelectorType::file_sha512, std::string(128, 'a')},
                                         std::pair{SelectorType::x509_sha256, std::string(64, 'c')},
                                         std::pair{SelectorType::autonomous_system, "64496"},
                                         std::pair{SelectorType::mac_addr, "02:00:5e:10:00:00"},
                                         std::pair{SelectorType::iban, "GB82WEST12345698765432"},
                                         std::pair{SelectorType::btc, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"},
                                         std::pair{SelectorType::cve, "CVE-2021-44228"}));

TEST(MakeScoObject, has_the_id_that_stix_prescribes) {
  EXPECT_EQ(
      make_sco(Selector{SelectorType::ipv4_addr, "198.51.100.3"}, std::nullopt),
      R"({"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"})");
}

TEST(MakeScoObject, carries_no_marking_when_none_was_given) {
  const Result<StixObject> object =
      read_stix_object(make_sco(Selector{SelectorType::iban, "GB82WEST12345698765432"}, std::nullopt));
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->marking.is_absent());
}

}  // namespace
}  // namespace parley::intel
