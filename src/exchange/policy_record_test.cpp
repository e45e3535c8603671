#include "exchange/policy_record.hpp"

#include <gtest/gtest.h>

#include "exchange/node_fixture.hpp"
#include "exchange/recording.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

TEST(PolicyRecord, every_change_of_the_rules_is_in_the_ledger_once) {
  MemoryNode home;
  const policy::Policy first = policy::Policy::load_or_closed("version = 1\n");
  const policy::Policy second = policy::Policy::load_or_closed("version = 1\n# a remark\n");
  const policy::Policy broken = policy::Policy::load_or_closed("version = 2\n");
  const auto entries = [&] { return home.ledger->size().value(); };
  ASSERT_TRUE(record_policy(*home.node, first, "start"));
  ASSERT_TRUE(record_policy(*home.node, first, "start"));
  EXPECT_EQ(entries(), 1U);
  home.reopen();
  ASSERT_TRUE(record_policy(*home.node, first, "start"));
  EXPECT_EQ(entries(), 1U);
  ASSERT_TRUE(record_policy(*home.node, second, "operator"));
  ASSERT_TRUE(record_policy(*home.node, broken, "start"));
  ASSERT_TRUE(record_policy(*home.node, first, "operator"));
  EXPECT_EQ(entries(), 4U);
  const auto told = recorded_at(*home.node, 2);
  ASSERT_TRUE(told);
  const auto statement = record::verify_statement(told->jws, home.keys.role.public_key());
  ASSERT_TRUE(statement);
  EXPECT_EQ(statement->schema, "parley/policy/1");
  EXPECT_EQ(statement->members.string_member("by").value(), "start");
  EXPECT_TRUE(statement->members.bool_member("closed").value());
  EXPECT_EQ(statement->members.string_member("policy_version").value(), broken.version());
}

}  // namespace
}  // namespace parley::exchange
