#include "report/names.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "report/findings.hpp"
#include "report/fold.hpp"

namespace parley::report {
namespace {

KnownThing thing(NameKind kind, std::string name, std::vector<std::string> aliases = {},
                 std::string external = {}) {
  KnownThing out;
  out.kind = kind;
  out.id = "x--" + name;
  out.name = std::move(name);
  out.aliases = std::move(aliases);
  out.external_id = std::move(external);
  return out;
}

const std::vector<KnownThing>& things() {
  static const std::vector<KnownThing> list = {
      thing(NameKind::threat_actor, "Fancy Bear", {"APT28", "Sofacy", "STRONTIUM"}, "G0007"),
      thing(NameKind::threat_actor, "Щербаков"),
      thing(NameKind::malware, "TrickBot", {"Trickster"}),
      thing(NameKind::malware, "Play", {"PlayCrypt"}),
      thing(NameKind::technique, "Command and Scripting Interpreter", {}, "T1059"),
      thing(NameKind::technique, "PowerShell", {}, "T1059.001"),
      thing(NameKind::country, "Türkiye"),
      thing(NameKind::sector, "Energy"),
      thing(NameKind::threat_actor, "海莲花", {"OceanLotus"}),
      thing(NameKind::malware, "Zinc"),
      thing(NameKind::threat_actor, "Lazarus Group", {"ZINC", "Hidden Cobra"}),
      thing(NameKind::malware, "RTM"),
      thing(NameKind::threat_actor, "Gamaredon Group"),
      thing(NameKind::threat_actor, "Equation Group", {"EQGRP"}),
  };
  return list;
}

std::string found(std::string_view text) {
  static const NameMatcher matcher(things());
  std::string out;
  for (const NameHit& hit : matcher.find(text)) {
    EXPECT_LT(hit.begin, hit.end);
    EXPECT_LE(hit.end, text.size());
    if (!out.empty()) out += " | ";
    out += things()[hit.thing].name + "=" + std::string(text.substr(hit.begin, hit.end - hit.begin));
    if (hit.hold != NameHold::none) out += " (" + std::string(name_hold_name(hit.hold)) + ")";
  }
  return out;
}

TEST(Fold, undoes_case_diacritics_and_scripts) {
  EXPECT_EQ(fold_name("Fancy-Bear"), "fancy bear");
  EXPECT_EQ(fold_name("Türkiye ÅNGSTRÖM Łódź straße"), "turkiye angstrom lodz strasse");
  EXPECT_EQ(fold_name("Щербаков"), "shcherbakov");
  EXPECT_EQ(fold_name("ＡＰＴ２８"), "apt28");
  EXPECT_EQ(fold_name("Cafe\xCC\x81"), "cafe");
  EXPECT_EQ(fold_name("a\xFF\xFE"
                      "b"),
            "a b");
  EXPECT_EQ(fold_name("海莲花"), "海 莲 花");
}

TEST(Fold, writes_slavic_names_one_way) {
  for (const std::string_view name :
       {"shcherbakov", "scherbakow", "schtscherbakow", "szczerbakow", "shcherbakoff"})
    EXPECT_EQ(sound_of(name), sound_of(fold_name("Щербаков"))) << name;
  EXPECT_EQ(sound_of("yuriy"), sound_of(fold_name("Юрий")));
  EXPECT_EQ(sound_of("juri"), sound_of("yuriy"));
  EXPECT_EQ(sound_of("alexey"), sound_of(fold_name("Алексей")));
  EXPECT_NE(sound_of("ivanov"), sound_of("petrov"));
}

TEST(Names, are_found_in_every_spelling) {
  EXPECT_EQ(found("Then FANCY BEAR struck."), "Fancy Bear=FANCY BEAR");
  EXPECT_EQ(found("FancyBear, Fancy-Bear and Fancy\nBear"),
            "Fancy Bear=FancyBear | Fancy Bear=Fancy-Bear | Fancy Bear=Fancy\nBear");
  EXPECT_EQ(found("APT28 APT 28 APT-28 apt28"),
            "Fancy Bear=APT28 | Fancy Bear=APT 28 | Fancy Bear=APT-28 | Fancy Bear=apt28");
  EXPECT_EQ(found("Trick Bot, Trickbot and TRICKBOT"),
            "TrickBot=Trick Bot | TrickBot=Trickbot | TrickBot=TRICKBOT");
  EXPECT_EQ(found("Shcherbakov, Scherbakow, Щербаков, ЩЕРБАКОВ"),
            "Щербаков=Shcherbakov | Щербаков=Scherbakow | Щербаков=Щербаков | Щербаков=ЩЕРБАКОВ");
  EXPECT_EQ(found("in Türkiye, Turkiye and TÜRKIYE"), "Türkiye=Türkiye | Türkiye=Turkiye | Türkiye=TÜRKIYE");
  EXPECT_EQ(found("其中海莲花组织"), "海莲花=海莲花");
}

TEST(Names, end_at_the_ends_of_words) {
  EXPECT_EQ(found("StrontiumX, pre-APT289 and Sofacyish"), "");
  EXPECT_EQ(found("Sofacy's tools (Sofacy)"), "Fancy Bear=Sofacy | Fancy Bear=Sofacy");
  EXPECT_EQ(found("Fancy. Bear"), "");
  EXPECT_EQ(found("Fancy\n\nBear"), "");
}

TEST(Names, may_be_ids_of_attack) {
  EXPECT_EQ(found("T1059, T1059.001; T1059.003 and G0007, not T9999 or t1059"),
            "Command and Scripting Interpreter=T1059 | PowerShell=T1059.001 | Command and Scripting "
            "Interpreter=T1059 | "
            "Fancy Bear=G0007");
}

TEST(Names, that_are_ordinary_words_are_held_back) {
  EXPECT_EQ(found("children play; Play it"), "Play=play (everyday_word) | Play=Play (everyday_word)");
  EXPECT_EQ(found("the Play ransomware"), "Play=Play");
  EXPECT_EQ(found("a trickster came"), "TrickBot=trickster (lower_case)");
  EXPECT_EQ(found("the trickbot malware"), "TrickBot=trickbot");
  EXPECT_EQ(found("lots of energy"), "Energy=energy (everyday_word)");
  EXPECT_EQ(found("the energy sector"), "Energy=energy");
  EXPECT_EQ(found("rtm and RTM"), "RTM=rtm (everyday_word) | RTM=RTM");
  EXPECT_EQ(found("the group ZINC"), "Zinc=ZINC (ambiguous)");
}

TEST(Names, are_not_looked_for_inside_values) {
  const NameMatcher matcher(things());
  const std::string text = "trickbot.example.org and Trickbot";
  const std::vector<TextRange> skip = {{0, 20}};
  const auto hits = matcher.find(text, skip);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].begin, 25U);
}

