#include "pattern/parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "encoding/json.hpp"
#include "pattern/check.hpp"

namespace parley::pattern {
namespace {

using encoding::Json;
using testing::HasSubstr;

Json read_json_file(const std::string& path) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  Result<Json> json = encoding::parse_json(text.str());
  EXPECT_TRUE(json) << path;
  return json ? *json : Json();
}

std::string written(std::string_view text) {
  const Result<Pattern> pattern = parse_pattern(text);
  EXPECT_TRUE(pattern) << text << ": " << (pattern ? "" : pattern.error().text());
  return pattern ? write_pattern(*pattern) : "";
}

bool parses(std::string_view text, const ParseOptions& options = {}) {
  return parse_pattern(text, options).has_value();
}

std::string fault(std::string_view text, const ParseOptions& options = {}) {
  const Result<Pattern> pattern = parse_pattern(text, options);
  return pattern ? "" : pattern.error().text();
}

TEST(PatternParser, takes_and_refuses_what_the_vectors_of_the_grammar_say) {
  const Json vectors = read_json_file("tests/vectors/patterns/grammar.json");
  int checked = 0;
  for (const Json& vector : *vectors.if_array()) {
    const std::string text = *vector.string_member("pattern");
    const Dialect dialect = *vector.string_member("version") == "v20" ? Dialect::stix20 : Dialect::stix21;
    const Result<Pattern> pattern = parse_pattern(text, {.dialect = dialect});
    const bool valid = pattern && std::ranges::none_of(check_pattern(*pattern), [](const Finding& finding) {
                         return finding.weight == Finding::Weight::invalid;
                       });
    EXPECT_EQ(valid, *vector.bool_member("valid")) << text << ": " << (pattern ? "" : pattern.error().text());
    if (pattern) {
      const std::string again = write_pattern(*pattern);
      const Result<Pattern> same = parse_pattern(again, {.dialect = dialect});
      EXPECT_TRUE(same && same_pattern(*pattern, *same)) << text << " -> " << again;
    }
    ++checked;
  }
  EXPECT_EQ(checked, 169);
}

TEST(PatternParser, binds_followed_by_weaker_than_or_weaker_than_and_weaker_than_qualifiers) {
  const Result<Pattern> pattern =
      parse_pattern("[a:b=1] FOLLOWEDBY [a:b=2] OR [a:b=3] AND [a:b=4] WITHIN 5 SECONDS");
  ASSERT_TRUE(pattern);
  const Node& root = pattern->node(pattern->root());
  ASSERT_EQ(root.kind, NodeKind::followed_by);
  const Node& either = pattern->node(pattern->node(root.child).next);
  ASSERT_EQ(either.kind, NodeKind::observation_or);
  const Node& both = pattern->node(pattern->node(either.child).next);
  ASSERT_EQ(both.kind, NodeKind::observation_and);
  EXPECT_EQ(pattern->node(pattern->node(both.child).next).kind, NodeKind::within);
  const Result<Pattern> comparisons = parse_pattern("[a:b=1 OR a:b=2 AND a:b=3]");
  ASSERT_TRUE(comparisons);
  EXPECT_EQ(comparisons->node(comparisons->node(comparisons->root()).child).kind, NodeKind::comparison_or);
}

TEST(PatternParser, writes_what_it_read_in_one_way) {
  EXPECT_EQ(written("[a:b == 1]"), "[a:b = 1]");
  EXPECT_EQ(written("[ /* x */ a:b<>+1 // y\n]"), "[a:b != 1]");
  EXPECT_EQ(written("[file:hashes.'MD5'='x' OR file:hashes.'SHA-1'='y']"),
            "[file:hashes.MD5 = 'x' OR file:hashes.'SHA-1' = 'y']");
  EXPECT_EQ(written("(([a:b=1]))"), "[a:b = 1]");
  EXPECT_EQ(written("[(a:b=1 OR a:b=2) AND a:c.'AND'[*].d[0] NOT IN(1,2.5,-3)]"),
            "[(a:b = 1 OR a:b = 2) AND a:c.'AND'[*].d[0] NOT IN (1, 2.5, -3)]");
  EXPECT_EQ(written("([a:b=1] OR [a:b=2]) AND [a:b=3]"), "([a:b = 1] OR [a:b = 2]) AND [a:b = 3]");
  EXPECT_EQ(written("([a:b=1] OR [a:b=2]) OR [a:b=3]"), "([a:b = 1] OR [a:b = 2]) OR [a:b = 3]");
  EXPECT_EQ(written("([a:b=1]) WITHIN 5 SECONDS WITHIN 6.5 SECONDS"),
            "([a:b = 1] WITHIN 5 SECONDS) WITHIN 6.5 SECONDS");
  EXPECT_EQ(written("([a:b=1] REPEATS 2 TIMES REPEATS 3 TIMES) REPEATS 4 TIMES REPEATS 5 TIMES"),
            "([a:b = 1] REPEATS 2 TIMES REPEATS 3 TIMES) REPEATS 4 TIMES REPEATS 5 TIMES");
  EXPECT_EQ(written("([a:b=1] AND [a:b=2]) REPEATS 2 TIMES WITHIN .5 SECONDS"),
            "([a:b = 1] AND [a:b = 2]) REPEATS 2 TIMES WITHIN .5 SECONDS");
  EXPECT_EQ(written("[a:b=1] START t'2024-01-01T00:00:00Z' STOP '2024-02-01T00:00:00Z'"),
            "[a:b = 1] START t'2024-01-01T00:00:00Z' STOP '2024-02-01T00:00:00Z'");
  EXPECT_EQ(
      written("[a:b = h'0aFF' OR a:b = b'AAEC' OR a:b = true OR a:b = 'it\\'s a \\\\' OR NOT EXISTS a:b]"),
      "[a:b = h'0aFF' OR a:b = b'AAEC' OR a:b = true OR a:b = 'it\\'s a \\\\' OR NOT EXISTS a:b]");
}

TEST(PatternParser, says_where_and_what_to_do) {
  EXPECT_EQ(fault("[file:name = 'x' AND ]"), "byte 21: expected an object path (type:property)");
  EXPECT_EQ(fault("[file:name = x]"), "byte 13: expected a constant: strings stand in single quotes");
  EXPECT_THAT(fault("[file:na-me = 'x']"), HasSubstr("single quotes around this name"));
  EXPECT_THAT(fault("[file:LIKE = 'x']"), HasSubstr("keyword"));
  EXPECT_THAT(fault("[file:name = 'C:\\x']"), HasSubstr("backslash"));
  EXPECT_THAT(fault("[a:b \xff= 1]"), HasSubstr("UTF-8"));
  for (const char* text : {"",
                           "[",
                           "[]",
                           "[a:b]",
                           "[a:b = ]",
                           "[a:b = 'x]",
                           "[a:b = 01]",
                           "[a:b.c-d = 1]",
                           "[a:b = 1",
                           "[a:b = 1]]",
                           "[a:b = 1] WITHIN 5 TIMES",
                           "[a:b = t'x']",
                           "[a:b = h'0']",
                           "[a:b = b'']",
                           "[a:b = 1] /* open",
                           "[a:b > true]",
                           "[a:b[x] = 1]",
                           "[a:b IN 1]",
                           "[a:b IN (1,)]",
                           "[a:b LIKE 1]",
                           "[a:b = 1] and [a:b = 2]",
                           "[true:b = 1]",
                           "[a:b = -]",
                           "[a:b NOT 1]",
                           "[a:b = 1] REPEATS 1.5 TIMES",
                           "[a:b = 1] REPEATS -1 TIMES"})
    EXPECT_FALSE(parses(text)) << text;
}

TEST(PatternParser, keeps_to_the_dialect_that_is_asked_for) {
  const char* const times_of_20 = "[a:b=1] START '2024-01-01T00:00:00Z' STOP '2024-02-01T00:00:00Z'";
  const char* const times_of_21 = "[a:b=1] START t'2024-01-01T00:00:00Z' STOP t'2024-02-01T00:00:00Z'";
  EXPECT_TRUE(parses(times_of_20) && parses(times_of_21));
  EXPECT_TRUE(parses(times_of_20, {.dialect = Dialect::stix20}));
  EXPECT_TRUE(parses(times_of_21, {.dialect = Dialect::stix20}));
  EXPECT_FALSE(parses(times_of_20, {.dialect = Dialect::stix21}));
  EXPECT_TRUE(parses(times_of_21, {.dialect = Dialect::stix21}));
  EXPECT_TRUE(parses("[EXISTS a:b]", {.dialect = Dialect::stix21}));
  EXPECT_FALSE(parses("[EXISTS a:b]", {.dialect = Dialect::stix20}));
  EXPECT_FALSE(parses("[NOT EXISTS a:b]", {.dialect = Dialect::stix21}));
}

TEST(PatternParser, is_bounded_in_length_depth_and_parts) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "[a:b=1]" + std::string(depth, ')');
  };
  EXPECT_TRUE(parses(nested(64)));
  EXPECT_FALSE(parses(nested(65)));
  EXPECT_FALSE(parses(nested(100'000)));
  EXPECT_TRUE(parses("[a:b=1]", {.max_bytes = 7}));
  EXPECT_FALSE(parses("[a:b=1]", {.max_bytes = 6}));
  EXPECT_TRUE(parses("[a:b IN (1,2,3)]", {.max_parts = 6}));
  EXPECT_FALSE(parses("[a:b IN (1,2,3)]", {.max_parts = 5}));
  std::string qualifiers = "([a:b=1])";
  for (int i = 0; i < 16; ++i) qualifiers += " WITHIN 1 SECONDS";
  EXPECT_TRUE(parses(qualifiers));
  EXPECT_FALSE(parses(qualifiers + " WITHIN 1 SECONDS"));
}

TEST(PatternCheck, finds_what_the_grammar_lets_pass) {
  using Kind = Finding::Kind;
  const auto kind_of = [](std::string_view text) -> std::optional<Kind> {
    const Result<Pattern> pattern = parse_pattern(text);
    EXPECT_TRUE(pattern) << text;
    const std::vector<Finding> findings = check_pattern(*pattern);
    EXPECT_LE(findings.size(), 1U) << text;
    return findings.empty() ? std::nullopt : std::optional(findings[0].kind);
  };
  EXPECT_EQ(kind_of("[file:hashes.MD5 IN ('00112233445566778899aabbccddeeff')]"), std::nullopt);
  EXPECT_EQ(kind_of("[file:hashes.MD5 = '00112233445566778899aabbccddee']"), Kind::hash_form);
  EXPECT_EQ(kind_of("[file:hashes.'SHA-256' LIKE '00%']"), std::nullopt);
  EXPECT_EQ(kind_of("[a:b=1] WITHIN 5 SECONDS WITHIN 6 SECONDS"), Kind::qualifier_again);
  EXPECT_EQ(kind_of("([a:b=1] WITHIN 5 SECONDS) WITHIN 6 SECONDS"), std::nullopt);
  EXPECT_EQ(kind_of("[a:b=1] WITHIN 0.0 SECONDS"), Kind::zero_amount);
  EXPECT_EQ(kind_of("[a:b=1] REPEATS 0 TIMES"), Kind::zero_amount);
  EXPECT_EQ(kind_of("[a:b IN (1, 'x')]"), Kind::mixed_set);
  EXPECT_EQ(kind_of("[a:b IN (1, 2.5)]"), std::nullopt);
  EXPECT_EQ(kind_of("[a:b MATCHES '(']"), Kind::regex);
  EXPECT_EQ(kind_of("[ipv4-addr:value ISSUBSET '192.0.2.0/33']"), Kind::network);
  EXPECT_EQ(kind_of("[a:b=1] START 'x' STOP '2024-02-01T00:00:00Z'"), Kind::time_text);
  EXPECT_EQ(kind_of("[a:b=1] START t'2024-02-01T00:00:00Z' STOP t'2024-02-01T00:00:00Z'"), Kind::empty_span);
  EXPECT_EQ(kind_of("[a:b=t'2023-02-29T00:00:00Z']"), Kind::no_such_day);
  EXPECT_EQ(kind_of("[a:b=1 AND c:d=2]"), Kind::several_types);
  EXPECT_EQ(kind_of("[a:b=1 OR c:d=2]"), std::nullopt);
  EXPECT_EQ(kind_of("[a:b[-1]=1]"), Kind::negative_index);
}

TEST(PatternCheck, names_what_linear_time_cannot_do) {
  const auto why = [](std::string_view regex) {
    const std::string text = "[a:b MATCHES '" + std::string(regex) + "']";
    const Result<Pattern> pattern = parse_pattern(text);
    EXPECT_TRUE(pattern);
    const std::vector<Finding> findings = check_pattern(*pattern);
    return findings.empty() ? std::string() : findings[0].why;
  };
  EXPECT_THAT(why("foo(?=bar)"), HasSubstr("a look-ahead (?=…) at byte 3"));
  EXPECT_THAT(why("(?!x)y"), HasSubstr("negative look-ahead"));
  EXPECT_THAT(why("(?<=x)y"), HasSubstr("look-behind"));
  EXPECT_THAT(why("(?<!x)y"), HasSubstr("negative look-behind"));
  EXPECT_THAT(why(R"((a)\\1)"), HasSubstr("back-reference"));
  EXPECT_THAT(why("(?P<n>a)(?P=n)"), HasSubstr("back-reference"));
  EXPECT_THAT(why("(?>a+)b"), HasSubstr("atomic group"));
  EXPECT_THAT(why("a++b"), HasSubstr("possessive"));
  EXPECT_THAT(why("a{1,100000}"), HasSubstr("no regular expression that RE2 reads"));
  EXPECT_EQ(why(R"(^(?i)a(?:b|c)[^(?=]\\d+?$)"), "");
}

}  // namespace
}  // namespace parley::pattern
