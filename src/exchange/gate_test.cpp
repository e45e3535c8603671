#include "exchange/gate.hpp"

#include <gmock/gmock.h>

#include "exchange/head_guard.hpp"
#include "exchange/package.hpp"
#include "exchange/release_fixture.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;
using intel::SelectorType;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Selector host(const std::string& name) {
  return {SelectorType::domain_name, name};
}

std::vector<std::string> ids_of(const std::string& package) {
  std::vector<std::string> out;
  const auto json = encoding::parse_json(package);
  EXPECT_TRUE(json);
  for (const auto& object : *json->find("objects")->if_array())
    out.push_back(*object.find("id")->if_string());
  return out;
}

Result<ReleasePreview> preview(ReleaseWorld& world, std::vector<std::string> objects) {
  return preview_release(*world.alpha.node, world.asked(std::move(objects)));
}

PackageQuestion package_question(const ReleaseWorld& world) {
  return {policy::Act::release, "CERT Bravo", world.agreement, "fraud"};
}

TEST(Gate, a_match_set_holds_what_may_leave_and_counts_what_stayed) {
  ReleaseWorld world;
  world.add_rules("[off_limits]\nvalues = [\"domain-name:victim.example.org\"]\n");
  TwoNodes::hold(world.alpha, {host("a.example.org"), host("b.example.org"), host("victim.example.org")});
  TwoNodes::hold(world.alpha, {host("strict.example.org")}, state::MarkingCode::amber_strict);
  TwoNodes::hold(world.alpha, {host("none.example.org")}, state::MarkingCode::none);
  TwoNodes::hold(world.alpha, {host("unknown.example.org")}, state::MarkingCode::unknown);
  TwoNodes::hold(world.alpha, {host("case.example.org")}, state::MarkingCode::clear, true);
  const auto set = Gate(*world.alpha.node).clear_match_set(world.question());
  ASSERT_TRUE(set) << text_of(set);
  EXPECT_THAT(set->value().selectors, ElementsAre(host("a.example.org"), host("b.example.org")));
  const std::map<std::string, std::uint64_t> held_out = {{"no-marking", 1},
                                                         {"off-limits-value", 1},
                                                         {"open-case", 1},
                                                         {"tlp-ceiling", 1},
                                                         {"unknown-marking", 1}};
  EXPECT_EQ(set->value().held_out, held_out);
  EXPECT_EQ(set->clearance().audience, world.bravo.origin);
  EXPECT_EQ(set->clearance().policy_version, world.alpha.node->policy().version());
}

TEST(Gate, one_strict_holding_keeps_a_selector_out_of_the_match) {
  ReleaseWorld world;
  TwoNodes::hold(world.alpha, {host("a.example.org")}, state::MarkingCode::clear);
  world.import({indicator(1, strict_ref, "a.example.org")});
  const auto set = Gate(*world.alpha.node).clear_match_set(world.question());
  ASSERT_TRUE(set) << text_of(set);
  EXPECT_TRUE(set->value().selectors.empty());
}

TEST(Gate, an_open_case_takes_part_when_the_policy_names_it) {
  ReleaseWorld world;
  ImportOptions options;
  options.open_case = "orchid";
  world.import({indicator(1, green_ref, "a.example.org")}, options);
  world.add_rules("[open_cases]\nlabels = [\"open-case\"]\n");
  EXPECT_TRUE(Gate(*world.alpha.node).clear_match_set(world.question())->value().selectors.empty());
  world.add_rules("[open_cases]\nlabels = [\"open-case\"]\nmatch = [\"orchid\"]\n");
  EXPECT_EQ(Gate(*world.alpha.node).clear_match_set(world.question())->value().selectors.size(), 1U);
}

