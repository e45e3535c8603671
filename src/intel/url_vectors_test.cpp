#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "encoding/json.hpp"
#include "intel/selector.hpp"

// The vectors were made by Node (tests/interop/url_oracle.mjs), which also runs this test over fresh ones
// through the environment variable.
namespace parley::intel {
namespace {

std::string vectors_file() {
  const char* other = std::getenv("PARLEY_URL_VECTORS");
  return other != nullptr ? other : PARLEY_SOURCE_DIR "/tests/vectors/selector/url_whatwg.json";
}

TEST(UrlVectors, agree_with_the_url_class_of_node) {
  std::ifstream file(vectors_file(), std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto parsed = encoding::parse_json(text);
  ASSERT_TRUE(parsed) << parsed.error().text();
  const encoding::Json& vectors = *parsed;
  ASSERT_GE(vectors.size(), 300U);
  std::size_t refused = 0;
  for (const encoding::Json& vector : *vectors.if_array()) {
    const std::string raw = vector.string_member("raw").value();
    const std::string* href = vector.find("href")->if_string();
    const auto selector = canonical_selector(SelectorType::url, raw);
    if (href == nullptr) {
      ++refused;
      EXPECT_FALSE(selector) << raw << " gave " << selector->value;
    } else if (selector) {
      EXPECT_EQ(selector->value, *href) << raw;
      const auto again = canonical_selector(SelectorType::url, *href);
      ASSERT_TRUE(again) << raw << " gave " << *href << ": " << again.error().message;
      EXPECT_EQ(again->value, *href) << raw;
    } else {
      // Unicode tables differ by version: such a host may be refused, but never read as another.
      EXPECT_TRUE(vector.contains("idna")) << raw << ": " << selector.error().message;
    }
  }
  EXPECT_GT(refused, vectors.size() / 10);
}

}  // namespace
}  // namespace parley::intel
