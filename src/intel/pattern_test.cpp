#include "intel/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parley::intel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> selectors_of(std::string_view pattern) {
  std::vector<std::string> warnings;
  std::vector<std::string> out;
  for (const Selector& selector : pattern_selectors(read_pattern(pattern), warnings))
    out.push_back(std::string(type_name(selector.type)) + " " + selector.value);
  return out;
}

TEST(Pattern, gives_the_selectors_of_equalities_joined_by_and_and_or) {
  EXPECT_THAT(selectors_of("[ipv4-addr:value = '192.0.2.1']"), ElementsAre("ipv4-addr 192.0.2.1"));
  EXPECT_THAT(selectors_of("[domain-name:value = 'EXAMPLE.org' OR (url:value == 'https://example.org' AND "
                           "email-addr:value = 'a@example.org')] OR [ipv6-addr:value='2001:DB8::1']"),
              ElementsAre("ipv6-addr 2001:db8::1", "domain-name example.org", "url https://example.org/",
                          "email-addr a@example.org"));
  EXPECT_THAT(
      selectors_of("([ipv4-addr:value IN ('192.0.2.1','192.0.2.2')] AND [autonomous-system:number = 64496])"),
      SizeIs(3));
}

TEST(Pattern, knows_the_ways_to_write_a_hash) {
  const std::string md5(32, 'a');
  const std::string sha256(64, 'b');
  EXPECT_THAT(selectors_of("[file:hashes.MD5 = '" + md5 + "']"), ElementsAre("file:md5 " + md5));
  EXPECT_THAT(selectors_of("[file:hashes.'MD5' = '" + md5 + "']"), ElementsAre("file:md5 " + md5));
  EXPECT_THAT(selectors_of("[file:hashes.'SHA-256' = '" + sha256 + "']"),
              ElementsAre("file:sha256 " + sha256));
  EXPECT_THAT(selectors_of("[file:hashes.SHA256 = '" + sha256 + "']"), ElementsAre("file:sha256 " + sha256));
  EXPECT_THAT(selectors_of("[x509-certificate:hashes.'SHA-256' = '" + sha256 + "']"),
              ElementsAre("x509:sha256 " + sha256));
}

TEST(Pattern, takes_a_host_prefix_as_the_address_and_refuses_a_network) {
  EXPECT_THAT(selectors_of("[ipv4-addr:value = '192.0.2.1/32']"), ElementsAre("ipv4-addr 192.0.2.1"));
  std::vector<std::string> warnings;
  EXPECT_THAT(pattern_selectors(read_pattern("[ipv4-addr:value = '192.0.2.0/24']"), warnings), IsEmpty());
  EXPECT_THAT(warnings, SizeIs(1));
}

TEST(Pattern, is_atomic_without_selectors_for_paths_that_have_no_type) {
  EXPECT_EQ(read_pattern("[process:name = 'x' AND file:name = 'y']").kind, PatternKind::atomic);
  EXPECT_THAT(selectors_of("[process:name = 'x']"), IsEmpty());
}

TEST(Pattern, keeps_everything_else_as_not_atomic) {
  for (const char* pattern :
       {"[ipv4-addr:value != '192.0.2.1']", "[ipv4-addr:value NOT = '192.0.2.1']", "[url:value LIKE 'http%']",
        "[url:value MATCHES '^http']", "[ipv4-addr:value ISSUBSET '192.0.2.0/24']",
        "[ipv4-addr:value ISSUPERSET '192.0.2.0/24']", "[file:size > 3]", "[file:size <= 3.5]",
        "[ipv4-addr:value NOT IN ('192.0.2.1')]", "[EXISTS file:name]", "[NOT EXISTS file:name]",
        "[a:b = 1] FOLLOWEDBY [a:b = 2]", "[a:b = 1] WITHIN 5 SECONDS", "[a:b = 1] WITHIN 0.5 SECONDS",
        "[a:b = 1] REPEATS 5 TIMES", "[a:b=1] START t'2024-01-01T00:00:00Z' STOP t'2024-02-01T00:00:00Z'"}) {
    const PatternReading reading = read_pattern(pattern);
    EXPECT_EQ(reading.kind, PatternKind::not_atomic) << pattern << ": " << reading.why;
    EXPECT_THAT(reading.equalities, IsEmpty());
    EXPECT_FALSE(reading.why.empty());
  }
}

TEST(Pattern, says_where_a_pattern_is_broken) {
  const PatternReading reading = read_pattern("[file:name = 'x' AND ]");
  EXPECT_EQ(reading.kind, PatternKind::syntax_error);
  EXPECT_EQ(reading.offset, 21U);
  for (const char* pattern : {"",
                              "[",
                              "[]",
                              "[a:b]",
                              "[a:b = ]",
                              "[a:b = 'x]",
                              "[a:b = 'x\\y']",
                              "[a:b = 01]",
                              "[a:b.c-d = 1]",
                              "[a:b = 1",
                              "[a:b = 1]]",
                              "[a:b = 1] WITHIN 5 TIMES",
                              "[a:b = t'x']",
                              "[a:b = h'0']",
                              "[a:b = 1] /* open",
                              "[a:b > true]",
                              "[a:b[x] = 1]",
                              "[a:b IN 1]",
                              "[a:b LIKE 1]",
                              "[a:b = 1] and [a:b = 2]"})
    EXPECT_EQ(read_pattern(pattern).kind, PatternKind::syntax_error) << pattern;
}

TEST(Pattern, skips_comments_and_blanks_of_all_kinds) {
  EXPECT_EQ(read_pattern("/* a */ [ // b\n a:b\xC2\xA0=\xE3\x80\x80'x' ]").kind, PatternKind::atomic);
}

TEST(Pattern, undoes_the_two_escapes_of_strings) {
  const PatternReading reading = read_pattern(R"([a:b = 'it\'s a \\ '])");
  ASSERT_THAT(reading.equalities, SizeIs(1));
  EXPECT_EQ(reading.equalities[0].value, R"(it's a \ )");
}

TEST(Pattern, is_bounded_in_depth_length_and_number_of_values) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "[a:b=1]" + std::string(depth, ')');
  };
  EXPECT_EQ(read_pattern(nested(64)).kind, PatternKind::atomic);
  EXPECT_EQ(read_pattern(nested(65)).kind, PatternKind::syntax_error);
  EXPECT_EQ(read_pattern(nested(100'000)).kind, PatternKind::syntax_error);
  EXPECT_EQ(read_pattern("[a:b=1]", PatternLimits{.max_bytes = 6}).kind, PatternKind::syntax_error);
  EXPECT_EQ(read_pattern("[a:b IN (1,2,3)]", PatternLimits{.max_comparisons = 2}).kind,
            PatternKind::syntax_error);
  EXPECT_EQ(read_pattern("[a:b IN (1,2,3)]", PatternLimits{.max_comparisons = 3}).kind, PatternKind::atomic);
}

}  // namespace
}  // namespace parley::intel
