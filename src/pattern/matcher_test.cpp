#include "pattern/matcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

[[maybe_unused]] Json one_object(std::string_view type, std::string_view members) {
  const std::string text =
      R"({"type":"observed-data","first_observed":"2024-01-01T00:00:00Z","last_observed":"2024-01-01T00:00:00Z",)"
      R"("number_observed":1,"objects":{"0":{"type":")" +
      std::string(type) + "\"" + (members.empty() ? "" : ",") + std::string(members) + "}}}";
  Result<Json> json = encoding::parse_json(text);
  EXPECT_TRUE(json) << text;
  return *json;
}

/// An observation of an object `x` with `n`, made between two seconds of a minute.
[[maybe_unused]] Json observed(int n, int first, int last, int count = 1) {
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
    const Json* const found = data.find(name);
    ASSERT_TRUE(made || found != nullptr) << name;
    const Dialect dialect =
        *vector.string_member("version") == "v20" || made ? Dialect::stix20 : Dialect::stix21;
    EXPECT_EQ(verdict(pattern, made ? explosion : *found, dialect), *vector.string_member("match"))
        << *vector.string_member("version") << " " << name << " " << pattern;
    ++checked;
  }
  EXPECT_EQ(checked, 708);
}

}  // namespace
}  // namespace parley::pattern
