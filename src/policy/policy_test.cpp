#include "policy/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "policy/question_fixture.hpp"
#include "policy/rule_names.hpp"

namespace parley::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Error load_error(const std::string& text) {
  const Result<Policy> loaded = Policy::load(text);
  EXPECT_FALSE(loaded) << text;
  return loaded ? Error{} : loaded.error();
}

TEST(Policy, the_default_loads_and_lets_nothing_leave) {
  const Result<Policy> policy = Policy::load(default_policy_toml());
  ASSERT_TRUE(policy) << policy.error().text();
  EXPECT_EQ(policy->tests().size(), 1U);
  EXPECT_EQ(policy->decide(good_question()).outcome, Outcome::deny);
}

TEST(Policy, is_named_by_the_hash_of_its_bytes) {
  const std::string text = policy_text();
  const Result<Policy> policy = Policy::load(text);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->hash(), crypto::sha256(as_bytes(text)));
  EXPECT_EQ(policy->version(), to_hex(crypto::sha256(as_bytes(text))));
  const Result<Policy> other = Policy::load(text + "# a remark\n");
  ASSERT_TRUE(other);
  EXPECT_NE(other->version(), policy->version());
}

TEST(Policy, a_rule_set_that_fails_to_load_closes_the_node) {
  const Policy policy = Policy::load_or_closed("version = 1\npeer = oops\n");
  EXPECT_TRUE(policy.is_closed());
  EXPECT_THAT(policy.closed_because(), HasSubstr("line 2"));
  EXPECT_THAT(policy.decide(good_question()).rules(), ElementsAre("policy-not-loaded"));
}

TEST(Policy, unknown_keys_are_errors_wherever_they_stand) {
  for (const char* text : {"version = 1\noff_limit = 3\n", "version = 1\n[off_limits]\nlabel = []\n",
                           "version = 1\n[[peer]]\nname = \"a\"\ntlp = \"green\"\ntpl = \"red\"\n",
                           "version = 1\n[approvals.matches]\ncount = 1\n",
                           "version = 1\n[approvals.match]\ncount = 1\nunit = [\"a\"]\n",
                           "version = 1\n[open_cases]\nmach = []\n"})
    EXPECT_THAT(load_error(text).message, HasSubstr("unknown key")) << text;
}

TEST(Policy, the_error_says_where) {
  const Error error = load_error("version = 1\n\n[[peer]]\nname = \"CERT Bravo\"\ntlp = \"blue\"\n");
  EXPECT_EQ(error.kind, ErrorKind::bad_input);
  EXPECT_EQ(error.where, "line 5, peer[1].tlp");
}

TEST(Policy, refuses_what_could_not_mean_what_it_says) {
  for (const char* text : {
           "",
           "version = 2\n",
           "version = \"1\"\n",
           "version = 1\npurposes = \"a\"\n",
           "version = 1\npurposes = [\"\"]\n",
           "version = 1\npurposes = [1]\n",
           "version = 1\nfree_text = \"maybe\"\n",
           "version = 1\n[[peer]]\ntlp = \"green\"\n",               // nobody
           "version = 1\n[[peer]]\nname = \"\"\ntlp = \"green\"\n",  // nobody
           "version = 1\n[[peer]]\nname = \"a\"\n",                  // no ceiling
           "version = 1\n[[peer]]\nname = \"a\"\ntlp = \"red\"\n",   // RED is no ceiling
           "version = 1\n[[peer]]\nname = \"a\"\ntlp = \"green\"\npap = \"blue\"\n",
           "version = 1\n[peer]\nname = \"a\"\ntlp = \"green\"\n",  // not a list
           "version = 1\n[[peer]]\nname = \"a\"\ntlp = \"green\"\n[[peer]]\nname = \"a\"\ntlp = \"amber\"\n",
           "version = 1\n[[peer]]\norigin=\"a\"\ntlp=\"green\"\n[[peer]]\norigin=\"a\"\ntlp=\"amber\"\n",
           "version = 1\n[strip]\n\"*\" = [\"id\"]\n",
           "version = 1\n[strip]\nindicator = [\"object_marking_refs\"]\n",
           "version = 1\n[strip]\nindicator = \"name\"\n",
           "version = 1\n[off_limits]\nvalues = [\"example.org\"]\n",  // no type
           "version = 1\n[off_limits]\nvalues = [\"ipv4-addr:999.1.1.1\"]\n",
           "version = 1\n[approvals.release]\ncount = -1\n",
           "version = 1\n[approvals.release]\ncount = 17\n",
           "version = 1\n[approvals.release]\nunits = [\"a\"]\n",             // no count
           "version = 1\n[approvals.release]\ncount = 2\nunits = [\"a\"]\n",  // can never be met
           "version = 1\n[approvals.release]\ncount = 1\nunits = [\"a\", \"a\"]\n",
       })
    load_error(text);
}

TEST(Policy, file_hashes_can_be_off_limits_although_their_type_has_a_colon) {
  const std::string sha256(64, 'a');
  const Result<Policy> policy =
      Policy::load("version = 1\n[off_limits]\nvalues = [\"file:sha256:" + sha256 + "\"]\n");
  ASSERT_TRUE(policy) << policy.error().text();
  EXPECT_TRUE(policy->is_off_limits({intel::SelectorType::file_sha256, sha256}));
}

