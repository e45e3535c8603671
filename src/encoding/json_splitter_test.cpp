#include "encoding/json_splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace parley::encoding {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Recorder final : public SplitSink {
 public:
  Result<void> item(const SplitPiece& piece) override {
    items.push_back(piece.pointer + "=" + std::string(piece.raw));
    offsets.push_back(piece.offset);
    return {};
  }
  Result<void> member(const SplitPiece& piece) override {
    members.push_back(piece.pointer + "=" + std::string(piece.raw));
    return {};
  }
  Result<void> enter(std::string_view pointer) override {
    steps.push_back("+" + std::string(pointer));
    return {};
  }
  Result<void> leave(std::string_view pointer) override {
    steps.push_back("-" + std::string(pointer));
    return {};
  }
  Result<void> defect(const SplitDefect& defect) override {
    defects.push_back(defect.pointer + "@" + std::to_string(defect.offset) + ": " + defect.why);
    broken_items += defect.is_item ? 1 : 0;
    return {};
  }
  Result<void> whole(const SplitPiece& piece) override {
    wholes.emplace_back(piece.raw);
    return {};
  }
  bool operator==(const Recorder& other) const {
    return items == other.items && members == other.members && steps == other.steps &&
           defects == other.defects && wholes == other.wholes && offsets == other.offsets;
  }

  std::vector<std::string> items, members, steps, defects, wholes;
  std::vector<std::uint64_t> offsets;
  int broken_items = 0;
};

const std::vector<std::string> bundle_patterns{"/objects/*", "/*"};

Recorder split(std::string_view text, std::size_t chunk = 1U << 20U, const SplitLimits& limits = {},
               const std::vector<std::string>& patterns = bundle_patterns) {
  Recorder recorder;
  JsonSplitter splitter(patterns, limits, recorder);
  for (std::size_t at = 0; at < text.size(); at += chunk)
    EXPECT_TRUE(splitter.feed(as_bytes(text.substr(at, chunk))));
  EXPECT_TRUE(splitter.finish());
  return recorder;
}

TEST(JsonSplitter, gives_the_items_of_a_bundle_byte_for_byte) {
  const Recorder got = split(R"( {"type":"bundle", "objects":[ {"a":"]}"} ,{ "b" : [1,{}] }], "x":1.50})");
  EXPECT_THAT(got.items, ElementsAre(R"(/objects/0={"a":"]}"})", R"(/objects/1={ "b" : [1,{}] })"));
  EXPECT_THAT(got.members, ElementsAre(R"(/type="bundle")", "/x=1.50"));
  EXPECT_THAT(got.steps, ElementsAre("+", "+/objects", "-/objects", "-"));
  EXPECT_THAT(got.defects, IsEmpty());
  EXPECT_THAT(got.offsets, ElementsAre(31, 43));
}

TEST(JsonSplitter, gives_the_elements_of_a_bare_list) {
  const Recorder got = split("\xEF\xBB\xBF[{},[],\"x\",-1,null]");
  EXPECT_THAT(got.items, ElementsAre("/0={}", "/1=[]", "/2=\"x\"", "/3=-1", "/4=null"));
  EXPECT_THAT(got.defects, IsEmpty());
}

TEST(JsonSplitter, gives_the_whole_text_when_there_was_no_list_of_items) {
  EXPECT_THAT(split(R"({"type":"x","n":{"objects":[1]}} )").wholes,
              ElementsAre(R"({"type":"x","n":{"objects":[1]}})"));
  EXPECT_THAT(split(R"({"objects":[]})").wholes, IsEmpty());
}

TEST(JsonSplitter, knows_names_that_are_written_with_escapes) {
  const Recorder got = split(R"({"\u006fbjects":[1],"a\/b~":2})");
  EXPECT_THAT(got.items, ElementsAre("/objects/0=1"));
  EXPECT_THAT(got.members, ElementsAre("/a~1b~0=2"));
}

