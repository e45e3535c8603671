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

TEST(LeakStatement, before_the_choice_it_names_both_protocols_and_promises_the_weaker) {
  LeakFacts open = facts(Role::receiver, Output::items);
  open.or_else = Protocol::vole;
  EXPECT_THAT(leak_statement(open),
              AllOf(HasSubstr("as long as both sides follow the protocol (dh-ristretto255/1"),
                    HasSubstr("That is the least"), HasSubstr("vole-rr22/1 (malicious)")));
  EXPECT_THAT(leak_statement(facts(Role::receiver, Output::items)), Not(HasSubstr("vole-rr22")));
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

TEST(LeakStatement, says_who_learns_first_and_what_can_be_withheld) {
  LeakFacts both = facts(Role::receiver, Output::items);
  both.learner = Learner::both;
  both.protocol = Protocol::vole;
  EXPECT_THAT(leak_statement(both),
              AllOf(HasSubstr("You learn first"), HasSubstr("malicious"),
                    HasSubstr("which of up to 256 items"), Not(HasSubstr("none of your items"))));
  both.role = Role::sender;
  EXPECT_THAT(leak_statement(both), AllOf(HasSubstr("The peer learns first"), HasSubstr("keep proofs back"),
                                          HasSubstr("you learn that the peer holds that item"),
                                          Not(HasSubstr("never the result"))));
}

TEST(LeakStatement, names_what_no_protocol_prevents) {
  LeakFacts some = facts(Role::sender, Output::items);
  some.peer_most = 282;
  some.min_set = 16;
  EXPECT_THAT(
      leak_statement(some),
      AllOf(HasSubstr("up to 282 of them"), HasSubstr("at least 16 real items"),
            HasSubstr("Differences of the peer's set from one run to the next cannot be checked"),
            HasSubstr("once a day"), HasSubstr("budgets"), HasSubstr("open the leaf"), HasSubstr("replay")));
}

}  // namespace
}  // namespace parley::match
