#include "net/refusal_log.hpp"

#include <gtest/gtest.h>

namespace parley::net {
namespace {

TEST(RefusalLog, writes_so_many_lines_a_minute_and_counts_the_rest) {
  RefusalLog log(3);
  RefusalLog::TimePoint now{std::chrono::hours(5)};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(log.admit(now), 0U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(log.admit(now + std::chrono::milliseconds(i)), std::nullopt);
  now += std::chrono::minutes(1);
  EXPECT_EQ(log.admit(now), 1000U) << "the next line tells of them";
  EXPECT_EQ(log.admit(now), 0U) << "once";
}

TEST(RefusalLog, tells_what_was_left_out_when_no_line_comes_after_it) {
  RefusalLog log(1);
  const RefusalLog::TimePoint now{std::chrono::hours(5)};
  EXPECT_EQ(log.take_left_out(), 0U);
  for (int i = 0; i < 8; ++i) static_cast<void>(log.admit(now));
  EXPECT_EQ(log.take_left_out(), 7U);
  EXPECT_EQ(log.take_left_out(), 0U);
  EXPECT_EQ(log.admit(now + std::chrono::minutes(1)), 0U) << "told already";
}

}  // namespace
}  // namespace parley::net