RC_GTEST_PROP(JsonSplitter, says_the_same_however_the_text_is_cut_into_chunks,
              (const std::vector<std::uint8_t>& noise)) {
  static constexpr std::string_view pieces[] = {"{",           "}",  "[",
                                                "]",           ",",  ":",
                                                "\"",          "\\", "\"objects\":",
                                                "\"a\":",      "1",  "null",
                                                " ",           "\n", "{\"type\":\"x\"}",
                                                "\"\\u0041\"", "[]", "\"s\""};
  std::string text = "{\"objects\":[";
  for (const std::uint8_t byte : noise) text += pieces[byte % std::size(pieces)];
  const std::size_t chunk = *rc::gen::inRange<std::size_t>(1, 9);
  RC_ASSERT(split(text) == split(text, chunk));
}

TEST(JsonSplitter, keeps_the_items_before_a_cut_and_tells_of_the_rest_once) {
  const Recorder inside = split(R"({"objects":[{"a":1},{"b":)");
  EXPECT_THAT(inside.items, ElementsAre(R"(/objects/0={"a":1})"));
  EXPECT_THAT(inside.defects, ElementsAre(HasSubstr("/objects/1@20: the file ends in the middle of this")));
  EXPECT_EQ(inside.broken_items, 1);
  const Recorder between = split(R"({"objects":[{"a":1},)");
  EXPECT_THAT(between.items, SizeIs(1));
  EXPECT_THAT(between.defects, ElementsAre(HasSubstr("ends before its lists and objects are closed")));
  EXPECT_THAT(split("").defects, ElementsAre(HasSubstr("empty")));
}

TEST(JsonSplitter, goes_on_behind_an_item_whose_brackets_do_not_match) {
  const Recorder got = split(R"({"objects":[{"a":[1,2},{"b":2}]})");
  EXPECT_THAT(got.items, ElementsAre(R"(/objects/1={"b":2})"));
  EXPECT_THAT(got.defects, ElementsAre(HasSubstr("/objects/0@12: its brackets do not match")));
  EXPECT_EQ(got.broken_items, 1);
}

TEST(JsonSplitter, goes_on_with_the_next_item_when_one_lost_its_last_bracket) {
  const Recorder got = split("{\"objects\":[{\"a\":1,\n {\"b\":2},{\"c\":3}]}");
  EXPECT_THAT(got.items, SizeIs(2));
  EXPECT_THAT(got.items.back(), HasSubstr(R"({"c":3})"));
  EXPECT_EQ(got.broken_items, 1);
}

TEST(JsonSplitter, ends_the_list_where_its_last_item_lost_its_bracket) {
  const Recorder got = split(R"({"objects":[{"a":1},{"b":2 ],"type":"bundle"})");
  EXPECT_THAT(got.items, ElementsAre(R"(/objects/0={"a":1})"));
  EXPECT_THAT(got.members, ElementsAre(R"(/type="bundle")"));
  EXPECT_EQ(got.broken_items, 1);
}

TEST(JsonSplitter, takes_a_string_as_closed_at_the_end_of_its_line) {
  const Recorder got = split("{\"objects\":[\n{\"a\":\"x,\n\"b\":1},\n{\"c\":3}\n]}");
  EXPECT_THAT(got.items, ElementsAre(R"(/objects/1={"c":3})"));
  EXPECT_THAT(got.defects, ElementsAre(HasSubstr("a string runs over the end of its line")));
}

TEST(JsonSplitter, tells_of_a_run_of_garbage_once) {
  const Recorder got = split(R"([{"a":1}}}}}} ,,,,{"b":2}])");
  EXPECT_THAT(got.items, SizeIs(2));
  EXPECT_THAT(got.defects, SizeIs(2));
  EXPECT_EQ(got.broken_items, 0);
}

TEST(JsonSplitter, reads_items_without_a_comma_between_them_and_says_so) {
  const Recorder got = split(R"([{"a":1} {"b":2}])");
  EXPECT_THAT(got.items, SizeIs(2));
  EXPECT_THAT(got.defects, ElementsAre(HasSubstr("comma")));
}

TEST(JsonSplitter, refuses_what_follows_the_end) {
  EXPECT_THAT(split("[1] [2]").defects, ElementsAre(HasSubstr("nothing after the end")));
  EXPECT_THAT(split("[1] \n").defects, IsEmpty());
}

TEST(JsonSplitter, refuses_a_text_of_another_shape) {
  EXPECT_THAT(split("\"x\"").defects, ElementsAre(HasSubstr("no JSON object or list")));
  EXPECT_THAT(split("\x7F").defects, SizeIs(1));
}

