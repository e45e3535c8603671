#include "review/review.hpp"

#include <gmock/gmock.h>

#include "exchange/node_fixture.hpp"
#include "intel/warninglist.hpp"
#include "review/text_list.hpp"
#include "state/store.hpp"

namespace parley::review {
namespace {

constexpr const char* policy_toml = R"toml(
version = 1
purposes = ["incident-response"]
[off_limits]
values = ["domain-name:off.example.org"]
)toml";

constexpr const char* galaxy = R"({"type": "threat-actor", "values": [
  {"value": "Fancy Bear", "uuid": "5b4ee3ea-eee3-4c8e-8323-85ae32658754", "meta": {"synonyms": ["APT28"]}}]})";
constexpr const char* attack = R"({"type": "bundle", "objects": [
  {"type": "marking-definition", "spec_version": "2.1", "id": "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168",
   "created": "2017-06-01T00:00:00.000Z", "definition_type": "statement", "definition": {"statement": "Copyright"}},
  {"type": "malware", "spec_version": "2.1", "id": "malware--00000000-0000-4000-8000-000000000001", "name": "Emotet",
   "created": "2019-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z", "is_family": true,
   "object_marking_refs": ["marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"]}]})";
constexpr const char* text =
    "APT28 used Emotet. C2: evil[.]example[.]net, off[.]example[.]org, 192.0.2.53; CVE-2021-44228.\n"
    "Paid to GB29 NWBK 6016 1331 9268 19. Host finder.app; see https://securelist.com/a.\n";

class Review : public testing::Test {
 protected:
  Review() {
    EXPECT_TRUE(lists.add_text(R"({"name":"Resolvers","type":"string","list":["192.0.2.53"],
      "matching_attributes":["ip-dst"]})",
                               "test"));
    for (const auto& [name, json] : {std::pair{"actors", galaxy}, {"attack", attack}}) {
      const auto read = report::read_knowledge(json);
      EXPECT_TRUE(read);
      EXPECT_TRUE(put_knowledge(node.node->store(), name, *read));
    }
    reload();
  }

  void reload() {
    const auto reader = node.node->store().snapshot();
    auto loaded = load_knowledge(**reader);
    EXPECT_TRUE(loaded) << loaded.error().text();
    known = std::move(*loaded);
  }

  ReportRecord add(const std::string& content = text, const std::string& source = "report.txt") {
    NewReport report;
    report.document.text = content;
    report.source = source;
    report.kind = "text";
    report.sha256 = content;
    report.tlp = intel::TlpLevel::green;
    const auto record = add_report(*node.node, report, known, lists);
    EXPECT_TRUE(record) << record.error().text();
    return *record;
  }

  std::vector<std::string> found(const ReportRecord& record) {
    std::vector<std::string> out;
    for (const ReviewedFinding& one : record.findings)
      out.push_back((one.finding.thing ? one.finding.thing->name : one.finding.selector->value) +
                    (one.finding.held_back() ? " " + one.finding.hold : ""));
    return out;
  }

  std::optional<state::SelectorSummary> held(intel::SelectorType type, std::string value) {
    const auto reader = node.node->store().snapshot();
    return *(*reader)->find_selector({type, std::move(value)});
  }

  exchange::MemoryNode node{"CERT Alpha", policy_toml};
  intel::WarninglistSet lists;
  KnownNames known;
};

TEST_F(Review, adds_nothing_but_candidates) {
  const ReportRecord record = add();
  EXPECT_THAT(found(record),
              testing::ElementsAre("Fancy Bear", "Emotet", "evil.example.net", "off.example.org",
                                   "192.0.2.53 warninglist", "CVE-2021-44228", "GB29NWBK60161331926819",
                                   "finder.app file_name", "https://securelist.com/a reference"));
  const auto reader = node.node->store().snapshot();
  EXPECT_EQ(*(*reader)->count_objects(), 0U);
  EXPECT_FALSE(held(intel::SelectorType::domain_name, "evil.example.net"));
  const auto again = get_report(**reader, record.id.substr(8, 6));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->findings.size(), record.findings.size());
  EXPECT_EQ(*get_report_text(**reader, record.id), text);
  EXPECT_EQ(add().id, record.id) << "the same file again";
  EXPECT_NE(add(text, "elsewhere").id, record.id);
  EXPECT_EQ(get_report(**reader, "nothing").error().kind, ErrorKind::not_found);
}

