#include "encoding/canonical.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace parley::encoding {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR) + "/tests/vectors/jcs/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string canonical(std::string_view text) {
  const auto json = parse_json(text);
  EXPECT_TRUE(json) << text;
  const auto out = json ? canonical_json(*json) : fail(ErrorKind::bad_input, "");
  EXPECT_TRUE(out) << text << ": " << out.error().text();
  return out ? *out : "";
}

TEST(CanonicalJson, gives_the_forms_of_rfc_8785) {
  for (const char* name : {"arrays", "french", "structures", "unicode", "values", "weird"})
    EXPECT_EQ(canonical(file("input/" + std::string(name) + ".json")),
              file("output/" + std::string(name) + ".json"))
        << name;
}

TEST(CanonicalJson, writes_the_numbers_of_rfc_8785) {
  std::istringstream lines(file("numbers.txt"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const double value = std::bit_cast<double>(std::stoull(line.substr(0, 16), nullptr, 16));
    EXPECT_EQ(ecmascript_number(value), line.substr(17)) << line;
    ++count;
  }
  EXPECT_EQ(count, 24);
}

TEST(CanonicalJson, sorts_names_by_utf_16_code_units) {
  // U+1F600 is d83d de00 in UTF-16, before U+FB33 and U+E000, after U+D7FF; in UTF-8 it is the last.
  EXPECT_EQ(canonical("{\"\uFB33\":1,\"\U0001F600\":2,\"\uD7FF\":3,\"\uE000\":4,\"\U0001F601\":5}"),
            "{\"\uD7FF\":3,\"\U0001F600\":2,\"\U0001F601\":5,\"\uE000\":4,\"\uFB33\":1}");
  EXPECT_EQ(canonical(R"({"b":1,"":2,"aa":3,"a":4,"B":5,"10":6,"9":7})"),
            R"({"":2,"10":6,"9":7,"B":5,"a":4,"aa":3,"b":1})");
}

TEST(CanonicalJson, writes_integers_with_all_their_digits_as_far_as_doubles_carry_them) {
  EXPECT_EQ(canonical("9007199254740991"), "9007199254740991");
  EXPECT_EQ(canonical("-9007199254740992"), "-9007199254740992");
  EXPECT_EQ(canonical("[0,-0,-0.0,1.0,10e-1]"), "[0,0,0,1,1]");
  EXPECT_EQ(canonical("1000000000000000000"), "1000000000000000000");
  EXPECT_EQ(canonical("1e18"), "1000000000000000000");
  for (const char* text : {"9007199254740993", "-9007199254740993", "18446744073709551615",
                           "1152921504606846976", "1.152921504606846976e18", "1e20"})
    EXPECT_FALSE(canonical_json(*parse_json(text))) << text;
  EXPECT_EQ(canonical_json(*parse_json("{\"a\":[0,18446744073709551615]}")).error().where, "/a/1");
}

TEST(CanonicalJson, refuses_what_has_no_canonical_form) {
  EXPECT_EQ(canonical_json(Json::object({{"a", 1}, {"b", Json("\xff")}})).error().where, "/b");
  EXPECT_EQ(canonical_json(Json::object({{"\xc3", 1}})).error().message, "the string is not UTF-8");
  EXPECT_EQ(canonical_json(Json::object({{"a", 1}, {"b", 1}, {"a", 2}})).error().where, "/a");
  Json deep = 1;
  for (int i = 0; i < 512; ++i) deep = Json(Json::Array{std::move(deep)});
  EXPECT_TRUE(canonical_json(deep));
  deep = Json(Json::Array{std::move(deep)});
  EXPECT_FALSE(canonical_json(deep));
}

RC_GTEST_PROP(CanonicalJson, reads_every_double_back, (std::uint64_t bits)) {
  const double value = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(value));
  const std::string text = ecmascript_number(value);
  RC_ASSERT(std::strtod(text.c_str(), nullptr) == value);
  const auto written = canonical_json(Json(value));
  if (written) RC_ASSERT(*parse_json(*written) == Json(value));
  RC_ASSERT(written || (std::abs(value) > 0x1p53 && std::abs(value) < 1e21));
}

RC_GTEST_PROP(CanonicalJson, does_not_depend_on_the_order_of_members,
              (const std::vector<std::string>& keys)) {
  Json::Object forwards;
  for (const std::string& key : keys) {
    std::string name = "k";
    for (const char c : key) name += std::to_string(static_cast<unsigned char>(c)) + ".";
    if (Json(forwards).find(name) == nullptr) forwards.emplace_back(name, 1);
  }
  Json::Object backwards(forwards.rbegin(), forwards.rend());
  RC_ASSERT(*canonical_json(Json(forwards)) == *canonical_json(Json(backwards)));
}

}  // namespace
}  // namespace parley::encoding
