#include "pattern/matcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "encoding/json.hpp"
#include "pattern/parser.hpp"

namespace parley::pattern {
namespace {

using encoding::Json;
using testing::ElementsAre;
using testing::HasSubstr;

Json read_json_file(const std::string& path) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  Result<Json> json = encoding::parse_json(text.str());
  EXPECT_TRUE(json) << path;
  return json ? *json : Json();
}

Result<Match> match(std::string_view pattern, const Json& data, Dialect dialect = Dialect::any,
                    const MatchLimits& limits = {}) {
  PARLEY_TRY(const Pattern parsed, parse_pattern(pattern, {.dialect = dialect}));
  PARLEY_TRY(const Matcher matcher, Matcher::compile(parsed));
  PARLEY_TRY(const Observations observations, Observations::read(data));
  return matcher.match(observations, limits);
}

/// "yes", "no" or "error".
std::string verdict(std::string_view pattern, const Json& data, Dialect dialect = Dialect::any) {
  const Result<Match> result = match(pattern, data, dialect);
  if (!result) return "error";
  return result->found ? "yes" : "no";
}

Json one_object(std::string_view type, std::string_view members) {
  const std::string text =
      R"({"type":"observed-data","first_observed":"2024-01-01T00:00:00Z","last_observed":"2024-01-01T00:00:00Z",)"
      R"("number_observed":1,"objects":{"0":{"type":")" +
      std::string(type) + "\"" + (members.empty() ? "" : ",") + std::string(members) + "}}}";
  Result<Json> json = encoding::parse_json(text);
  EXPECT_TRUE(json) << text;
  return *json;
}

/// An observation of an object `x` with `n`, made between two seconds of a minute.
Json observed(int n, int first, int last, int count = 1) {
  const auto time = [](int second) {
    return "2024-01-01T00:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + "Z";
  };
  return Json::object({{"type", "observed-data"},
                       {"first_observed", time(first)},
                       {"last_observed", time(last)},
                       {"number_observed", count},
                       {"objects", Json::object({{"0", Json::object({{"type", "x"}, {"n", n}})}})}});
}

TEST(PatternMatcher, answers_the_vectors_of_the_matcher_of_oasis) {
  const Json vectors = read_json_file("tests/vectors/patterns/match.json");
  const Json data = read_json_file("tests/vectors/patterns/match_data.json");
  // Twenty observations a second apart; the source makes them in a loop, and matches them as STIX 2.0.
  Json explosion = Json::array();
  for (int i = 0; i < 20; ++i) {
    const std::string second = std::to_string((58 + i) % 60);
    const std::string time = "2004-10-11T21:" + std::string(58 + i < 60 ? "44:" : "45:") +
                             (second.size() < 2 ? "0" : "") + second + "Z";
    explosion.push_back(Json::object(
        {{"type", "observed-data"},
         {"first_observed", time},
         {"last_observed", time},
         {"number_observed", 1},
         {"objects",
          Json::object({{"a0", Json::object({{"type", "person"}, {"name", "alice"}, {"age", i}})}})}}));
  }
  int checked = 0;
  for (const Json& vector : *vectors.if_array()) {
    const std::string pattern = *vector.string_member("pattern");
    const std::string name = *vector.string_member("data");
    const bool made = name.ends_with("combinatorial_explosion");
    const Json* const found = made ? &explosion : data.find(name);
    ASSERT_TRUE(found != nullptr) << name;
    const Dialect dialect =
        *vector.string_member("version") == "v20" || made ? Dialect::stix20 : Dialect::stix21;
    EXPECT_EQ(verdict(pattern, *found, dialect), *vector.string_member("match"))
        << *vector.string_member("version") << " " << name << " " << pattern;
    ++checked;
  }
  EXPECT_EQ(checked, 708);
}