TEST(Gate, what_a_third_party_gave_under_amber_is_not_matched_unless_it_is_also_ours) {
  ReleaseWorld world;
  ImportOptions options;
  options.received_from = "charlie.example/1";
  world.import({indicator(1, amber1_ref, "a.example.org"), indicator(2, amber1_ref, "b.example.org"),
                indicator(3, green_ref, "c.example.org")},
               options);
  TwoNodes::hold(world.alpha, {host("b.example.org")}, state::MarkingCode::green);
  const auto set = Gate(*world.alpha.node).clear_match_set(world.question());
  ASSERT_TRUE(set) << text_of(set);
  EXPECT_THAT(set->value().selectors, ElementsAre(host("b.example.org"), host("c.example.org")));
  EXPECT_EQ(set->value().held_out.at("onward"), 1U);
}

TEST(Gate, a_match_outside_the_agreement_is_refused_with_the_rule) {
  ReleaseWorld world;
  Gate gate(*world.alpha.node);
  MatchQuestion question = world.question();
  question.purpose = "counter-terrorism";
  EXPECT_TRUE(refused_by(gate.clear_match_set(question), "agreement-purpose"));
  question = world.question();
  question.types = {SelectorType::url};
  EXPECT_TRUE(refused_by(gate.clear_match_set(question), "agreement-type"));
  question = world.question();
  question.agreement = "0123456789abcdef";
  EXPECT_TRUE(refused_by(gate.clear_match_set(question), "no-agreement"));
  question = world.question();
  question.peer = "CERT Charlie";
  EXPECT_TRUE(refused_by(gate.clear_match_set(question), "empty-audience"));
  question.peer = "";
  EXPECT_TRUE(refused_by(gate.clear_match_set(question), "empty-audience"));
  ASSERT_TRUE(set_peer_status(*world.alpha.node, "CERT Bravo", PeerStatus::suspended));
  EXPECT_TRUE(refused_by(gate.clear_match_set(world.question()), "peer-suspended"));
}

TEST(Gate, a_match_that_shows_more_than_agreed_is_refused) {
  ReleaseWorld world;
  MatchQuestion question = world.question();
  question.agreement = world.agree([](AgreementTerms& terms) { terms.output = policy::MatchOutput::size; });
  EXPECT_TRUE(refused_by(Gate(*world.alpha.node).clear_match_set(question), "agreement-output"));
  question.output = policy::MatchOutput::size;
  EXPECT_TRUE(Gate(*world.alpha.node).clear_match_set(question));
}

TEST(Gate, a_rule_set_that_fails_to_load_stops_every_exit) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org")});
  const policy::Policy closed = policy::Policy::load_or_closed("version = 1\nunknown = true\n");
  world.alpha.node->set_policy(closed);
  EXPECT_TRUE(refused_by(Gate(*world.alpha.node).clear_match_set(world.question()), "policy-not-loaded"));
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "policy-not-loaded"));
}

TEST(Gate, a_clock_turned_back_stops_every_exit) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org")});
  world.alpha.clock.advance(-std::chrono::minutes(6));
  EXPECT_TRUE(refused_by(Gate(*world.alpha.node).clear_match_set(world.question()), "clock-skew"));
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "clock-skew"));
}

TEST(Gate, unknown_marking_and_none_stay) {
  ReleaseWorld world;
  world.import(
      {indicator(1, stix_id("marking-definition", 5), "a.example.org"), indicator(2, "", "b.example.org")});
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "unknown-marking"));
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 2)}), "no-marking"));
}

TEST(Gate, equal_order_markings_on_one_object_are_read_as_the_stricter) {
  ReleaseWorld world;
  std::string both = indicator(1, amber1_ref, "a.example.org");
  both.replace(both.find(amber1_ref), amber1_ref.size(), amber1_ref + "\",\"" + strict_ref);
  std::string other = indicator(2, amber1_ref, "b.example.org");
  other.replace(other.find(amber1_ref), amber1_ref.size(), strict_ref + "\",\"" + amber1_ref);
  world.import({both, other});
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "tlp-ceiling"));
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 2)}), "tlp-ceiling"));
}