TEST(Policy, refuses_what_the_parser_would_take_for_granted) {
  using namespace std::string_literals;
  for (const std::string& text :
       {"["s, "[["s, "[= 1]"s, "[\0\0[test]]"s, "[.a]"s, "a = \xd2\x91"s, "ve\xef\xbb\xbb = 1"s,
        "b\xc3\xa4r = 1"s, "me =22:22:2\"2\xce\x8c"s, "version = 1 \x7f"s})
    EXPECT_EQ(load_error("version = 1\n" + text).kind, ErrorKind::bad_input) << text;
}

TEST(Policy, letters_of_every_script_may_stand_in_texts_and_remarks) {
  const Result<Policy> policy = Policy::load(
      "# \xc3\xa4\nversion = 1 # \xef\xba\x80\n[off_limits]\nlabels = [\"\xc3\xa4\", '\xd0\xb6', "
      "\"\\\"\xc3\xb6\"]\n"
      "actors = [\"\"\"\n\xe4\xb8\xad \\\"\"\"\"]\n");
  ASSERT_TRUE(policy) << policy.error().text();
  ObjectFacts facts;
  facts.labels = {"\xd0\xb6", "\"\xc3\xb6"};
  EXPECT_EQ(policy->off_limits(facts).size(), 2U);
}

TEST(Policy, refuses_a_file_over_the_limit_before_reading_it) {
  const std::string text = policy_text() + std::string(Policy::max_bytes, '#');
  EXPECT_THAT(load_error(text).message, HasSubstr("at most"));
}

TEST(Policy, its_own_tests_run_at_every_load) {
  const std::string passing = R"([[test]]
name = "amber goes to Bravo"
act = "release"
peer = "CERT Bravo"
purpose = "incident-response"
type = "indicator"
tlp = "amber"
expect = "permit"
)";
  const Result<Policy> policy = Policy::load(policy_text(passing));
  ASSERT_TRUE(policy) << policy.error().text();
  EXPECT_THAT(policy->tests(), ElementsAre("amber goes to Bravo"));

  const std::string failing = R"([[test]]
name = "strict stays"
act = "release"
peer = "CERT Bravo"
purpose = "incident-response"
type = "indicator"
tlp = "amber"
expect = "deny"
)";
  const Error error = load_error(policy_text(failing));
  EXPECT_EQ(error.where, "test \"strict stays\"");
  EXPECT_THAT(error.message, HasSubstr("expected deny"));
  EXPECT_TRUE(Policy::load_or_closed(policy_text(failing)).is_closed());
}

TEST(Policy, a_test_that_expects_another_rule_fails) {
  const std::string test = R"([[test]]
name = "red"
act = "release"
peer = "CERT Bravo"
purpose = "incident-response"
type = "indicator"
tlp = "red"
expect = "deny"
rule = "tlp-ceiling"
)";
  EXPECT_EQ(load_error(policy_text(test)).where, "test \"red\"");
}

TEST(Policy, tests_can_ask_about_every_dimension) {
  const std::string tests = R"([off_limits]
labels = ["victim"]
values = ["domain-name:example.org"]
[open_cases]
labels = ["case"]
[[test]]
name = "label"
act = "match"
peer = "CERT Bravo"
purpose = "incident-response"
type = "domain-name"
tlp = "clear"
labels = ["victim"]
value = "domain-name:example.org"
open_case = "x"
received_from = "charlie.example/1"
agreement = "expired"
suspended = true
expect = "deny"
rule = "off-limits-label"
[[test]]
name = "nobody"
act = "export"
purpose = "incident-response"
type = "indicator"
tlp = "none"
agreement = "none"
expect = "deny"
rule = "empty-audience"
)";
  const Result<Policy> policy = Policy::load(policy_text(tests));
  ASSERT_TRUE(policy) << policy.error().text();
}

TEST(Policy, a_test_that_cannot_be_read_is_an_error) {
  const std::string head = "[[test]]\nname = \"t\"\nact = \"release\"\ntype = \"indicator\"\n";
  for (const char* more :
       {"", "expect = \"yes\"\n", "expect = \"deny\"\nrule = \"no-such-rule\"\n",
        "expect = \"deny\"\ntlp = \"blue\"\n", "expect = \"deny\"\nagreement = \"maybe\"\n",
        "expect = \"deny\"\nvalue = \"x\"\n", "expect = \"deny\"\npurposes = \"x\"\n"})
    load_error(policy_text(head + more));
}

TEST(Policy, rule_names_are_distinct_and_found_again) {
  std::set<std::string_view> seen;
  for (const RuleName& rule : all_rules()) {
    EXPECT_TRUE(seen.insert(rule.name).second) << rule.name;
    EXPECT_EQ(find_rule(rule.name), &rule);
    EXPECT_FALSE(rule.meaning.empty());
  }
  EXPECT_EQ(find_rule("no-such-rule"), nullptr);
}

}  // namespace
}  // namespace parley::policy