TEST(PatternMatcher, compares_only_what_compares_and_negates_the_rest) {
  const Json object = one_object(
      "x",
      R"("n":5,"r":1.5,"s":"b","t":true,"big":9007199254740993,"z":null,"l":[1,2],"u":18446744073709551615)");
  for (const char* yes : {"[x:n = 5]",
                          "[x:n != 'a']",
                          "[x:n NOT = 'a']",
                          "[x:n NOT < 'a']",
                          "[x:r != 1]",
                          "[x:r > 1]",
                          "[x:s > 'a' AND x:s >= 'b' AND x:s < 'ba']",
                          "[x:big = 9007199254740993]",
                          "[x:big != 9007199254740992]",
                          "[x:big > 9007199254740992.0]",
                          "[x:u > 18446744073709551614]",
                          "[x:z != 1]",
                          "[x:l != 1]",
                          "[x:l[*] = 2]",
                          "[x:l[1] = 2]",
                          "[x:l[*] != 1]",
                          "[EXISTS x:z]",
                          "[NOT EXISTS x:gone]",
                          "[x:t = true]",
                          "[x:n = 99999999999999999999999 OR x:n = 5]",
                          "[x:n IN (1, 5.0)]",
                          "[x:s IN ('a', 'b', 'c')]"})
    EXPECT_EQ(verdict(yes, object), "yes") << yes;
  for (const char* no :
       {"[x:n = true]", "[x:t = 1]", "[x:n > 'a']", "[x:r = 1]", "[x:big = 9007199254740992]", "[x:l = 1]",
        "[x:l[2] = 1]", "[x:l[-1] = 2]", "[x:n[*] = 5]", "[x:gone != 1]", "[x:gone NOT = 1]", "[y:n = 5]",
        "[y:n NOT = 4]", "[EXISTS x:gone]", "[x:s.n = 1]", "[x:n IN ()]", "[x:s NOT IN ('b')]"})
    EXPECT_EQ(verdict(no, object), "no") << no;
}

TEST(PatternMatcher, follows_references_inside_of_one_observation_only) {
  const std::string text =
      R"([{"type":"bundle","objects":[)"
      R"({"type":"observed-data","id":"observed-data--1","first_observed":"2024-01-01T00:00:00Z","last_observed":"2024-01-01T00:00:00Z",)"
      R"("number_observed":1,"object_refs":["f--1","d--1"]},)"
      R"({"type":"f","id":"f--1","parent_ref":"d--1","far_ref":"d--2","list_refs":["d--1","d--2"]},)"
      R"({"type":"d","id":"d--1","path":"a"},{"type":"d","id":"d--2","path":"b"}]}])";
  const Result<Json> data = encoding::parse_json(text);
  ASSERT_TRUE(data);
  EXPECT_EQ(verdict("[f:parent_ref.path = 'a']", *data), "yes");
  EXPECT_EQ(verdict("[f:list_refs[*].path = 'a']", *data), "yes");
  EXPECT_EQ(verdict("[f:list_refs[0].path = 'a']", *data), "yes");
  EXPECT_EQ(verdict("[f:parent_ref = 'd--1']", *data), "yes");
  // STIX 2.1 section 9.7.4: what is not in object_refs is not found.
  EXPECT_EQ(verdict("[f:far_ref.path = 'b']", *data), "no");
  EXPECT_EQ(verdict("[f:list_refs[1].path = 'b']", *data), "no");
  EXPECT_EQ(verdict("[d:path = 'b']", *data), "no");
}

TEST(PatternMatcher, starts_all_comparisons_of_an_observation_from_one_object) {
  const Result<Json> data = encoding::parse_json(
      R"({"type":"observed-data","first_observed":"2024-01-01T00:00:00Z","last_observed":"2024-01-01T00:00:00Z",)"
      R"("number_observed":1,"objects":{"0":{"type":"x","a":1},"1":{"type":"x","b":2},"2":{"type":"y","c":3}}})");
  ASSERT_TRUE(data);
  EXPECT_EQ(verdict("[x:a = 1 AND x:b = 2]", *data), "no");
  EXPECT_EQ(verdict("[x:a = 1 AND y:c = 3]", *data), "no");
  EXPECT_EQ(verdict("[x:a = 9 OR y:c = 3]", *data), "yes");
  EXPECT_EQ(verdict("[x:a = 1] AND [x:b = 2]", *data), "no") << "one observation is not two";
  EXPECT_EQ(verdict("[x:a = 1] OR [x:b = 9]", *data), "yes");
}

TEST(PatternMatcher, normalises_for_like_and_matches_and_for_nothing_else) {
  const std::string composed = "\xC3\xA9";     // U+00E9
  const std::string decomposed = "e\xCC\x81";  // U+0065 U+0301
  const Json object = one_object("x", "\"s\":\"" + decomposed + "\"");
  EXPECT_EQ(verdict("[x:s = '" + composed + "']", object), "no");
  EXPECT_EQ(verdict("[x:s = '" + decomposed + "']", object), "yes");
  EXPECT_EQ(verdict("[x:s LIKE '" + composed + "']", object), "yes");
  EXPECT_EQ(verdict("[x:s LIKE '_']", object), "yes");
  EXPECT_EQ(verdict("[x:s MATCHES '^" + composed + "$']", object), "yes");
  EXPECT_EQ(verdict("[x:s MATCHES '^.$']", object), "yes");
}

