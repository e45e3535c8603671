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

}  // namespace
}  // namespace parley::net
