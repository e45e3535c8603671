#include "encoding/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace parley::encoding {
namespace {

using ::testing::HasSubstr;

Json parsed(std::string_view text) {
  const auto json = parse_json(text);
  EXPECT_TRUE(json) << text << ": " << json.error().text();
  return json ? *json : Json();
}

/// "where: why", or nothing when it is accepted.
std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
  const auto json = parse_json(text, limits);
  if (json) return "";
  EXPECT_EQ(json.error().kind, ErrorKind::bad_input);
  return json.error().text();
}

TEST(Json, reads_every_kind_of_value) {
  EXPECT_TRUE(parsed("null").is_null());
  EXPECT_EQ(parsed(" true\n"), Json(true));
  EXPECT_EQ(parsed("-12"), Json(-12));
  EXPECT_EQ(parsed("1.5e2"), Json(150.0));
  EXPECT_EQ(parsed(R"("a\u00e9\n\ud83d\ude00")"), Json("a\u00e9\n\U0001F600"));
  EXPECT_EQ(parsed("[1,[],{}]"), Json::array({1, Json::array(), Json::object()}));
  EXPECT_EQ(parsed(R"({"b":1,"a":{"c":null}})"),
            Json::object({{"b", 1}, {"a", Json::object({{"c", nullptr}})}}));
  EXPECT_EQ(parsed(R"("\u0000")"), Json(std::string(1, '\0')));
}

TEST(Json, keeps_the_order_of_members) {
  EXPECT_EQ(write_json(parsed(R"({"z":1,"a":2,"m":3})")), R"({"z":1,"a":2,"m":3})");
  EXPECT_NE(parsed(R"({"z":1,"a":2})"), parsed(R"({"a":2,"z":1})"));
}

TEST(Json, keeps_integers_exact) {
  for (const char* text : {"9007199254740993", "-9223372036854775808", "9223372036854775807",
                           "9223372036854775808", "18446744073709551615", "0"})
    EXPECT_EQ(write_json(parsed(text)), text);
  EXPECT_EQ(parsed("18446744073709551615").uint_value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parsed("18446744073709551615").int_value(), std::nullopt);
  EXPECT_EQ(parsed("-1").uint_value(), std::nullopt);
  EXPECT_EQ(parsed("-1").int_value(), -1);
  EXPECT_EQ(parsed("1.0").int_value(), std::nullopt);
}

TEST(Json, refuses_numbers_out_of_range) {
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "1e400", "-1e400", "[1e999]",
                           "123456789012345678901234567890"})
    EXPECT_THAT(refusal(text), HasSubstr("fits neither")) << text;
  EXPECT_EQ(refusal("1e-400"), "");  // rounds to zero
}

TEST(Json, compares_numbers_by_value) {
  EXPECT_EQ(Json(1), Json(1.0));
  EXPECT_EQ(Json(0), Json(-0.0));
  EXPECT_NE(Json(1), Json(1.5));
  EXPECT_NE(Json(std::int64_t{9007199254740993}), Json(9007199254740992.0));
  EXPECT_NE(Json(std::numeric_limits<std::int64_t>::max()), Json(0x1p63));
  EXPECT_EQ(Json(std::uint64_t{1} << 63), Json(0x1p63));
  EXPECT_NE(Json(std::numeric_limits<std::uint64_t>::max()), Json(0x1p64));
  EXPECT_NE(Json(1), Json(true));
  EXPECT_NE(Json(0), Json());
}