TEST(PatternMatcher, reads_like_and_matches_as_the_specification_says) {
  const Json object =
      one_object("x", R"("s":"a.b\nc%","p":"C:\\Windows\\x","bytes_hex":"00ff41","bytes_bin":"AP9B")");
  for (const char* yes :
       {"[x:s LIKE 'a.%']", "[x:s LIKE '%c_']", "[x:s LIKE '%']", "[x:s MATCHES 'b.c']", "[x:s MATCHES '']",
        R"([x:p LIKE 'C:\\Windows\\_'])", R"([x:p MATCHES '^C:\\\\Windows\\\\\\w$'])",
        R"([x:bytes_hex MATCHES '^\\x00\\xffA$'])", "[x:bytes_hex = b'AP9B' AND x:bytes_bin = h'00FF41']",
        "[x:bytes_hex LIKE '__A']", "[x:bytes_hex < h'0100']"})
    EXPECT_EQ(verdict(yes, object), "yes") << yes;
  for (const char* no : {"[x:s LIKE 'a.b']", "[x:s LIKE 'A%']", "[x:s LIKE 'axb%']", "[x:s MATCHES '^c']"})
    EXPECT_EQ(verdict(no, object), "no") << no;
  EXPECT_THAT(match("[x:s MATCHES '(?=a)b']", object).error().text(),
              HasSubstr("byte 13: the regular expression has a look-ahead"));
}

TEST(PatternMatcher, knows_networks_of_both_families) {
  const Json object =
      one_object("ipv6-addr", R"("value":"2001:db8:0:1::5","net":"2001:db8::/33","v4":"192.0.2.129")");
  for (const char* yes :
       {"[ipv6-addr:value ISSUBSET '2001:db8::/48']", "[ipv6-addr:value ISSUBSET '2001:DB8:0:1::5']",
        "[ipv6-addr:net ISSUBSET '2001:db8::/32']", "[ipv6-addr:net ISSUPERSET '2001:db8:0:1::/64']",
        "[ipv6-addr:v4 ISSUBSET '192.0.2.128/25']", "[ipv6-addr:v4 ISSUBSET '0.0.0.0/0']",
        "[ipv6-addr:v4 NOT ISSUBSET '::/0']", "[ipv6-addr:v4 ISSUPERSET '192.0.2.129/32']"})
    EXPECT_EQ(verdict(yes, object), "yes") << yes;
  for (const char* no :
       {"[ipv6-addr:value ISSUBSET '2001:db8:0:2::/64']", "[ipv6-addr:net ISSUPERSET '2001:db8:8000::/34']",
        "[ipv6-addr:net ISSUBSET '2001:db8::/34']", "[ipv6-addr:v4 ISSUBSET '192.0.2.0/25']"})
    EXPECT_EQ(verdict(no, object), "no") << no;
  EXPECT_EQ(verdict("[ipv6-addr:v4 ISSUBSET '192.0.2.0/99']", object), "error");
}

TEST(PatternMatcher, binds_each_observation_once_and_counts_number_observed) {
  const Json one = Json::array({observed(1, 0, 0)});
  EXPECT_EQ(verdict("[x:n = 1] AND [x:n = 1]", one), "no");
  EXPECT_EQ(verdict("[x:n = 1] AND [x:n = 1]", Json::array({observed(1, 0, 0, 2)})), "yes");
  // The first expression must leave 1 to the second, which takes nothing else.
  const Json two = Json::array({observed(1, 0, 0), observed(2, 1, 1)});
  EXPECT_EQ(verdict("[x:n > 0] AND [x:n = 1]", two), "yes");
  EXPECT_EQ(verdict("[x:n > 0] AND [x:n > 0] AND [x:n = 1]", two), "no");
  EXPECT_EQ(verdict("[x:n = 1] REPEATS 999999999 TIMES", Json::array({observed(1, 0, 0, 999'999'999)})),
            "yes");
  EXPECT_EQ(verdict("[x:n = 1] REPEATS 1000000000 TIMES", Json::array({observed(1, 0, 0, 999'999'999)})),
            "no");
  EXPECT_THAT(match("[x:n > 0] AND [x:n = 1]", two)->observations, ElementsAre(0, 1));
  EXPECT_THAT(match("[x:n = 2] OR [x:n = 7]", two)->observations, ElementsAre(1));
}

