#include "match/leak_statement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::match {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

LeakFacts facts(Role role, Output output) {
  return {.role = role, .output = output, .own_size = 700, .own_padded = 1024, .peer_padded = 256};
}

TEST(LeakStatement, names_the_numbers_of_the_run_and_the_security_that_ran) {
  for (const Role role : {Role::receiver, Role::sender})
    for (const Output output : {Output::items, Output::size})
      EXPECT_THAT(
          leak_statement(facts(role, output)),
          AllOf(HasSubstr("700"), HasSubstr("1024"), HasSubstr("256"), HasSubstr("Even if nothing matches"),
                HasSubstr("semi-honest"), HasSubstr("Nobody can check")));
}

TEST(LeakStatement, says_who_learns_what) {
  const std::string items = leak_statement(facts(Role::receiver, Output::items));
  EXPECT_THAT(items, HasSubstr("you learn that the peer holds that item"));
  const std::string size = leak_statement(facts(Role::receiver, Output::size));
  EXPECT_THAT(size, AllOf(HasSubstr("only how many"), Not(HasSubstr("holds that item"))));
  EXPECT_THAT(leak_statement(facts(Role::sender, Output::items)),
              AllOf(HasSubstr("never the result"), HasSubstr("which of up to 256 items")));
  EXPECT_THAT(leak_statement(facts(Role::sender, Output::size)),
              AllOf(HasSubstr("only how many"), Not(HasSubstr("which of up to"))));
}

}  // namespace
}  // namespace parley::match
