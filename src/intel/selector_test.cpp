#include "intel/selector.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "encoding/json.hpp"

namespace parley::intel {
namespace {

encoding::Json read_vectors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return encoding::parse_json(text).value();
}

std::filesystem::path vectors_of(SelectorType type) {
  std::string name(type_name(type));
  for (char& c : name)
    if (c == ':') c = '-';
  return std::filesystem::path(PARLEY_SOURCE_DIR "/tests/vectors/selector") / (name + ".json");
}

TEST(SelectorVectors, hold_for_every_supported_type_and_refuse_at_least_as_often_as_they_accept) {
  for (const SelectorType type : all_selector_types()) {
    if (!is_supported(type)) continue;
    const encoding::Json file = read_vectors(vectors_of(type));
    EXPECT_EQ(file.string_member("type").value(), type_name(type));
    EXPECT_EQ(file.string_member("version").value(), selector_version);
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (const encoding::Json& vector : *file.array_member("vectors").value()) {
      const std::string raw = vector.string_member("raw").value();
      const auto selector = canonical_selector(type, raw);
      if (vector.contains("refused")) {
        ++refused;
        EXPECT_FALSE(selector) << type_name(type) << ": " << raw << " gave " << selector->value;
        continue;
      }
      ++accepted;
      ASSERT_TRUE(selector) << type_name(type) << ": " << raw << ": " << selector.error().message;
      EXPECT_EQ(selector->value, vector.string_member("value").value()) << raw;
      EXPECT_EQ(canonical_selector(type, selector->value).value(), *selector);
    }
    EXPECT_GE(accepted + refused, 10U) << type_name(type);
    EXPECT_GE(refused, accepted) << type_name(type);
  }
}

TEST(Selector, refuses_types_that_are_only_names_yet) {
  std::size_t names_only = 0;
  for (const SelectorType type : all_selector_types()) {
    if (is_supported(type)) continue;
    ++names_only;
    const auto selector = canonical_selector(type, "anything");
    ASSERT_FALSE(selector);
    EXPECT_EQ(selector.error().kind, ErrorKind::bad_input);
    EXPECT_NE(selector.error().message.find("not in selector/1 yet"), std::string::npos);
  }
  EXPECT_EQ(names_only, 5U);
}

TEST(Selector, names_and_numbers_stand_for_each_other) {
  for (const SelectorType type : all_selector_types()) EXPECT_EQ(parse_selector_type(type_name(type)), type);
  EXPECT_EQ(parse_selector_type("IPv4-addr"), std::nullopt);
  EXPECT_EQ(parse_selector_type(""), std::nullopt);
  EXPECT_EQ(type_name(SelectorType::file_sha256), "file:sha256");
  EXPECT_EQ(static_cast<int>(SelectorType::cve), 23);
}

TEST(Selector, is_written_as_type_zero_value_and_read_back) {
  const auto selector =
      canonical_selector(SelectorType::file_md5, "900150983CD24FB0D6963F7D28E17F72").value();
  const Bytes bytes = selector_bytes(selector);
  EXPECT_EQ(as_text(bytes), std::string_view("file:md5\0"
                                             "900150983cd24fb0d6963f7d28e17f72",
                                             41));
  EXPECT_EQ(selector_from_bytes(bytes).value(), selector);
}

TEST(Selector, is_not_read_from_bytes_that_are_not_canonical) {
  using std::string_view_literals::operator""sv;
  EXPECT_FALSE(selector_from_bytes(as_bytes("domain-name\0EXAMPLE.org"sv)));
  EXPECT_FALSE(selector_from_bytes(as_bytes("domain-name\0example.org "sv)));
  EXPECT_FALSE(selector_from_bytes(as_bytes("domain\0example.org"sv)));
  EXPECT_FALSE(selector_from_bytes(as_bytes("domain-name"sv)));
  EXPECT_FALSE(selector_from_bytes(as_bytes("domain-name\0"sv)));
  EXPECT_FALSE(selector_from_bytes(as_bytes("domain-name\0example.org\0"sv)));
  EXPECT_FALSE(selector_from_bytes(as_bytes(""sv)));
}

TEST(Selector, bounds_what_goes_in_and_what_comes_out) {
  const std::string fits = "http://example.org/" + std::string(max_selector_bytes - 19, 'a');
  EXPECT_TRUE(canonical_selector(SelectorType::url, fits));
  EXPECT_FALSE(canonical_selector(SelectorType::url, fits + "a"));
  const std::string grows = "http://example.org/" + std::string(4000, ' ') + "a";  // %20 triples
  EXPECT_FALSE(canonical_selector(SelectorType::url, grows));
}

RC_GTEST_PROP(Selector, canonical_form_of_a_canonical_value_is_itself, (const std::string& raw)) {
  for (const SelectorType type : all_selector_types()) {
    const auto once = canonical_selector(type, raw);
    if (once) RC_ASSERT(canonical_selector(type, once->value).value() == *once);
  }
}

RC_GTEST_PROP(Selector, every_ipv4_address_has_exactly_one_spelling,
              (std::uint8_t a, std::uint8_t b, std::uint8_t c)) {
  const std::string text = std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c) + ".7";
  RC_ASSERT(canonical_selector(SelectorType::ipv4_addr, text).value().value == text);
  RC_ASSERT(!canonical_selector(SelectorType::ipv4_addr, "0" + text));
  RC_ASSERT(!canonical_selector(SelectorType::domain_name, text));
}

TEST(Selector, of_a_kind_takes_words_of_other_formats) {
  const auto value = [](std::string_view kind, std::string_view raw) {
    const auto selector = selector_of_kind(kind, raw);
    return selector ? std::string(type_name(selector->type)) + " " + selector->value : "refused";
  };
  EXPECT_EQ(value("ip-dst", "192[.]0.2.1"), "ipv4-addr 192.0.2.1");
  EXPECT_EQ(value("IP", "2001:db8::1"), "ipv6-addr 2001:db8::1");
  EXPECT_EQ(value("ip_dst|port", "192.0.2.1|80"), "ipv4-addr 192.0.2.1");
  EXPECT_EQ(value("domain|ip", "example.org|192.0.2.1"), "domain-name example.org");
  EXPECT_EQ(value("filename|md5", "a.exe|900150983cd24fb0d6963f7d28e17f72"),
            "file:md5 900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(value("Hash", "A9993E364706816ABA3E25717850C26C9CD0D89D"),
            "file:sha1 a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(value("url", "hxxp://example[.]org"), "url http://example.org/");
  EXPECT_EQ(value("file:sha1", "A9993E364706816ABA3E25717850C26C9CD0D89D"),
            "file:sha1 a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(value("ip", "example.org"), "refused");
  EXPECT_EQ(value("domain", "192.0.2.1"), "refused");
  EXPECT_NE(selector_of_kind("phone-number", "+441632960000").error().message.find("not in selector/1 yet"),
            std::string::npos);
  EXPECT_NE(selector_of_kind("colour", "red").error().message.find("colour"), std::string::npos);
}

}  // namespace
}  // namespace parley::intel