TEST(Gate, a_filter_holds_for_dependencies_as_well) {
  ReleaseWorld world;
  world.import(
      {indicator(1, green_ref, "a.example.org", R"("created_by_ref":")" + stix_id("identity", 2) + "\""),
       stix("identity", 2, strict_ref, R"("name":"Example","identity_class":"organization")"),
       stix("malware", 3, green_ref, R"("name":"x","is_family":false)"),
       stix("relationship", 4, green_ref,
            R"("relationship_type":"indicates","source_ref":")" + stix_id("indicator", 1) +
                R"(","target_ref":")" + stix_id("malware", 3) + "\""),
       stix("report", 5, green_ref,
            R"("name":"r","published":"2025-01-01T00:00:00Z","object_refs":[")" + stix_id("malware", 3) +
                "\",\"" + stix_id("identity", 2) + "\"]"),
       stix("note", 6, green_ref, R"("content":"n","object_refs":[")" + stix_id("identity", 2) + "\"]")});
  const auto relation = preview(world, {stix_id("relationship", 4)});
  ASSERT_TRUE(relation) << text_of(relation);
  EXPECT_THAT(ids_of(relation->package), ElementsAre(stix_id("indicator", 1), stix_id("malware", 3),
                                                     stix_id("relationship", 4), green_ref));
  EXPECT_THAT(relation->package, Not(HasSubstr("identity--")));

  const auto report = preview(world, {stix_id("report", 5)});
  ASSERT_TRUE(report) << text_of(report);
  EXPECT_THAT(report->package, Not(HasSubstr("identity--")));
  EXPECT_THAT(ids_of(report->package), ElementsAre(stix_id("malware", 3), stix_id("report", 5), green_ref));

  // A note is about something; without it there is no note.
  EXPECT_TRUE(refused_by(preview(world, {stix_id("note", 6)}), "reference-cut"));
}

TEST(Gate, what_comes_along_only_for_an_object_that_fell_out_stays_too) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org"),
                stix("malware", 3, green_ref, R"("name":"x","is_family":false)"),
                stix("identity", 2, strict_ref, R"("name":"Example","identity_class":"organization")"),
                stix("relationship", 4, green_ref,
                     R"("relationship_type":"authored-by","source_ref":")" + stix_id("malware", 3) +
                         R"(","target_ref":")" + stix_id("identity", 2) + "\"")});
  const auto both = preview(world, {stix_id("indicator", 1), stix_id("relationship", 4)});
  ASSERT_TRUE(both) << text_of(both);
  EXPECT_THAT(ids_of(both->package), ElementsAre(stix_id("indicator", 1), green_ref));
}

TEST(Gate, free_text_carrying_an_indicator_keeps_the_object_back) {
  ReleaseWorld world;
  TwoNodes::hold(world.alpha, {host("secret.example.net")}, state::MarkingCode::amber_strict);
  for (const char* text :
       {"see secret.example.net", "hxxps://secret[.]example[.]net/a?b", "(secret[.]example.net).",
        "mail x@secret.example.net", "www.secret.example.net", "a,secret.example.net;b"}) {
    ReleaseWorld one;
    TwoNodes::hold(one.alpha, {host("secret.example.net")}, state::MarkingCode::amber_strict);
    one.import({indicator(1, green_ref, "a.example.org", R"("description":")" + std::string(text) + "\"")});
    EXPECT_TRUE(refused_by(preview(one, {stix_id("indicator", 1)}), "free-text")) << text;
  }
  world.import({indicator(1, green_ref, "a.example.org",
                          R"("description":"about a.example.org and other.example.net")"),
                indicator(2, green_ref, "b.example.org", R"("x_deep":{"y":["z secret.example.net"]})")});
  EXPECT_TRUE(preview(world, {stix_id("indicator", 1)}));
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 2)}), "free-text"));
}

TEST(Gate, free_text_can_be_taken_out_instead) {
  ReleaseWorld world;
  TwoNodes::hold(world.alpha, {host("secret.example.net")}, state::MarkingCode::amber_strict);
  world.import({indicator(1, green_ref, "a.example.org", R"("description":"see secret.example.net")")});
  const policy::Policy strip =
      policy::Policy::load("free_text = \"strip\"\n" + std::string(two_nodes_policy)).value();
  world.alpha.node->set_policy(strip);
  const auto shown = preview(world, {stix_id("indicator", 1)});
  ASSERT_TRUE(shown) << text_of(shown);
  EXPECT_THAT(shown->package, Not(HasSubstr("secret")));
  EXPECT_THAT(shown->leaves[0].redactions, ElementsAre("/description"));
  EXPECT_EQ(shown->removed[0].rule, "free-text");
}

