#include "policy/match_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/question_fixture.hpp"

namespace parley::policy {
namespace {

using intel::SelectorType;
using ::testing::HasSubstr;

Result<Policy> load(std::string_view more) {
  return Policy::load(policy_text(more));
}

std::vector<std::string> rules_of(const Policy& policy, const Question& question) {
  return policy.decide(question).rules();
}

TEST(MatchRules, a_type_that_can_be_listed_whole_has_a_cap_without_a_word_in_the_policy) {
  const Policy policy = load("").value();
  for (const SelectorType type : {SelectorType::ipv4_addr, SelectorType::phone, SelectorType::card_bin,
                                  SelectorType::autonomous_system}) {
    const auto cap = policy.match_rules().cap(type);
    ASSERT_TRUE(cap && enumerable_domain(type)) << intel::type_name(type);
    EXPECT_LE(cap->max_set, *enumerable_domain(type) / 256) << intel::type_name(type);
    EXPECT_FALSE(cap->reason.empty());
    EXPECT_GT(policy.match_rules().budget(type).per_peer, 0U);
    EXPECT_GT(policy.match_rules().budget(type).all_peers, 0U);
  }
  EXPECT_FALSE(policy.match_rules().cap(SelectorType::domain_name));
  EXPECT_FALSE(policy.match_rules().cap(SelectorType::ipv6_addr));
  EXPECT_EQ(policy.match_rules().budget(SelectorType::domain_name).all_peers, 0U);
}

TEST(MatchRules, the_policy_names_a_cap_and_why_but_never_the_whole_domain) {
  const std::string cap = "[[match.cap]]\ntype = \"ipv4-addr\"\nreason = \"one network each\"\nmax_set = ";
  const auto named = load(cap + "64\n");
  ASSERT_TRUE(named) << named.error().text();
  EXPECT_EQ(named->match_rules().cap(SelectorType::ipv4_addr)->max_set, 64U);
  EXPECT_EQ(named->match_rules().cap(SelectorType::ipv4_addr)->reason, "one network each");
  EXPECT_EQ(named->match_rules().budget(SelectorType::ipv4_addr).per_peer, 256U);
  const auto whole = load(cap + "4294967296\n");
  ASSERT_FALSE(whole);
  EXPECT_THAT(whole.error().text(), HasSubstr("16777216"));
  EXPECT_FALSE(load(cap + "0\n"));
  EXPECT_FALSE(load(cap + "64\n" + cap + "65\n"));
  EXPECT_FALSE(load("[[match.cap]]\ntype = \"ipv4-addr\"\nmax_set = 64\n"));  // no reason
  EXPECT_FALSE(load("[[match.cap]]\ntype = \"ipv9\"\nmax_set = 64\nreason = \"x\"\n"));
}

TEST(MatchRules, budgets_are_read_for_a_type_and_for_every_other) {
  const auto policy = load(
      "[[match.budget]]\ntype = \"*\"\nper_peer = 10\n"
      "[[match.budget]]\ntype = \"email-addr\"\nper_peer = 5\nall_peers = 7\ndays = 30\n");
  ASSERT_TRUE(policy) << policy.error().text();
  const TypeBudget mail = policy->match_rules().budget(SelectorType::email_addr);
  EXPECT_EQ(mail.per_peer, 5U);
  EXPECT_EQ(mail.all_peers, 7U);
  EXPECT_EQ(mail.days, 30U);
  EXPECT_EQ(policy->match_rules().budget(SelectorType::domain_name).per_peer, 10U);
  EXPECT_EQ(policy->match_rules().budget(SelectorType::ipv4_addr).per_peer, 10U);
  for (const char* bad :
       {"[[match.budget]]\ntype = \"*\"\n", "[[match.budget]]\ntype = \"*\"\nper_peer = 0\n",
        "[[match.budget]]\ntype = \"*\"\nper_peer = 1\ndays = 0\n",
        "[[match.budget]]\ntype = \"*\"\nper_peer = 1\ndays = 367\n", "[[match.budget]]\nper_peer = 1\n",
        "[match]\nbudgets = 1\n", "[match]\nleast_security = \"high\"\n"})
    EXPECT_FALSE(load(bad)) << bad;
}

TEST(MatchRules, what_is_not_published_is_matched_only_with_a_peer_that_is_named) {
  Question question = good_question(Act::match);
  question.object->unpublished = true;
  EXPECT_EQ(rules_of(load("").value(), question), std::vector<std::string>{"unpublished"});
  EXPECT_EQ(rules_of(load("[match]\nunpublished = [\"CERT Delta\"]\n").value(), question),
            std::vector<std::string>{"unpublished"});
  for (const char* named : {"CERT Bravo", "bravo.example/1"})
    EXPECT_EQ(rules_of(load("[match]\nunpublished = [\"" + std::string(named) + "\"]\n").value(), question),
              std::vector<std::string>{"permitted"});
  question.act = Act::release;
  EXPECT_EQ(rules_of(load("").value(), question), std::vector<std::string>{"permitted"});
}

TEST(MatchRules, a_pap_of_red_stays_out_of_a_match_unless_the_peer_has_that_ceiling) {
  Question question = good_question(Act::match);
  question.object->marking.pap = intel::PapLevel::amber;
  EXPECT_EQ(rules_of(load("").value(), question), std::vector<std::string>{"permitted"});
  question.object->marking.pap = intel::PapLevel::red;
  EXPECT_EQ(rules_of(load("").value(), question), std::vector<std::string>{"pap-ceiling"});
  std::string named = policy_text();
  named.insert(named.find("tlp ="), "pap = \"red\"\n");
  EXPECT_EQ(rules_of(Policy::load(named).value(), question), std::vector<std::string>{"permitted"});
}

TEST(MatchRules, only_malicious_security_is_a_choice_of_the_policy) {
  EXPECT_FALSE(load("")->match_rules().malicious_only);
  EXPECT_TRUE(load("[match]\nleast_security = \"malicious\"\n")->match_rules().malicious_only);
}

}  // namespace
}  // namespace parley::policy