TEST(PatternMatcher, chooses_times_within_first_and_last_observed) {
  const Json spread = Json::array({observed(1, 0, 10), observed(2, 5, 30), observed(3, 40, 40)});
  EXPECT_EQ(verdict("[x:n = 2] FOLLOWEDBY [x:n = 1]", spread), "yes") << "5 is not after 10";
  EXPECT_EQ(verdict("[x:n = 3] FOLLOWEDBY [x:n = 1]", spread), "no");
  EXPECT_EQ(verdict("([x:n = 1] AND [x:n = 3]) WITHIN 30 SECONDS", spread), "yes");
  EXPECT_EQ(verdict("([x:n = 1] AND [x:n = 3]) WITHIN 29.999 SECONDS", spread), "no");
  EXPECT_EQ(verdict("([x:n = 1] AND [x:n = 2] AND [x:n = 3]) WITHIN 20 SECONDS", spread), "no");
  EXPECT_EQ(verdict("([x:n = 1] FOLLOWEDBY [x:n = 2]) FOLLOWEDBY [x:n = 3]", spread), "yes");
  EXPECT_EQ(verdict("[x:n = 3] FOLLOWEDBY ([x:n = 1] OR [x:n = 3])", spread), "no");
  // START and STOP cut what an observation may be: 2 must lie at 20 or later, and then 1 is not after it.
  EXPECT_EQ(
      verdict("[x:n = 2] START t'2024-01-01T00:00:20Z' STOP t'2024-01-01T00:01:00Z' FOLLOWEDBY [x:n = 1]",
              spread),
      "no");
  EXPECT_EQ(verdict("[x:n = 3] START t'2024-01-01T00:00:00Z' STOP t'2024-01-01T00:00:40Z'", spread), "no");
  EXPECT_EQ(verdict("[x:n = 3] START t'2024-01-01T00:00:40Z' STOP t'2024-01-01T00:00:40.000000001Z'", spread),
            "yes");
}

TEST(PatternMatcher, repeats_groups_with_observations_of_their_own) {
  Json::Array list;
  for (int i = 0; i < 6; ++i) list.push_back(observed(i % 2, 2 * i, 2 * i));
  const Json data{std::move(list)};  // 0 1 0 1 0 1, two seconds apart
  EXPECT_EQ(verdict("([x:n = 0] FOLLOWEDBY [x:n = 1]) REPEATS 3 TIMES", data), "yes");
  EXPECT_EQ(verdict("([x:n = 0] FOLLOWEDBY [x:n = 1]) REPEATS 4 TIMES", data), "no");
  EXPECT_EQ(verdict("([x:n = 1] FOLLOWEDBY [x:n = 0]) REPEATS 2 TIMES", data), "yes");
  EXPECT_EQ(verdict("([x:n = 1] FOLLOWEDBY [x:n = 0]) REPEATS 3 TIMES", data), "no");
  EXPECT_EQ(verdict("([x:n = 0] AND [x:n = 1]) WITHIN 2 SECONDS REPEATS 3 TIMES", data), "yes");
  EXPECT_EQ(verdict("([x:n = 0] AND [x:n = 1]) WITHIN 1 SECONDS REPEATS 1 TIMES", data), "no");
  EXPECT_EQ(verdict("(([x:n = 0] AND [x:n = 1]) WITHIN 2 SECONDS REPEATS 2 TIMES) WITHIN 6 SECONDS", data),
            "yes");
  EXPECT_EQ(verdict("(([x:n = 0] AND [x:n = 1]) WITHIN 2 SECONDS REPEATS 2 TIMES) WITHIN 5 SECONDS", data),
            "no");
}