TEST(Gate, fields_that_the_policy_strips_do_not_leave) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org", R"("x_note":"ours","name":"n")")});
  world.add_rules("[strip]\nindicator = [\"x_note\"]\n");
  const auto shown = preview(world, {stix_id("indicator", 1)});
  ASSERT_TRUE(shown) << text_of(shown);
  EXPECT_THAT(shown->package, Not(HasSubstr("x_note")));
  // The gate finds it in bytes that somebody else built.
  const std::string raw = R"({"type":"bundle","id":")" + stix_id("bundle", 1) + R"(","objects":[)" +
                          indicator(1, green_ref, "a.example.org", R"("x_note":"ours")") + "]}";
  const auto decision = Gate(*world.alpha.node).check_package(package_question(world), raw);
  ASSERT_TRUE(decision);
  EXPECT_THAT(decision->rules(), Contains("strip-field"));
}

TEST(Gate, colliding_ids_are_not_released) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org")});
  // A peer sends a "newer version" of our object.
  std::string theirs = indicator(1, green_ref, "b.example.org");
  theirs.replace(theirs.find("\"modified\":\"2025"), 16, "\"modified\":\"2026");
  ImportOptions options;
  options.received_from = "charlie.example/1";
  world.import({theirs}, options);
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "colliding-id"));
}

