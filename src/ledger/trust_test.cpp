#include "ledger/trust.hpp"

#include <gtest/gtest.h>

#include "ledger/evidence_world.hpp"

namespace parley::ledger {
namespace {

using merkle::KeyType;
using merkle::VerifierKey;
using world::key;

std::string vkey(std::string name, std::uint8_t byte, KeyType type = KeyType::ed25519) {
  return VerifierKey{std::move(name), type, key(byte).public_key()}.text();
}
std::string witness(std::string name, std::uint8_t byte) {
  return vkey(std::move(name), byte, KeyType::cosignature_v1);
}

/// Two witnesses of one organisation, of which one is enough, and one of another.
std::string policy() {
  return "# carried by hand\n\nlog " + vkey("node.example/alpha", 2) + " https://alpha.example.org/\n" +
         "role " + vkey("node.example/alpha", 1) + "\n\t role  " + vkey("node.example/bravo", 4) + " \n" +
         "witness x1 " + witness("x1.example", 11) + "\nwitness x2 " + witness("x2.example", 12) +
         "\nwitness y " + witness("y.example", 13) + "\ngroup x any x1 x2\ngroup both all x y\nquorum both\n";
}

TEST(Trust, reads_a_policy_with_groups) {
  const auto trust = parse_trust(policy());
  ASSERT_TRUE(trust) << trust.error().text();
  EXPECT_EQ(trust->logs.size(), 1U);
  EXPECT_EQ(trust->role_keys("node.example/bravo"), std::vector{key(4).public_key()});
  EXPECT_TRUE(trust->trusts_role("node.example/alpha", key(1).public_key()));
  EXPECT_FALSE(trust->trusts_role("node.example/alpha", key(4).public_key()));
  EXPECT_EQ(trust->log_keys("node.example/bravo").size(), 0U);
}

TEST(Trust, writes_what_it_reads) {
  const Trust trust = *parse_trust(policy());
  const auto again = parse_trust(format_trust(trust));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, trust);
  EXPECT_EQ(*parse_trust(format_trust(Trust{})), Trust{});
  EXPECT_TRUE(Trust{}.empty());
}

TEST(Trust, counts_witnesses_as_the_groups_say) {
  const Trust trust = *parse_trust(policy());
  EXPECT_TRUE(trust.quorum_met({"x1", "y"}));
  EXPECT_TRUE(trust.quorum_met({"x1", "x2", "y"}));
  EXPECT_FALSE(trust.quorum_met({"x1", "x2"}));
  EXPECT_FALSE(trust.quorum_met({"y"}));
  EXPECT_FALSE(trust.quorum_met({}));
  EXPECT_TRUE(Trust{}.quorum_met({}));
  EXPECT_TRUE(parse_trust("witness w " + witness("w.example", 11) + "\nquorum w\n")->quorum_met({"w"}));
}

TEST(Trust, takes_the_policy_of_the_tlog_vector) {
  const auto trust = parse_trust(
      "log node.example/disclosures+40a62fe2+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\n"
      "witness w1 witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU\n"
      "quorum w1\n");
  ASSERT_TRUE(trust) << trust.error().text();
  EXPECT_EQ(trust->witnesses[0].key.name, "witness.example/w1");
}

TEST(Trust, refuses_what_it_does_not_fully_understand) {
  const std::string log = "log " + vkey("a.example", 1) + "\n";
  const std::string w = "witness w " + witness("w.example", 11) + "\n";
  for (const std::string& text : std::vector<std::string>{
           std::string(),
           log,
           log + "quorum none",
           log + "quorum none\nquorum none\n",
           log + "quorum w\n",
           log + log + "quorum none\n",
           "role " + vkey("a.example", 1) + "\nrole " + vkey("b.example", 1) +
               "\nquorum none\n",  // one key, two names
           "log " + witness("a.example", 1) + "\nquorum none\n",
           "witness w " + vkey("w.example", 11) + "\nquorum none\n",
           "log a.example+00000000+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\nquorum none\n",
           "role " + vkey("a.example", 1) + " https://example.org\nquorum none\n",
           "trust everybody\nquorum none\n",
           w + w + "quorum w\n",
           "witness none " + witness("w.example", 11) + "\nquorum none\n",
           w + "group w any w\nquorum w\n",
           w + "group g 0 w\nquorum g\n",
           w + "group g 2 w\nquorum g\n",
           w + "group g 01 w\nquorum g\n",
           w + "group g -1 w\nquorum g\n",
           w + "group g any\nquorum g\n",
           w + "group g any none\nquorum g\n",
           w + "group g any w w\nquorum g\n",
           w + "group g any w\ngroup h any w\nquorum h\n",
           "group g any w\n" + w + "quorum g\n",
           "quorum w\n" + w,
           log + "quorum none\r\n",
           log + std::string("quorum\0none\n", 12),
           std::string("log\nquorum none\n")})
    EXPECT_FALSE(parse_trust(text)) << text;
}

TEST(Trust, says_in_which_line_it_stumbled_and_keeps_its_limits) {
  EXPECT_EQ(parse_trust("quorum none\n\nnonsense\n").error().where, "line 3");
  TrustLimits limits;
  limits.max_bytes = 10;
  EXPECT_FALSE(parse_trust("quorum none\n", limits));
  limits = {};
  limits.max_lines = 1;
  EXPECT_FALSE(parse_trust(policy(), limits));
}

}  // namespace
}  // namespace parley::ledger