/// Every way to bind leaves to observations, tried out: the oracle for small patterns of AND, FOLLOWEDBY and
/// WITHIN over leaves that take any observation whose number is in a range.
TEST(PatternMatcher, agrees_with_trying_everything_on_small_cases) {
  std::uint32_t state = 12345;
  const auto draw = [&](std::uint32_t below) {
    state = state * 1664525U + 1013904223U;
    return static_cast<int>((state >> 16U) % below);
  };
  int matched = 0;
  for (int round = 0; round < 150; ++round) {
    struct Leaf {
      int low, high;
    };
    Leaf leaves[4];
    for (Leaf& leaf : leaves) {
      leaf.low = draw(4);
      leaf.high = leaf.low + 1 + draw(3);
    }
    struct Seen {
      int n, first, last;
    };
    std::vector<Seen> seen;
    Json data = Json::array();
    for (int i = 0, count = 3 + draw(3); i < count; ++i) {
      const int first = draw(12);
      seen.push_back({draw(4), first, first + draw(4)});
      data.push_back(observed(seen.back().n, seen.back().first, seen.back().last));
    }
    const int inner = 1 + draw(6);
    const int outer = 1 + draw(12);
    const auto text = [&](int i) {
      return "[x:n >= " + std::to_string(leaves[i].low) + " AND x:n <= " + std::to_string(leaves[i].high) +
             "]";
    };
    // (((a AND b) WITHIN inner) FOLLOWEDBY c) WITHIN outer, and d beside it
    const std::string pattern = "((" + text(0) + " AND " + text(1) + ") WITHIN " + std::to_string(inner) +
                                " SECONDS FOLLOWEDBY " + text(2) + ") WITHIN " + std::to_string(outer) +
                                " SECONDS AND " + text(3);
    bool expected = false;
    const int count = static_cast<int>(seen.size());
    for (int code = 0; code < count * count * count * count && !expected; ++code) {
      const int bound[4] = {code % count, code / count % count, code / count / count % count,
                            code / count / count / count};
      bool fits = true;
      for (int i = 0; i < 4; ++i) {
        const Seen& one = seen[static_cast<std::size_t>(bound[i])];
        fits = fits && one.n >= leaves[i].low && one.n <= leaves[i].high;
        for (int j = 0; j < i; ++j) fits = fits && bound[i] != bound[j];
      }
      if (!fits) continue;
      // Choices of times to the second suffice: all ends are whole seconds, and all constraints differences.
      const Seen& a = seen[static_cast<std::size_t>(bound[0])];
      const Seen& b = seen[static_cast<std::size_t>(bound[1])];
      const Seen& c = seen[static_cast<std::size_t>(bound[2])];
      for (int ta = a.first; ta <= a.last && !expected; ++ta)
        for (int tb = b.first; tb <= b.last && !expected; ++tb)
          for (int tc = c.first; tc <= c.last && !expected; ++tc)
            expected = std::abs(ta - tb) <= inner && ta <= tc && tb <= tc && tc - std::min(ta, tb) <= outer;
    }
    EXPECT_EQ(verdict(pattern, data), expected ? "yes" : "no") << pattern << "\n"
                                                               << encoding::write_json(data);
    matched += expected ? 1 : 0;
  }
  EXPECT_GT(matched, 30);
  EXPECT_LT(matched, 120);
}

TEST(PatternMatcher, gives_up_with_an_error_when_its_budget_is_used_up) {
  Json::Array list;
  for (int i = 0; i < 30; ++i) list.push_back(observed(1, i, i));
  const Json data{std::move(list)};
  const char* const hard =
      "(([x:n = 1] AND [x:n = 1]) WITHIN 1 SECONDS FOLLOWEDBY [x:n = 1]) REPEATS 10 TIMES";
  EXPECT_THAT(match(hard, data, Dialect::any, {.max_steps = 1000}).error().text(),
              HasSubstr("more than 1000 steps"));
  EXPECT_EQ(verdict("[x:n = 1] REPEATS 1001 TIMES FOLLOWEDBY [x:n = 1]", data), "no");
  EXPECT_EQ(verdict("([x:n = 1] FOLLOWEDBY [x:n = 1]) REPEATS 501 TIMES", data), "error")
      << "too many leaves";
  EXPECT_EQ(verdict("([x:n = 1] FOLLOWEDBY [x:n = 1]) REPEATS 18446744073709551615 TIMES", data), "error");
}

TEST(PatternMatcher, refuses_observed_data_that_says_not_when_or_how_often) {
  Json whole = observed(1, 0, 1);
  EXPECT_EQ(verdict("[x:n = 1]", whole), "yes");
  for (const char* member : {"first_observed", "last_observed", "number_observed"}) {
    Json broken = whole;
    broken.erase(member);
    EXPECT_EQ(match("[x:n = 1]", Json::array({whole, broken})).error().where, "/1/" + std::string(member));
  }
  EXPECT_EQ(verdict("[x:n = 1]", observed(1, 2, 1)), "error");
  EXPECT_EQ(verdict("[x:n = 1]", observed(1, 1, 1, 0)), "error");
  EXPECT_EQ(verdict("[x:n = 1]", Json::array()), "no");
  EXPECT_EQ(verdict("[x:n = t'2024-01-01T00:00:00Z']", whole), "no");
  EXPECT_EQ(verdict("[x:s = t'2024-01-01T00:00:00Z']", one_object("x", R"("s":"yesterday")")), "error");
}

}  // namespace
}  // namespace parley::pattern