TEST(Gate, a_held_selector_leaves_as_an_observable_of_its_own) {
  ReleaseWorld world;
  TwoNodes::hold(world.alpha, {host("a.example.org")}, state::MarkingCode::green);
  TwoNodes::hold(world.alpha, {host("b.example.org")}, state::MarkingCode::amber_strict);
  TwoNodes::hold(world.alpha, {host("c.example.org")}, state::MarkingCode::green, true);
  const auto shown = preview(world, {"domain-name:A.example.org"});
  ASSERT_TRUE(shown) << text_of(shown);
  EXPECT_THAT(shown->package, HasSubstr(R"("value":"a.example.org")"));
  EXPECT_TRUE(refused_by(preview(world, {"domain-name:b.example.org"}), "tlp-ceiling"));
  EXPECT_TRUE(refused_by(preview(world, {"domain-name:c.example.org"}), "open-case"));
  EXPECT_EQ(preview(world, {"domain-name:d.example.org"}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(preview(world, {"d.example.org"}).error().kind, ErrorKind::bad_input);
}

TEST(Gate, a_marking_given_at_import_is_written_into_what_leaves) {
  ReleaseWorld world;
  ImportOptions options;
  options.tlp = intel::TlpLevel::green;
  world.import({indicator(1, "", "a.example.org")}, options);
  const auto shown = preview(world, {stix_id("indicator", 1)});
  ASSERT_TRUE(shown) << text_of(shown);
  EXPECT_THAT(shown->package, HasSubstr(R"("object_marking_refs":[")" + green_ref));
  EXPECT_EQ(shown->leaves[0].marking, "TLP:GREEN");
}

TEST(Gate, bytes_that_were_not_built_here_are_looked_at_all_the_same) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org")});
  Gate gate(*world.alpha.node);
  const std::string object = indicator(1, green_ref, "a.example.org");
  const std::string head = R"({"type":"bundle","id":")" + stix_id("bundle", 1) + R"(","objects":[)";
  const auto rules = [&](const std::string& package) {
    const auto decision = gate.check_package(package_question(world), package);
    EXPECT_TRUE(decision) << text_of(decision);
    return decision->outcome == policy::Outcome::deny ? decision->rules() : std::vector<std::string>{};
  };
  EXPECT_THAT(rules(head + object + "]}"), ElementsAre());
  EXPECT_THAT(rules("not json"), ElementsAre("package-form"));
  EXPECT_THAT(rules(head + "]}"), ElementsAre("package-form"));
  EXPECT_THAT(rules(head + object + R"(],"x":"note"})"), ElementsAre("package-form"));
  EXPECT_THAT(rules(head + object + "]} "), ElementsAre());
  EXPECT_THAT(rules(head + object + "]}x"), ElementsAre("package-form"));
  EXPECT_THAT(rules(head + object + "," + object + "]}"), ElementsAre("colliding-id"));
  EXPECT_THAT(rules(head + indicator(2, green_ref, "b.example.org") + "]}"), Contains("package-form"));
  EXPECT_THAT(rules(head + indicator(1, "", "a.example.org") + "]}"), Contains("no-marking"));
  EXPECT_THAT(rules(head +
                    indicator(1, green_ref, "a.example.org",
                              R"("created_by_ref":")" + stix_id("identity", 1) + "\"") +
                    "]}"),
              ElementsAre("reference-left"));
  EXPECT_THAT(rules(head +
                    indicator(1, green_ref, "a.example.org",
                              R"("x":[{"y_refs":[{"z_ref":")" + stix_id("tool", 1) + R"("}]}])") +
                    "]}"),
              ElementsAre("reference-left"));
  std::string definition = intel::make_tlp_definition(intel::TlpLevel::green);
  EXPECT_THAT(rules(head + object + "," + definition + "]}"), ElementsAre());
  definition.insert(1, R"("x_note":"secret",)");
  EXPECT_THAT(rules(head + object + "," + definition + "]}"), Contains("package-form"));
}

TEST(Gate, bytes_are_cleared_only_when_nobody_has_to_agree) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org")});
  const auto shown = preview(world, {stix_id("indicator", 1)});
  ASSERT_TRUE(shown);
  EXPECT_TRUE(refused_by(Gate(*world.alpha.node).clear_package(package_question(world), shown->package),
                         "approvals"));
  world.add_rules("[approvals.release]\ncount = 0\n");
  const auto cleared = Gate(*world.alpha.node).clear_package(package_question(world), shown->package);
  ASSERT_TRUE(cleared) << text_of(cleared);
  EXPECT_EQ(as_text(cleared->value()), shown->package);
  EXPECT_EQ(cleared->clearance().audience, world.bravo.origin);
  // Nor while this may be an old copy of the node, which could have forgotten what was stopped since.
  ASSERT_TRUE(mark_restored(*world.alpha.node, "restored from a copy"));
  EXPECT_TRUE(refused_by(Gate(*world.alpha.node).clear_package(package_question(world), shown->package),
                         "ledger-unconfirmed"));
}

TEST(Gate, text_in_a_property_that_is_named_like_an_id_or_a_reference_is_looked_at_too) {
  ReleaseWorld world;
  TwoNodes::hold(world.alpha, {host("secret.example.org")}, state::MarkingCode::amber_strict);
  const std::vector<std::string> hides = {
      R"("x_related_ref":"secret.example.org")", R"("x_related_refs":["secret.example.org"])",
      R"("x_more":{"id":"secret.example.org"})", R"("x_more":[{"type":"see secret.example.org"}])",
      R"("x_more":{"created":"secret.example.org"})"};
  for (unsigned i = 0; i < hides.size(); ++i) {
    world.import({indicator(i, green_ref, "own.example.org", hides[i])});
    const auto refused = preview(world, {stix_id("indicator", i)});
    EXPECT_TRUE(refused_by(refused, "free-text")) << hides[i] << ": " << text_of(refused);
  }
}

TEST(Gate, text_that_carries_what_a_third_party_gave_under_amber_stays) {
  ReleaseWorld world;
  ImportOptions options;
  options.received_from = "charlie.example/1";
  world.import({indicator(1, amber1_ref, "third.example.org")}, options);
  world.import({indicator(2, green_ref, "own.example.org", R"("description":"like third.example.org")")});
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 2)}), "free-text"));
  // What is ours as well is judged as ours.
  TwoNodes::hold(world.alpha, {host("third.example.org")}, state::MarkingCode::green);
  EXPECT_TRUE(preview(world, {stix_id("indicator", 2)}));
}