TEST_F(Review, makes_facts_of_what_is_confirmed_and_a_report_that_refers_to_them) {
  const ReportRecord record = add();
  const auto confirmed = confirm_findings(*node.node, record.id, {true, {}}, known, lists);
  ASSERT_TRUE(confirmed) << confirmed.error().text();
  EXPECT_EQ(confirmed->findings, 6U);
  EXPECT_EQ(confirmed->objects, 5U);
  EXPECT_EQ(confirmed->without_object, 1U);
  EXPECT_EQ(confirmed->kept_out, 1U) << "off limits";
  const auto evil = held(intel::SelectorType::domain_name, "evil.example.net");
  ASSERT_TRUE(evil);
  EXPECT_EQ(evil->marking, state::MarkingCode::green);
  EXPECT_TRUE(held(intel::SelectorType::iban, "GB29NWBK60161331926819"));
  EXPECT_TRUE(held(intel::SelectorType::cve, "CVE-2021-44228"));
  EXPECT_FALSE(held(intel::SelectorType::domain_name, "off.example.org"));
  EXPECT_FALSE(held(intel::SelectorType::domain_name, "finder.app"));
  const auto reader = node.node->store().snapshot();
  const auto report = (*reader)->find_object(record.id);
  ASSERT_TRUE(report && *report);
  const auto json = encoding::parse_json((*report)->raw);
  ASSERT_TRUE(json);
  const auto refs = json->strings_member("object_refs");
  ASSERT_TRUE(refs);
  EXPECT_THAT(*refs, testing::Contains("malware--00000000-0000-4000-8000-000000000001"));
  EXPECT_THAT(*refs, testing::Contains("threat-actor--5b4ee3ea-eee3-4c8e-8323-85ae32658754"));
  for (const std::string& ref : *refs) EXPECT_TRUE(*(*reader)->find_key(ref)) << ref;
  EXPECT_TRUE(*(*reader)->find_key("marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"));
  const auto emotet = (*reader)->find_object("malware--00000000-0000-4000-8000-000000000001");
  EXPECT_EQ((*emotet)->marking, state::MarkingCode::green) << "its own marking is known and limits nothing";
}

TEST_F(Review, goes_on_where_it_was_left) {
  const ReportRecord record = add();
  ASSERT_TRUE(confirm_findings(*node.node, record.id, {false, {3}}, known, lists));
  const auto again = confirm_findings(*node.node, record.id, {false, {3}}, known, lists);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->findings, 0U);
  const auto more =
      confirm_findings(*node.node, record.id, {false, {6, 8}}, known, lists);  // one was held back
  ASSERT_TRUE(more);
  EXPECT_EQ(more->findings, 2U);
  EXPECT_EQ(more->objects, 3U);
  EXPECT_TRUE(held(intel::SelectorType::domain_name, "finder.app"));
  const auto reader = node.node->store().snapshot();
  EXPECT_EQ((*reader)->find_versions(record.id)->size(), 2U);
}

TEST_F(Review, rejects_and_refuses_what_makes_no_sense) {
  const ReportRecord record = add();
  EXPECT_EQ(*reject_findings(*node.node, record.id, {false, {1, 2}}), 2U);
  EXPECT_EQ(confirm_findings(*node.node, record.id, {}, known, lists).error().kind, ErrorKind::usage);
  EXPECT_EQ(confirm_findings(*node.node, record.id, {false, {99}}, known, lists).error().kind,
            ErrorKind::usage);
  ASSERT_TRUE(confirm_findings(*node.node, record.id, {true, {}}, known, lists));
  const auto reader = node.node->store().snapshot();
  EXPECT_FALSE(*(*reader)->find_key("malware--00000000-0000-4000-8000-000000000001"));
  EXPECT_EQ(reject_findings(*node.node, record.id, {false, {3}}).error().kind, ErrorKind::conflict);
  EXPECT_EQ(*reject_findings(*node.node, record.id, {}), 3U);
}

TEST_F(Review, shows_the_stix_that_confirming_would_make) {
  const ReportRecord record = add();
  const auto bundle = stix_candidate(*node.node, record, known, true);
  ASSERT_TRUE(bundle) << bundle.error().text();
  EXPECT_EQ(bundle->find("objects")->size(), 8U);  // six with a definition, the identity, the report
  EXPECT_EQ(stix_candidate(*node.node, record, known, false).error().kind, ErrorKind::not_found);
}

TEST(TextList, takes_what_is_put_forward_once) {
  const auto list =
      list_of_text(as_bytes("evil[.]example.org evil.example.org AS64500 10.0.0.1 setup.sh 10.0.0.2"));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->list, "evil.example.org\nAS64500\n");
  EXPECT_THAT(list->held_back,
              testing::ElementsAre(testing::Pair("file_name", 1U), testing::Pair("not_public", 2U)));
  EXPECT_FALSE(list_of_text(as_bytes(std::string_view("a\0", 2))));
}

TEST_F(Review, forgets_and_replaces_knowledge) {
  EXPECT_EQ(known.things.size(), 2U);
  const std::int64_t before = known.version;
  EXPECT_TRUE(*erase_knowledge(node.node->store(), "actors"));
  EXPECT_FALSE(*erase_knowledge(node.node->store(), "actors"));
  ASSERT_TRUE(put_knowledge(node.node->store(), "attack", *report::read_knowledge(R"({"namespace": "tlp",
    "predicates": [{"value": "red", "expanded": "alone"}]})")));
  reload();
  EXPECT_TRUE(known.things.empty());
  EXPECT_GT(known.version, before);
  EXPECT_EQ(tag_meaning(known, "TLP:RED"), "alone");
  EXPECT_FALSE(tag_meaning(known, "tlp:blue"));
  const auto reader = node.node->store().snapshot();
  EXPECT_EQ(list_knowledge(**reader)->size(), 1U);
}

}  // namespace
}  // namespace parley::review