TEST(JsonSplitter, leaves_out_the_second_value_of_a_name) {
  const Recorder got = split(R"({"objects":[1],"objects":[2],"x":1,"x":2})");
  EXPECT_THAT(got.items, ElementsAre("/objects/0=1"));
  EXPECT_THAT(got.members, ElementsAre("/x=1"));
  EXPECT_THAT(got.defects, SizeIs(2));
}

TEST(JsonSplitter, skips_an_item_that_is_longer_than_the_limit_and_keeps_the_rest) {
  const std::string text = R"([{"a":")" + std::string(100, 'x') + R"("},{"b":2}])";
  for (const std::size_t chunk : {1000, 7}) {
    const Recorder got = split(text, chunk, SplitLimits{.max_item_bytes = 50});
    EXPECT_THAT(got.items, ElementsAre(R"(/1={"b":2})"));
    EXPECT_THAT(got.defects, ElementsAre("/0@1: longer than 50 bytes; skipped"));
    EXPECT_EQ(got.broken_items, 1);
  }
}

TEST(JsonSplitter, skips_a_member_that_is_longer_than_the_limit) {
  const Recorder got = split(R"({"x":"0123456789","objects":[1]})", 1000, SplitLimits{.max_member_bytes = 5});
  EXPECT_THAT(got.members, IsEmpty());
  EXPECT_THAT(got.items, SizeIs(1));
  EXPECT_THAT(got.defects, ElementsAre(HasSubstr("longer than 5 bytes")));
  EXPECT_EQ(got.broken_items, 0);
}

TEST(JsonSplitter, refuses_an_item_that_is_nested_too_deep_and_keeps_the_rest) {
  const std::string deep = "[" + std::string(9, '[') + std::string(9, ']') + ",1]";
  EXPECT_THAT(split(deep, 1000, SplitLimits{.max_depth = 9}).items, SizeIs(2));
  const Recorder got = split(deep, 1000, SplitLimits{.max_depth = 8});
  EXPECT_THAT(got.items, ElementsAre("/1=1"));
  EXPECT_THAT(got.defects, ElementsAre("/0@1: nested too deep"));
}

TEST(JsonSplitter, refuses_names_that_are_too_long_or_too_many) {
  const Recorder long_name = split(R"({"abcdef":1})", 1000, SplitLimits{.max_key_bytes = 5});
  EXPECT_THAT(long_name.defects, SizeIs(1));
  EXPECT_THAT(long_name.members, IsEmpty());
  EXPECT_THAT(split(R"({"a":1,"b":2,"c":3})", 1000, SplitLimits{.max_members = 2}).defects,
              ElementsAre(HasSubstr("more than 2 members")));
}

TEST(JsonSplitter, passes_on_an_error_of_the_sink) {
  class Full final : public SplitSink {
    Result<void> item(const SplitPiece&) override { return fail(ErrorKind::internal, "disk full"); }
    Result<void> member(const SplitPiece&) override { return {}; }
    Result<void> enter(std::string_view) override { return {}; }
    Result<void> leave(std::string_view) override { return {}; }
    Result<void> defect(const SplitDefect&) override { return {}; }
  } sink;
  JsonSplitter splitter({"/*"}, {}, sink);
  const Result<void> fed = splitter.feed(as_bytes("[1,2]"));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().message, "disk full");
}

TEST(JsonSplitter, walks_to_items_that_lie_deeper) {
  const Recorder got = split(
      R"({"response":[{"Event":{"uuid":"u","Object":[{"name":"file","Attribute":[{"a":1}]}],"Tag":[]}}]})",
      1000, {}, {"/response/*/Event/Attribute/*", "/response/*/Event/Object/*/Attribute/*"});
  EXPECT_THAT(got.items, ElementsAre(R"(/response/0/Event/Object/0/Attribute/0={"a":1})"));
  EXPECT_THAT(got.members,
              ElementsAre(R"(/response/0/Event/uuid="u")", R"(/response/0/Event/Object/0/name="file")",
                          "/response/0/Event/Tag=[]"));
}

}  // namespace
}  // namespace parley::encoding