TEST(Gate, a_peer_does_not_say_what_our_markings_mean) {
  ReleaseWorld world;
  const std::string marking = stix_id("marking-definition", 7);
  const auto definition = [&](const std::string& tlp) {
    return R"({"type":"marking-definition","spec_version":"2.1","id":")" + marking +
           R"(","created":"2025-01-01T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":")" + tlp +
           R"("}})";
  };
  ImportOptions options;
  options.received_from = world.bravo.origin;
  world.import({definition("green")}, options);
  world.import({indicator(1, marking, "a.example.org")});
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "unknown-marking"));
  const auto set = Gate(*world.alpha.node).clear_match_set(world.question());
  ASSERT_TRUE(set) << text_of(set);
  EXPECT_TRUE(set->value().selectors.empty());
}

TEST(Gate, the_values_of_an_actor_that_is_off_limits_take_no_part_in_a_match) {
  ReleaseWorld world;
  world.add_rules("[off_limits]\nactors = [\"" + stix_id("identity", 5) + "\"]\n");
  world.import(
      {indicator(1, green_ref, "a.example.org", R"("created_by_ref":")" + stix_id("identity", 5) + R"(")"),
       indicator(2, green_ref, "b.example.org")});
  const auto set = Gate(*world.alpha.node).clear_match_set(world.question());
  ASSERT_TRUE(set) << text_of(set);
  EXPECT_THAT(set->value().selectors, ElementsAre(host("b.example.org")));
}

TEST(Gate, a_peer_that_sends_our_own_object_back_does_not_make_it_theirs) {
  ReleaseWorld world;
  world.import({indicator(1, amber1_ref, "a.example.org")});
  ImportOptions options;
  options.received_from = "charlie.example/1";
  world.import({indicator(1, amber1_ref, "a.example.org")}, options);
  const auto shown = preview(world, {stix_id("indicator", 1)});
  EXPECT_TRUE(shown) << text_of(shown);
  // Another version under our id is no echo.
  std::string changed = indicator(1, amber1_ref, "a.example.org");
  changed.replace(changed.find("\"modified\":\"2025"), 16, "\"modified\":\"2026");
  world.import({changed}, options);
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "colliding-id"));
}

// Another source of a value, imported as a plain list.
void import_list(ReleaseWorld& world, const std::string& values, ImportOptions options,
                 const std::string& name = "list") {
  const intel::WarninglistSet none;
  options.format = intel::InputFormat::list;
  Import import(*world.alpha.node, std::move(options), none, {});
  ASSERT_TRUE(import.begin_file(name, name));
  ASSERT_TRUE(import.feed(as_bytes(values)));
  ASSERT_TRUE(import.end_file());
  ASSERT_TRUE(import.finish());
}

TEST(Gate, an_object_is_as_strict_as_the_strictest_holding_of_its_selectors) {
  ImportOptions strict;
  strict.tlp = intel::TlpLevel::amber_strict;
  ImportOptions open;
  open.tlp = intel::TlpLevel::green;
  open.open_case = "orchid";
  ImportOptions labelled;
  labelled.tlp = intel::TlpLevel::green;
  labelled.labels = {"victim"};
  const std::vector<std::pair<ImportOptions, std::string>> sources = {
      {strict, "tlp-ceiling"}, {{}, "no-marking"}, {open, "open-case"}, {labelled, "off-limits-label"}};
  for (const auto& [options, rule] : sources) {
    ReleaseWorld world;
    world.import({indicator(1, green_ref, "a.example.org")});
    const auto before = preview(world, {stix_id("indicator", 1)});
    ASSERT_TRUE(before) << text_of(before);
    ASSERT_NO_FATAL_FAILURE(import_list(world, "a.example.org\n", options));
    world.add_rules("[off_limits]\nlabels = [\"victim\"]\n");
    EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), rule)) << rule;
    // A package that was built before is looked at again.
    const auto decision = Gate(*world.alpha.node).check_package(package_question(world), before->package);
    ASSERT_TRUE(decision) << text_of(decision);
    EXPECT_THAT(decision->rules(), Contains(rule));
  }
}

