#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/question_fixture.hpp"

namespace parley::policy {
namespace {

using intel::TlpLevel;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Policy with(std::string_view more = {}) {
  Result<Policy> loaded = Policy::load(policy_text(more));
  EXPECT_TRUE(loaded) << loaded.error().text();
  return loaded ? *loaded : Policy::closed("test");
}

void expect_denied_by(const Policy& policy, const Question& question, const std::string& rule) {
  const Decision decision = policy.decide(question);
  EXPECT_EQ(decision.outcome, Outcome::deny);
  EXPECT_THAT(decision.rules(), ElementsAre(rule)) << decision.why();
}

TEST(Decide, permits_what_every_rule_lets_pass) {
  const Decision decision = with().decide(good_question());
  EXPECT_EQ(decision.outcome, Outcome::permit) << decision.why();
  EXPECT_THAT(decision.rules(), ElementsAre("permitted"));
}

TEST(Decide, empty_audience_is_nobody) {
  Question question = good_question();
  question.audience.reset();
  expect_denied_by(with(), question, "empty-audience");
  question.audience = Audience{};
  const Decision decision = with().decide(question);
  EXPECT_EQ(decision.outcome, Outcome::deny);
  EXPECT_THAT(decision.rules(), Contains("empty-audience"));
}

TEST(Decide, a_peer_that_is_not_listed_gets_nothing) {
  Question question = good_question();
  question.audience->name = "CERT Charlie";
  expect_denied_by(with(), question, "peer-not-listed");
}

TEST(Decide, a_suspended_peer_gets_nothing) {
  Question question = good_question();
  question.audience->suspended = true;
  expect_denied_by(with(), question, "peer-suspended");
}

TEST(Decide, unknown_marking_never_leaves_even_beside_a_known_one) {
  Question question = good_question();
  question.object->marking = {};
  question.object->marking.unknown = true;
  expect_denied_by(with(), question, "unknown-marking");
  question.object->marking.tlp = TlpLevel::clear;
  expect_denied_by(with(), question, "unknown-marking");
}

TEST(Decide, no_marking_never_leaves) {
  Question question = good_question();
  question.object->marking = {};
  expect_denied_by(with(), question, "no-marking");
}

// Two vocabularies may give one rank to two meanings: AMBER of TLP 1.0 and AMBER+STRICT of 2.0 both stand
// "third". Taken together the stricter one must decide, in either order.
TEST(Decide, equal_order_markings_are_decided_by_the_stricter) {
  intel::Marking first;
  first.tlp = intel::tlp_of_marking_id("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82");
  intel::Marking second;
  second.tlp = intel::tlp_of_marking_id("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003");
  ASSERT_TRUE(first.tlp && second.tlp);
  for (const intel::Marking& both : {strictest(first, second), strictest(second, first)}) {
    Question question = good_question();
    question.object->marking = both;
    expect_denied_by(with(), question, "tlp-ceiling");
  }
  Question question = good_question();
  question.object->marking = first;
  EXPECT_EQ(with().decide(question).outcome, Outcome::permit);
}

TEST(Decide, every_level_above_the_ceiling_stays) {
  for (const TlpLevel level : {TlpLevel::clear, TlpLevel::green, TlpLevel::amber}) {
    Question question = good_question();
    question.object->marking.tlp = level;
    EXPECT_EQ(with().decide(question).outcome, Outcome::permit);
  }
  Question question = good_question();
  question.object->marking.tlp = TlpLevel::amber_strict;
  expect_denied_by(with(), question, "tlp-ceiling");
  question.object->marking.tlp = TlpLevel::red;
  expect_denied_by(with(), question, "tlp-red");
}

TEST(Decide, pap_needs_a_ceiling_to_leave) {
  Question question = good_question();
  question.object->marking.pap = intel::PapLevel::green;
  expect_denied_by(with(), question, "pap-ceiling");
  const Result<Policy> wide = Policy::load(
      "version = 1\npurposes = [\"incident-response\"]\n[[peer]]\norigin = \"bravo.example/1\"\ntlp = "
      "\"amber\"\n"
      "pap = \"green\"\n[approvals.release]\ncount = 0\n");
  ASSERT_TRUE(wide) << wide.error().text();
  EXPECT_EQ(wide->decide(question).outcome, Outcome::permit);
  question.object->marking.pap = intel::PapLevel::amber;
  expect_denied_by(*wide, question, "pap-ceiling");
}

TEST(Decide, one_purpose_that_policy_and_agreement_both_allow) {
  Question question = good_question();
  question.purpose = "research";
  EXPECT_THAT(with().decide(question).rules(), ElementsAre("purpose-not-allowed", "agreement-purpose"));
  question.purpose = "";
  EXPECT_THAT(with().decide(question).rules(), ElementsAre("purpose-not-allowed", "agreement-purpose"));
}

TEST(Decide, no_act_without_an_agreement_in_force) {
  Question question = good_question();
  question.agreement.reset();
  expect_denied_by(with(), question, "no-agreement");

  question.agreement = test_agreement();
  question.agreement->suspended = true;
  expect_denied_by(with(), question, "agreement-not-in-force");

  question.agreement = test_agreement();
  question.agreement->signed_by_peer = false;
  expect_denied_by(with(), question, "agreement-not-in-force");
}

TEST(Decide, an_agreement_ends_at_the_very_moment_it_says) {
  Question question = good_question();
  question.now = question.agreement->agreement.valid_to - std::chrono::microseconds(1);
  EXPECT_EQ(with().decide(question).outcome, Outcome::permit);
  question.now = question.agreement->agreement.valid_to;
  expect_denied_by(with(), question, "agreement-not-in-force");
  question.now = question.agreement->agreement.valid_from - std::chrono::microseconds(1);
  expect_denied_by(with(), question, "agreement-not-in-force");
}

TEST(Decide, an_agreement_with_somebody_else_does_not_count) {
  Question question = good_question();
  question.agreement->agreement.parties[1].origin = "charlie.example/1";
  expect_denied_by(with(), question, "agreement-party");
}

// A clock turned back would bring an expired agreement to life.
TEST(Decide, clock_skew_beyond_the_limit_stops_every_act) {
  Question question = good_question();
  question.recorded_until = question.now + clock_skew_limit;
  EXPECT_EQ(with().decide(question).outcome, Outcome::permit);
  question.recorded_until = question.recorded_until + std::chrono::microseconds(1);
  expect_denied_by(with(), question, "clock-skew");
}

TEST(Decide, off_limits_labels_types_values_and_actors_deny) {
  const Policy policy = with(R"([off_limits]
labels = ["Victim"]
types = ["identity"]
values = ["domain-name:EXAMPLE.org"]
actors = ["Example Bear", "intrusion-set--00000000-0000-4000-8000-000000000009"]
)");
  Question question = good_question();
  question.object->labels = {"other", "victim"};
  expect_denied_by(policy, question, "off-limits-label");
  question = good_question();
  question.object->type = "identity";
  expect_denied_by(policy, question, "off-limits-type");
  question = good_question();
  question.object->selectors = {"domain-name:example.org"};
  expect_denied_by(policy, question, "off-limits-value");
  EXPECT_TRUE(policy.is_off_limits({intel::SelectorType::domain_name, "example.org"}));
  EXPECT_FALSE(policy.is_off_limits({intel::SelectorType::domain_name, "example.com"}));
  question = good_question();
  question.object->names = {"EXAMPLE BEAR"};
  expect_denied_by(policy, question, "off-limits-actor");
  question = good_question();
  question.object->refs = {"intrusion-set--00000000-0000-4000-8000-000000000009"};
  expect_denied_by(policy, question, "off-limits-actor");
}

TEST(Decide, open_cases_stay_out_unless_named_for_the_act) {
  const Policy policy = with("[open_cases]\nlabels = [\"case\"]\nmatch = [\"Orchid\"]\n");
  EXPECT_EQ(policy.open_case_of({"x", "case:orchid"}), "orchid");
  EXPECT_EQ(policy.open_case_of({"CASE"}), "CASE");
  EXPECT_EQ(policy.open_case_of({"casework", "case:"}), "");
  Question question = good_question(Act::match);
  question.object->open_case = "orchid";
  EXPECT_EQ(policy.decide(question).outcome, Outcome::permit);
  question.object->open_case = "tulip";
  expect_denied_by(policy, question, "open-case");
  question = good_question();
  question.object->open_case = "orchid";
  expect_denied_by(policy, question, "open-case");
}

TEST(Decide, what_came_from_a_third_party_goes_on_only_when_its_marking_lets_it) {
  Question question = good_question();
  question.object->received_from = "charlie.example/1";
  EXPECT_EQ(with().decide(question).outcome, Outcome::permit);  // GREEN: the community
  question.object->marking.tlp = TlpLevel::amber;
  expect_denied_by(with(), question, "onward");
  question.object->received_from = "bravo.example/1";
  EXPECT_EQ(with().decide(question).outcome, Outcome::permit);
}

TEST(Decide, a_match_covers_only_the_types_of_the_agreement) {
  Question question = good_question(Act::match);
  EXPECT_EQ(with().decide(question).outcome, Outcome::permit);
  question.object->type = "url";
  expect_denied_by(with(), question, "agreement-type");
}

TEST(Decide, free_text_carrying_an_indicator_keeps_the_object_back) {
  Question question = good_question();
  TextHit hit;
  hit.property = "/description";
  hit.selector = "domain-name:example.net";
  hit.marking.tlp = TlpLevel::amber_strict;
  question.object->text_hits = {hit};
  expect_denied_by(with(), question, "free-text");
  question.object->text_hits[0].marking.tlp = TlpLevel::green;
  EXPECT_EQ(with().decide(question).outcome, Outcome::permit);
  question.object->text_hits[0].off_limits = true;
  expect_denied_by(with(), question, "free-text");
  question.object->text_hits[0].off_limits = false;
  question.object->text_hits[0].open_case = true;
  expect_denied_by(with(), question, "free-text");
  question.object->text_hits[0].open_case = false;
  question.object->text_hits[0].marking = {};
  expect_denied_by(with(), question, "free-text");
}

TEST(Decide, free_text_is_taken_out_when_the_policy_says_so_but_never_the_type) {
  const Result<Policy> policy = Policy::load("free_text = \"strip\"\n" + policy_text());
  ASSERT_TRUE(policy) << policy.error().text();
  Question question = good_question();
  TextHit hit;
  hit.property = "/external_references/0/description";
  hit.selector = "domain-name:example.net";
  hit.off_limits = true;
  question.object->text_hits = {hit};
  const Decision decision = policy->decide(question);
  EXPECT_EQ(decision.outcome, Outcome::permit) << decision.why();
  EXPECT_THAT(decision.strip, ElementsAre("external_references"));
  question.object->text_hits[0].property = "/id";
  expect_denied_by(*policy, question, "free-text");
}

TEST(Decide, fields_are_stripped_by_type_and_for_every_type) {
  const Policy policy = with("[strip]\n\"*\" = [\"x_note\"]\nindicator = [\"description\", \"x_note\"]\n");
  EXPECT_THAT(policy.decide(good_question()).strip, ElementsAre("x_note", "description"));
  Question question = good_question();
  question.object->type = "malware";
  EXPECT_THAT(policy.decide(question).strip, ElementsAre("x_note"));
}

TEST(Decide, approvals_are_asked_for_by_act) {
  const Policy policy = with("[approvals.match]\ncount = 1\nunits = [\"Legal\"]\n");
  EXPECT_EQ(policy.decide(good_question()).outcome, Outcome::permit);
  const Decision decision = policy.decide(good_question(Act::match));
  EXPECT_EQ(decision.outcome, Outcome::needs_approval);
  EXPECT_EQ(decision.approvals.count, 1U);
  EXPECT_THAT(decision.approvals.units, ElementsAre("Legal"));
}

TEST(Decide, a_release_needs_two_units_when_the_policy_is_silent) {
  const Result<Policy> policy = Policy::load(
      "version = 1\npurposes = [\"incident-response\"]\n[[peer]]\nname = \"CERT Bravo\"\ntlp = \"amber\"\n");
  ASSERT_TRUE(policy) << policy.error().text();
  const Decision decision = policy->decide(good_question());
  EXPECT_EQ(decision.outcome, Outcome::needs_approval);
  EXPECT_EQ(decision.approvals.count, 2U);
  EXPECT_TRUE(decision.approvals.different_units);
}

TEST(Decide, deny_wins_and_every_denial_is_named) {
  const Policy policy = with("[off_limits]\nlabels = [\"victim\"]\n");
  Question question = good_question();
  question.object->labels = {"victim"};
  question.object->marking = {};
  question.audience->suspended = true;
  const Decision decision = policy.decide(question);
  EXPECT_EQ(decision.outcome, Outcome::deny);
  EXPECT_THAT(decision.rules(), ElementsAre("peer-suspended", "no-marking", "off-limits-label"));
  EXPECT_TRUE(decision.strip.empty());
}

// Two peers under one name, or one id in two lists, must not end with one getting what the other may have.
TEST(Decide, colliding_ids_of_peers_are_told_apart_by_origin) {
  const Result<Policy> policy = Policy::load(
      "version = 1\npurposes = [\"incident-response\"]\n[approvals.release]\ncount = 0\n"
      "[[peer]]\nname = \"CERT Bravo\"\norigin = \"bravo.example/1\"\ntlp = \"amber\"\n");
  ASSERT_TRUE(policy) << policy.error().text();
  EXPECT_EQ(policy->decide(good_question()).outcome, Outcome::permit);
  Question question = good_question();
  question.audience->origin = "impostor.example/1";
  question.agreement->agreement.parties[1].origin = "impostor.example/1";
  expect_denied_by(*policy, question, "peer-not-listed");
  question = good_question();
  question.audience->name = "CERT Beta";
  expect_denied_by(*policy, question, "peer-not-listed");
}

TEST(Decide, a_closed_policy_denies_everything) {
  const Policy closed = Policy::closed("line 3");
  EXPECT_TRUE(closed.is_closed());
  const Decision decision = closed.decide(good_question());
  EXPECT_EQ(decision.outcome, Outcome::deny);
  EXPECT_THAT(decision.rules(), ElementsAre("policy-not-loaded"));
  EXPECT_THAT(decision.why(), HasSubstr("line 3"));
}

TEST(Decide, an_explanation_names_the_rule_and_what_it_says) {
  Question question = good_question();
  question.object->marking.tlp = TlpLevel::amber_strict;
  const std::string text = explain(question, with().decide(question));
  EXPECT_THAT(text, HasSubstr("release to CERT Bravo of indicator--"));
  EXPECT_THAT(text, HasSubstr(": denied"));
  EXPECT_THAT(
      text,
      HasSubstr("tlp-ceiling: TLP:AMBER+STRICT is stricter than TLP:AMBER, the ceiling for CERT Bravo"));
}

TEST(Push, a_url_says_whose_collection_it_is_and_whether_officers_are_asked) {
  const std::string rules = R"(version = 1
[[taxii]]
caller = "https://taxii.example.org/r/collections/c/"
tlp = "green"
peer = "CERT Bravo"
standing = true
[[taxii]]
caller = "soc"
tlp = "green"
)";
  const Policy policy = Policy::load(rules).value();
  EXPECT_EQ(policy.push_rule("https://taxii.example.org/r/collections/c/").peer, "CERT Bravo");
  EXPECT_TRUE(policy.push_rule("https://taxii.example.org/r/collections/c/").standing);
  EXPECT_EQ(policy.push_rule("https://taxii.example.org/r/collections/d/").peer, "");
  EXPECT_FALSE(policy.push_rule("soc").standing);
  EXPECT_FALSE(Policy::load(rules + "standing = true\n")) << "nobody pushes to a reader";
  EXPECT_FALSE(Policy::load(rules + "peer = \"CERT Bravo\"\n"));
}

}  // namespace
}  // namespace parley::policy