TEST(Json, says_where_a_text_is_broken) {
  EXPECT_EQ(refusal(""), "byte 0: the JSON text is empty");
  EXPECT_EQ(refusal(std::string_view()), "byte 0: the JSON text is empty");
  EXPECT_EQ(refusal(" "), "byte 1: the text ends where a value must stand");
  EXPECT_EQ(refusal("[1,]"), "byte 3: no JSON value starts here");
  EXPECT_EQ(refusal("[1 2]"), "byte 3: expected a comma or the end of the array or object");
  EXPECT_EQ(refusal(R"({"a" 1})"), "byte 5: expected a colon after the member name");
  EXPECT_EQ(refusal(R"({"a":1,})"), "byte 7: expected a member name in quotes");
  EXPECT_EQ(refusal("{a:1}"), "byte 1: expected a member name in quotes");
  EXPECT_EQ(refusal("[1"), "byte 2: the text ends inside an array or object");
  EXPECT_EQ(refusal("[1}"), "byte 2: expected a comma or the end of the array or object");
  EXPECT_EQ(refusal("1 1"), "byte 2: more text behind the value");
  EXPECT_EQ(refusal("nul"), "byte 0: no JSON value starts here");
  EXPECT_EQ(refusal("01"), "byte 1: more text behind the value");
  EXPECT_EQ(refusal("-"), "byte 1: expected a digit");
  EXPECT_EQ(refusal("1."), "byte 2: expected a digit after the decimal point");
  EXPECT_EQ(refusal("[1e]"), "byte 3: expected a digit in the exponent");
  EXPECT_EQ(refusal("\"ab"), "byte 3: the text ends inside a string");
  EXPECT_EQ(refusal("\"a\nb\""), "byte 2: a control character inside a string must be escaped");
  EXPECT_EQ(refusal(R"(["\x"])"), "byte 2: no such escape");
  EXPECT_EQ(refusal(R"("\u12g4")"), "byte 1: an escape \\u needs four hexadecimal digits");
  EXPECT_EQ(refusal("'a'"), "byte 0: no JSON value starts here");
  EXPECT_EQ(refusal("[1] // no comments"), "byte 4: more text behind the value");
  EXPECT_EQ(refusal(std::string_view("[1]\0", 4)), "byte 3: more text behind the value");
  EXPECT_EQ(refusal("NaN"), "byte 0: no JSON value starts here");
}

TEST(Json, refuses_what_is_not_utf_8) {
  for (const char* text : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                           "\"\xe2\x82\"", "\"\x80\"", "[\"ok\",\"\xc3\"]"})
    EXPECT_THAT(refusal(text), HasSubstr("the bytes are not UTF-8"));
  EXPECT_EQ(refusal("\xef\xbb\xbf{}"), "byte 0: a byte order mark stands before the JSON text; remove it");
  EXPECT_NE(refusal("\xfe\xff"), "");
}

TEST(Json, refuses_lone_surrogates_in_values_and_names) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\ud800")",
                           R"("\ud800\u0041")", R"({"\udfff":1})"})
    EXPECT_THAT(refusal(text), HasSubstr("lone surrogate")) << text;
  EXPECT_EQ(parsed(R"("\ud7ff\ue000")"), Json("\ud7ff\ue000"));
}

TEST(Json, refuses_duplicate_names_with_their_pointer) {
  EXPECT_EQ(refusal(R"({"a":1,"b":2,"a":1})"), "/a: the member name is there twice");
  EXPECT_EQ(refusal(R"([0,{"x/y":{"~":1,"~":2}}])"), "/1/x~1y/~0: the member name is there twice");
  // An escape does not hide the repetition.
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "/a: the member name is there twice");
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(refusal(many + "\"k\":0}"), "");
  EXPECT_EQ(refusal(many + "\"k37\":0}"), "/k37: the member name is there twice");
}

TEST(JsonLimits, bound_the_length) {
  JsonLimits limits;
  limits.max_bytes = 10;
  EXPECT_EQ(refusal("[1,2,3,45]", limits), "");
  EXPECT_THAT(refusal("[1,2,3,456]", limits), HasSubstr("at most 10"));
  EXPECT_EQ(JsonLimits{}.max_bytes, 64U << 20);
}