TEST(Findings, are_told_once_with_their_places) {
  const NameMatcher matcher(things());
  const std::string text = "evil[.]example.org, APT28.\nAgain evil.example.org and Fancy Bear; 10.0.0.1";
  const auto all = find_all(text, {}, &matcher, things());
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].selector->value, "evil.example.org");
  EXPECT_EQ(all[0].count, 2U);
  EXPECT_TRUE(all[0].defanged);
  EXPECT_FALSE(all[0].held_back());
  EXPECT_EQ(all[1].thing->name, "Fancy Bear");
  EXPECT_EQ(all[1].count, 2U);
  EXPECT_EQ(all[2].hold, "not_public");
  for (const Finding& one : all) {
    const auto again = Finding::from_json(one.to_json());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->to_json(), one.to_json());
  }
  EXPECT_EQ(context_of(text, all[1].places[1]), "Again evil.example.org and Fancy Bear; 10.0.0.1");
  EXPECT_EQ(context_of("ääää x ääää", {9, 10}, 5), "x");
}

TEST(Knowledge, reads_bundles_clusters_and_taxonomies) {
  const auto attack = read_knowledge(R"({"type": "bundle", "objects": [
      {"type": "intrusion-set", "id": "intrusion-set--1", "name": "Group", "aliases": ["Group", "Other"],
       "external_references": [{"source_name": "mitre-attack", "external_id": "G0001"}]},
      {"type": "malware", "id": "malware--1", "name": "Old", "revoked": true},
      {"type": "relationship", "id": "relationship--1"}]})");
  ASSERT_TRUE(attack);
  ASSERT_EQ(attack->things.size(), 1U);
  EXPECT_EQ(attack->things[0].external_id, "G0001");
  EXPECT_EQ(attack->things[0].aliases, std::vector<std::string>{"Other"});
  EXPECT_EQ(attack->skipped, 2U);
  const auto cluster = read_knowledge(R"({"country": {"type": "country", "values": [
      {"value": "united kingdom", "uuid": "84668357-5a8c-4bdd-9f0f-6b50b2414e44", "meta": {"ISO": "GB"}},
      {"value": "without an id"}]}})");
  ASSERT_TRUE(cluster);
  ASSERT_EQ(cluster->things.size(), 1U);
  EXPECT_EQ(cluster->things[0].name, "United Kingdom");
  EXPECT_EQ(cluster->things[0].id, "location--84668357-5a8c-4bdd-9f0f-6b50b2414e44");
  EXPECT_EQ(cluster->things[0].country, "GB");
  const auto again = KnownThing::from_json(cluster->things[0].to_json());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->aliases, cluster->things[0].aliases);
  const auto taxonomy = read_knowledge(R"({"namespace": "tlp", "description": "Traffic Light Protocol",
      "predicates": [{"value": "red", "expanded": "For the recipients alone"}],
      "values": [{"predicate": "red", "entry": [{"value": "x", "expanded": "X"}]}]})");
  ASSERT_TRUE(taxonomy);
  EXPECT_EQ(taxonomy->tags.at("tlp:red"), "For the recipients alone");
  EXPECT_EQ(taxonomy->tags.at("tlp:red=\"x\""), "X");
  for (const std::string_view bad : {"", "[]", "{}", "7", R"({"a": {"b": {"c": {}}}})"})
    EXPECT_FALSE(read_knowledge(bad)) << bad;
  KnowledgeLimits few;
  few.max_things = 0;
  EXPECT_FALSE(read_knowledge(R"({"type": "malware", "id": "malware--1", "name": "A"})", few));
}

TEST(Names, of_groups_are_known_by_the_word_for_group_of_any_language) {
  EXPECT_EQ(found("die Gamaredon-Gruppe"), "Gamaredon Group=Gamaredon-Gruppe");
  EXPECT_EQ(found("le groupe Gamaredon; Gamaredon gang"),
            "Gamaredon Group=Gamaredon | Gamaredon Group=Gamaredon gang");
  EXPECT_EQ(found("группировка Gamaredon"), "Gamaredon Group=Gamaredon");
  EXPECT_EQ(found("Lazarus-Gruppierung"), "Lazarus Group=Lazarus-Gruppierung");
  EXPECT_EQ(found("Gamaredon-APT"), "Gamaredon Group=Gamaredon");
  // Alone the stem of a name is a guess, and in small letters a word.
  EXPECT_EQ(found("Gamaredon attacked"), "Gamaredon Group=Gamaredon (everyday_word)");
  EXPECT_EQ(found("Equation 4 is this equation"), "Equation Group=Equation (everyday_word)");
}

}  // namespace
}  // namespace parley::report