TEST(Gate, the_pap_of_any_holding_counts) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org")});
  const intel::Selector selector = host("a.example.org");
  ASSERT_TRUE(state::write(*world.alpha.store, state::Durability::synced, [&](auto& t) -> Result<void> {
    state::NewHolding holding;
    holding.selector = selector;
    holding.source = state::SourceId(77);
    holding.marking = state::MarkingCode::green;
    holding.first_seen = holding.last_seen = world.alpha.clock.now();
    holding.pap = intel::PapLevel::red;
    PARLEY_CHECK(t.put_holdings({&holding, 1}));
    return {};
  }));
  EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), "pap-ceiling"));
  EXPECT_TRUE(refused_by(preview(world, {"domain-name:a.example.org"}), "pap-ceiling"));
}

TEST(Gate, rules_written_after_an_import_reach_what_it_brought) {
  const std::string actor = stix_id("threat-actor", 5);
  const auto of_actor = R"("created_by_ref":")" + actor + R"(")";
  for (const std::string& rule :
       {R"(actors = [")" + actor + R"("])", std::string(R"(actors = ["example bear"])"),
        std::string(R"(types = ["x-secret-thing"])")}) {
    ReleaseWorld world;
    world.import({stix("threat-actor", 5, green_ref, R"("name":"Fancy","aliases":["Example Bear"])"),
                  stix("x-secret-thing", 6, green_ref, R"("name":"c")"),
                  indicator(1, green_ref, "a.example.org", of_actor),
                  indicator(2, green_ref, "b.example.org")});
    ImportOptions green;
    green.tlp = intel::TlpLevel::green;
    import_list(world, "a.example.org\n", green, "other");
    const bool by_type = rule.starts_with("types");
    if (by_type) {
      // The holding of an object whose type went off limits later.
      ASSERT_TRUE(state::write(*world.alpha.store, state::Durability::synced, [&](auto& t) -> Result<void> {
        state::NewObject object;
        object.type = "x-secret-thing";
        object.id = stix_id(object.type, 7);
        object.marking = state::MarkingCode::green;
        object.raw = indicator(1, green_ref, "a.example.org");
        object.raw.replace(object.raw.find(stix_id("indicator", 1)), stix_id("indicator", 1).size(),
                           object.id);
        object.source = state::SourceId(78);
        PARLEY_TRY(const auto stored, t.put_objects({&object, 1}));
        state::NewHolding holding;
        holding.selector = host("a.example.org");
        holding.object = stored.at(0).object;
        holding.source = object.source;
        holding.marking = state::MarkingCode::green;
        PARLEY_CHECK(t.put_holdings({&holding, 1}));
        return {};
      }));
    }
    const auto all = Gate(*world.alpha.node).clear_match_set(world.question());
    ASSERT_TRUE(all) << text_of(all);
    EXPECT_THAT(all->value().selectors, ElementsAre(host("a.example.org"), host("b.example.org")));
    world.add_rules("[off_limits]\n" + rule + "\n");
    const auto set = Gate(*world.alpha.node).clear_match_set(world.question());
    ASSERT_TRUE(set) << text_of(set);
    const std::string name = by_type ? "off-limits-type" : "off-limits-actor";
    if (!by_type) {
      EXPECT_THAT(set->value().selectors, ElementsAre(host("b.example.org"))) << rule;
      EXPECT_EQ(set->value().held_out.at(name), 1U);
      EXPECT_TRUE(refused_by(preview(world, {stix_id("threat-actor", 5)}), name));
    }
    // As an object, and as a bare value that an object of the actor stands behind.
    EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", 1)}), name)) << rule;
    EXPECT_TRUE(refused_by(preview(world, {"domain-name:a.example.org"}), name)) << rule;
    EXPECT_TRUE(preview(world, {stix_id("indicator", 2)}));
  }
}