TEST(JsonLimits, bound_the_depth) {
  const auto nested = [](std::size_t depth, std::string_view core) {
    return std::string(depth, '[') + std::string(core) + std::string(depth, ']');
  };
  JsonLimits limits;
  for (const std::string_view core : {"", "1", "{}"}) {
    const std::size_t own = core == "{}" ? 1 : 0;
    limits.max_depth = 3;
    EXPECT_EQ(refusal(nested(3 - own, core), limits), "") << core;
    EXPECT_THAT(refusal(nested(4 - own, core), limits), HasSubstr("nested too deeply")) << core;
    limits = {};
    EXPECT_EQ(refusal(nested(limits.max_depth - own, core), limits), "") << core;
    EXPECT_THAT(refusal(nested(limits.max_depth + 1 - own, core), limits), HasSubstr("nested too deeply"));
  }
  limits.max_depth = 0;
  EXPECT_EQ(refusal("1", limits), "");
  EXPECT_NE(refusal("[]", limits), "");
  // Hostile nesting ends in a refusal, not in a full stack.
  EXPECT_THAT(refusal(std::string(8'000'000, '[')), HasSubstr("nested too deeply"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(refusal(objects), HasSubstr("nested too deeply"));
}

TEST(JsonLimits, bound_the_number_of_values) {
  JsonLimits limits;
  limits.max_values = 4;
  EXPECT_EQ(refusal("[1,2,3]", limits), "");
  EXPECT_EQ(refusal(R"({"a":1,"b":[2]})", limits), "");
  EXPECT_EQ(refusal("[1,2,3,4]", limits), "/3: more than 4 values");
  EXPECT_EQ(JsonLimits{}.max_values, 4'000'000U);
}

TEST(Json, writes_what_reads_back_equal) {
  for (const char* text : {"null", "true", "[]", "{}", R"({"a":[1,-2.5,"x\"\\/\u0001"],"b":{}})", "1e300",
                           "5e-324", "123456.789", "0.1", "-0.0", "1e20", "[[[0]]]", R"("é😀")"}) {
    const Json value = parsed(text);
    EXPECT_EQ(parsed(write_json(value)), value) << write_json(value);
  }
  EXPECT_EQ(write_json(Json("a\"\\\b\f\n\r\t\x01\x7f/é")), "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f/é\"");
}

TEST(Json, finds_members_and_says_what_is_missing_or_wrong) {
  const Json json =
      parsed(R"({"s":"x","i":-3,"u":18446744073709551615,"b":true,"a":["p","q"],"o":{"k":1},"n":null})");
  EXPECT_EQ(*json.string_member("s"), "x");
  EXPECT_EQ(*json.int_member("i"), -3);
  EXPECT_EQ(*json.uint_member("u"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(*json.bool_member("b"));
  EXPECT_EQ((*json.array_member("a"))->size(), 2U);
  EXPECT_EQ((*json.object_member("o"))->size(), 1U);
  EXPECT_EQ(*json.strings_member("a"), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(**json.optional_string_member("s"), "x");
  EXPECT_EQ(*json.optional_string_member("absent"), std::nullopt);
  EXPECT_TRUE((*json.member("n"))->is_null());
  EXPECT_TRUE(json.contains("n"));
  EXPECT_EQ(json.size(), 7U);

  EXPECT_EQ(json.string_member("absent").error().text(), "/absent: expected a string, the member is missing");
  EXPECT_EQ(json.string_member("i").error().text(), "/i: expected a string");
  EXPECT_FALSE(json.uint_member("i"));
  EXPECT_FALSE(json.int_member("u"));
  EXPECT_FALSE(json.bool_member("s"));
  EXPECT_FALSE(json.array_member("o"));
  EXPECT_FALSE(json.object_member("a"));
  EXPECT_FALSE(json.strings_member("o"));
  EXPECT_FALSE(json.optional_string_member("n"));
  EXPECT_FALSE(json.member("absent"));
  EXPECT_EQ(parsed(R"({"a":["x",1]})").strings_member("a").error().where, "/a/1");
  EXPECT_EQ(Json(3).find("a"), nullptr);
}

TEST(Json, is_built_and_changed) {
  Json json;
  json.set("a", 1);
  json.set("b", "two");
  json.set("a", Json::array());
  json.find("a")->push_back(true);
  EXPECT_EQ(write_json(json), R"({"a":[true],"b":"two"})");
  EXPECT_TRUE(json.erase("a"));
  EXPECT_FALSE(json.erase("a"));
  EXPECT_EQ(json, Json::object({{"b", "two"}}));
  EXPECT_EQ(Json(std::uint32_t{7}).int_value(), 7);
  EXPECT_EQ(Json(std::string_view("v")), Json("v"));
}

// The kept parser must not remember anything of the text before.
TEST(Json, reads_one_text_after_another) {
  const std::string large = "[\"" + std::string(3'000'000, 'x') + "\"]";
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(parsed("[1]"), Json::array({1}));
    EXPECT_NE(refusal("[1"), "");
    EXPECT_EQ(parsed(large).if_array()->front().if_string()->size(), 3'000'000U);
  }
}

}  // namespace
}  // namespace parley::encoding
