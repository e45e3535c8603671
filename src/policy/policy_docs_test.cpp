#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "policy/policy.hpp"
#include "policy/rule_names.hpp"

namespace parley::policy {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

TEST(PolicyDocs, every_rule_is_in_the_specification_with_the_words_of_the_program) {
  const std::string spec = read("docs/spec/policy.md");
  std::size_t rows = 0;
  for (std::size_t at = spec.find("\n| `", spec.find("## Rules")); at != std::string::npos;
       at = spec.find("\n| `", at + 1))
    ++rows;
  EXPECT_EQ(rows, all_rules().size());
  for (const RuleName& rule : all_rules())
    EXPECT_THAT(
        spec, testing::HasSubstr("| `" + std::string(rule.name) + "` | " + std::string(rule.meaning) + " |"));
}

// The steps of the how-to, one after the other, are a policy that loads.
TEST(PolicyDocs, the_how_to_adds_up_to_a_policy) {
  std::istringstream page(read("docs/policy.md"));
  std::string policy;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.find("```") != std::string::npos)
      inside = line.find("```toml") != std::string::npos;
    else if (inside)
      policy += line + "\n";
  }
  const Result<Policy> loaded = Policy::load(policy);
  ASSERT_TRUE(loaded) << loaded.error().text() << "\n" << policy;
  EXPECT_EQ(loaded->tests().size(), 1U);
}

}  // namespace
}  // namespace parley::policy