TEST(Gate, an_id_in_a_text_is_a_reference) {
  ReleaseWorld world;
  world.add_rules("[off_limits]\nactors = [\"" + stix_id("threat-actor", 8) + "\"]\n");
  world.import(
      {stix("tool", 5, strict_ref, R"("name":"ours")"), stix("tool", 6, green_ref, R"("name":"open")"),
       indicator(1, green_ref, "a.example.org", R"("description":"see )" + stix_id("tool", 5) + R"(.")"),
       indicator(2, green_ref, "b.example.org", R"("description":"see )" + stix_id("tool", 6) + R"(.")"),
       indicator(3, green_ref, "c.example.org", R"("x_note":")" + stix_id("tool", 5) + R"(")"),
       indicator(4, green_ref, "d.example.org",
                 R"("description":"by THREAT-ACTOR)" + stix_id("threat-actor", 8).substr(12) + R"(")"),
       indicator(5, green_ref, "e.example.org", R"("description":"like )" + stix_id("tool", 99) + R"(")"),
       indicator(6, green_ref, "f.example.org",
                 R"("description":"this is )" + stix_id("indicator", 6) + R"(")")});
  for (const unsigned refused : {1U, 3U, 4U})
    EXPECT_TRUE(refused_by(preview(world, {stix_id("indicator", refused)}), "free-text")) << refused;
  for (const unsigned fine : {2U, 5U, 6U}) {
    const auto shown = preview(world, {stix_id("indicator", fine)});
    EXPECT_TRUE(shown) << fine << ": " << text_of(shown);
  }
}

TEST(Gate, what_a_peer_said_first_under_our_id_does_not_stand_for_ours) {
  ReleaseWorld world;
  ImportOptions options;
  options.received_from = "charlie.example/1";
  world.import({indicator(1, amber1_ref, "theirs.example.org")}, options);
  world.import({indicator(1, green_ref, "ours.example.org")});
  // Ours is held, enters matches, and may leave, as strict as both.
  const auto set = Gate(*world.alpha.node).clear_match_set(world.question());
  ASSERT_TRUE(set) << text_of(set);
  EXPECT_THAT(set->value().selectors, Contains(host("ours.example.org")));
  world.add_rules("# amber for Bravo\n");
  const auto shown = preview(world, {stix_id("indicator", 1)});
  ASSERT_TRUE(shown) << text_of(shown);
  EXPECT_THAT(shown->package, HasSubstr("ours.example.org"));
  EXPECT_THAT(shown->package, testing::Not(HasSubstr("theirs.example.org")));
  EXPECT_EQ(shown->leaves.at(0).marking, "TLP:AMBER");
}

TEST(Gate, an_observable_that_two_sources_mark_otherwise_is_as_strict_as_the_stricter) {
  const std::string id = "domain-name--" + std::string("5b3a1f6e-0000-5000-8000-000000000001");
  const auto domain = [&](const std::string& marking, const std::string& more) {
    return R"({"type":"domain-name","spec_version":"2.1","id":")" + id +
           R"(","value":"a.example.org","object_marking_refs":[")" + marking + R"("])" + more + "}";
  };
  for (const bool received : {true, false}) {
    ReleaseWorld world;
    ImportOptions options;
    if (received) options.received_from = "charlie.example/1";
    world.import({domain(green_ref, "")}, options);
    const intel::WarninglistSet none;
    Import later(*world.alpha.node, {}, none, {});
    ASSERT_TRUE(later.begin_file("later.json", "later.json"));
    ASSERT_TRUE(later.feed(as_bytes(domain(strict_ref, R"(,"defanged":true)"))));
    ASSERT_TRUE(later.end_file());
    EXPECT_EQ(later.finish()->imported, 1U) << "not kept out by the first";
    EXPECT_TRUE(refused_by(preview(world, {id}), "tlp-ceiling"));
    const auto held = world.alpha.store->snapshot().value()->find_holdings(host("a.example.org"));
    ASSERT_TRUE(held);
    ASSERT_EQ(held->size(), 2U) << "both markings are kept";
    EXPECT_NE(held->at(0).marking, held->at(1).marking);
  }
}

}  // namespace
}  // namespace parley::exchange
