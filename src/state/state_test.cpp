#include <gtest/gtest.h>

#include <string>

#include "state/content.hpp"
#include "state/marking_code.hpp"

namespace parley::state {
namespace {

TEST(Content, is_the_same_however_the_json_is_written) {
  EXPECT_TRUE(same_content(R"({"a":1,"b":"é"})", "{ \"b\":\"\\u00e9\",\n\"a\":1.0 }"));
  EXPECT_FALSE(same_content(R"({"a":1})", R"({"a":2})"));
  EXPECT_FALSE(same_content(R"({"a":1})", R"({"a":"1"})"));
  EXPECT_FALSE(same_content(R"([1,2])", R"([2,1])"));
}

TEST(Content, that_is_no_json_is_only_the_same_as_its_own_bytes) {
  EXPECT_TRUE(same_content("plain", "plain"));
  EXPECT_FALSE(same_content("plain", "plain "));
  EXPECT_FALSE(same_content(R"({"a":1,"a":1})", R"({"a":1, "a":1})"));
}

TEST(MarkingCode, keeps_what_a_marking_says_about_leaving) {
  using intel::TlpLevel;
  for (const TlpLevel level :
       {TlpLevel::clear, TlpLevel::green, TlpLevel::amber, TlpLevel::amber_strict, TlpLevel::red}) {
    intel::Marking marking;
    marking.tlp = level;
    EXPECT_EQ(to_marking(marking_code(marking)), marking);
    marking.unknown = true;
    EXPECT_EQ(marking_code(marking), MarkingCode::unknown)
        << "a level beside an unknown marking frees nothing";
  }
  EXPECT_EQ(marking_code({}), MarkingCode::none);
  EXPECT_TRUE(to_marking(MarkingCode::none).is_absent());
  EXPECT_TRUE(to_marking(MarkingCode::unknown).unknown);
}

TEST(MarkingCode, strictest_of_two_is_what_leaves_less) {
  EXPECT_EQ(strictest(MarkingCode::clear, MarkingCode::green), MarkingCode::green);
  EXPECT_EQ(strictest(MarkingCode::red, MarkingCode::amber_strict), MarkingCode::red);
  EXPECT_EQ(strictest(MarkingCode::red, MarkingCode::unknown), MarkingCode::unknown);
  EXPECT_EQ(strictest(MarkingCode::none, MarkingCode::clear), MarkingCode::none);
}

TEST(MarkingCode, a_stored_number_that_is_no_code_never_leaves) {
  for (const MarkingCode code :
       {MarkingCode::clear, MarkingCode::green, MarkingCode::amber, MarkingCode::amber_strict,
        MarkingCode::red, MarkingCode::unknown, MarkingCode::none})
    EXPECT_EQ(stored_marking(static_cast<std::int64_t>(code)), code);
  for (const std::int64_t number : {-1, 5, 253, 256, 1 << 30})
    EXPECT_EQ(stored_marking(number), MarkingCode::unknown) << number;
}

}  // namespace
}  // namespace parley::state
