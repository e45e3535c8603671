#include "exchange/exporting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "encoding/csv.hpp"
#include "exchange/export_csv.hpp"
#include "exchange/importing.hpp"
#include "exchange/object_facts.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_fixture.hpp"
#include "intel/csv_columns.hpp"
#include "misp/event.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

using encoding::Json;
using intel::InputFormat;
using intel::TlpLevel;

constexpr std::string_view statement_marking = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168";

ImportReport import_text(Node& node, const std::string& text, ImportOptions options,
                         const std::string& name = "file") {
  const intel::WarninglistSet none;
  Import import(node, std::move(options), none, {});
  EXPECT_TRUE(import.begin_file(name, name));
  EXPECT_TRUE(import.feed(as_bytes(text)));
  EXPECT_TRUE(import.end_file());
  auto report = import.finish();
  EXPECT_TRUE(report) << report.error().text();
  return *report;
}

ImportOptions as(InputFormat format, std::optional<TlpLevel> tlp = {}) {
  ImportOptions options;
  options.format = format;
  options.tlp = tlp;
  return options;
}

/// All pieces together, and the report.
Result<std::pair<std::string, ExportReport>> run(Node& node, ExportQuestion question) {
  PARLEY_TRY(Export out, Export::begin(node, std::move(question)));
  std::string bytes;
  for (;;) {
    PARLEY_TRY(std::optional<Cleared<Bytes>> piece, out.next());
    if (!piece) break;
    bytes += as_text(piece->value());
  }
  PARLEY_TRY(ExportReport report, out.finish());
  EXPECT_EQ(report.bytes, bytes.size());
  EXPECT_EQ(report.sha256, crypto::sha256(as_bytes(bytes)));
  return std::pair(std::move(bytes), std::move(report));
}

ExportQuestion own(ExportFormat format) {
  ExportQuestion question;
  question.format = format;
  return question;
}

/// Every content of every object, with its marking.
std::set<std::tuple<std::string, std::string, std::string, state::MarkingCode>> contents(Node& node) {
  std::set<std::tuple<std::string, std::string, std::string, state::MarkingCode>> out;
  auto reader = node.store().snapshot().value();
  state::ContentKey after;
  for (;;) {
    const auto page = reader->list_contents(after, 100).value();
    if (page.empty()) return out;
    after = page.back().content;
    for (const auto& one : page)
      out.emplace(one.object.id, one.object.version, one.object.raw, one.object.marking);
  }
}

using Held = std::tuple<state::MarkingCode, int, std::int64_t, std::int64_t>;
std::map<intel::Selector, Held> values(Node& node, bool with_times) {
  std::map<intel::Selector, Held> out;
  auto reader = node.store().snapshot().value();
  const auto visit = [&](const state::SelectorSummary& s) {
    out.emplace(s.selector, Held{s.marking, s.pap ? static_cast<int>(*s.pap) + 1 : 0,
                                 with_times ? s.first_seen.microseconds() : 0,
                                 with_times ? s.last_seen.microseconds() : 0});
    return true;
  };
  EXPECT_TRUE(reader->for_each_selector(intel::all_selector_types(), visit));
  return out;
}

/// What is stored can be exported, read again into an empty store, and is the same.
void expect_round_trip(MemoryNode& from, InputFormat format) {
  const bool csv = format == InputFormat::csv;
  const auto written = run(*from.node, own(csv ? ExportFormat::csv : ExportFormat::stix));
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_TRUE(written->second.held_back.empty()) << encoding::write_json(written->second.to_json());
  MemoryNode to("CERT Bravo");
  const ImportReport report = import_text(*to.node, written->first, as(format));
  EXPECT_EQ(report.rejected, 0U) << encoding::write_json(report.to_json());
  EXPECT_EQ(report.found, written->second.objects + written->second.values);
  EXPECT_EQ(values(*to.node, csv), values(*from.node, csv));
  if (csv) return;
  EXPECT_EQ(contents(*to.node), contents(*from.node));
  // And once more: the second copy is the first.
  const auto again = run(*to.node, own(ExportFormat::stix));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->first.substr(again->first.find("objects")),
            written->first.substr(written->first.find("objects")));
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string bundle(const std::vector<std::string>& objects) {
  std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
  for (const std::string& object : objects) text += (text.back() == '[' ? "" : ",") + object;
  return text + "]}";
}

/// Objects of many kinds: versions, markings of every sort, spaces and escapes in the bytes, custom types.
std::vector<std::string> generated(std::mt19937_64& random) {
  std::vector<std::string> objects = {
      R"({"type":"marking-definition","spec_version":"2.1","id":")" + std::string(statement_marking) +
      R"(","created":"2017-06-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"ours"}})"};
  const std::vector<std::string> markings = {
      "",
      std::string(intel::tlp_marking_id(TlpLevel::green)),
      std::string(intel::tlp_marking_id(TlpLevel::red)),
      amber1_ref,
      std::string(statement_marking),
      std::string(statement_marking) + "\",\"" + green_ref,
  };
  for (unsigned i = 0; i < 60; ++i) {
    const std::string& marking = markings[random() % markings.size()];
    const std::string odd =
        random() % 2 == 0 ? R"("name":"\u0041\/ é\n","x_custom": [ 1.50, {} ,null ])" : R"("lang":"uk")";
    const std::string value = std::to_string(random() % 50) + ".example.org";
    switch (random() % 4) {
      case 0:
        objects.push_back(indicator(i, marking, value, odd));
        break;
      case 1: {
        std::string later = indicator(i, marking, value, odd);
        objects.push_back(later);
        later.replace(later.find("\"modified\":\"2025"), 16, "\"modified\":\"2026");
        objects.push_back(later);
        break;
      }
      case 2:
        objects.push_back(stix("x-acme-thing", i, marking, odd));
        break;
      default:
        objects.push_back(stix("malware", i, marking, R"("is_family":false,)" + odd));
    }
  }
  return objects;
}

TEST(Exporting, objects_that_carry_their_markings_come_back_byte_for_byte) {
  for (unsigned seed = 1; seed <= (std::getenv("PARLEY_LONG") != nullptr ? 50U : 4U); ++seed) {
    std::mt19937_64 random(seed);
    MemoryNode node;
    EXPECT_EQ(import_text(*node.node, bundle(generated(random)), as(InputFormat::stix)).rejected, 0U);
    expect_round_trip(node, InputFormat::stix);
    expect_round_trip(node, InputFormat::csv);
  }
}

TEST(Exporting, the_vendor_report_of_the_samples_comes_back) {
  MemoryNode node;
  const std::string text = read_file(PARLEY_SOURCE_DIR "/data/samples/unit42/report.stix.json");
  ASSERT_EQ(import_text(*node.node, text, as(InputFormat::stix)).rejected, 0U);
  expect_round_trip(node, InputFormat::stix);
  expect_round_trip(node, InputFormat::csv);
}

TEST(Exporting, plain_lists_come_back_from_csv_and_as_observables_from_stix) {
  MemoryNode node;
  import_text(*node.node, "a.example.org\n192.0.2.1\nCVE-2026-0001\n", as(InputFormat::list, TlpLevel::amber),
              "one");
  import_text(
      *node.node,
      "type,value,tlp,pap,first_seen,last_seen\ndomain-name,a.example.org,green,amber,2025-01-01,2026-01-01\n"
      "domain-name,b.example.org,amber+strict,,,\nemail-addr,'=cmd@example.org,clear,,,\n"
      "email-addr,''quoted@example.org,red,,,\n"
      "url,\"http://example.org/?a=1,2\",,,,\nemail-addr,x@example.org,purple,,,\n",
      as(InputFormat::csv), "two");
  expect_round_trip(node, InputFormat::csv);
  const auto written = run(*node.node, own(ExportFormat::stix));
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_EQ(written->second.values, 7U);
  EXPECT_EQ(written->second.held_back.at("unknown-marking"), 1U) << "no bytes can say that";
  MemoryNode to("CERT Bravo");
  EXPECT_EQ(import_text(*to.node, written->first, as(InputFormat::stix)).imported, 7U);
  auto theirs = values(*to.node, false);
  for (const auto& [selector, held] : values(*node.node, false)) {
    if (selector.value == "x@example.org") continue;
    ASSERT_TRUE(theirs.contains(selector)) << selector.value;
    EXPECT_EQ(std::get<0>(theirs.at(selector)), std::get<0>(held)) << selector.value;
  }
}

TEST(Exporting, a_cell_that_a_spreadsheet_would_run_is_quoted_and_read_back) {
  for (const std::string text : {"=1+1", "+1", "-1", "@x", "\tx", "\rx", "'x", "''", "plain", "", "a=b"}) {
    const std::string cell = safe_csv_cell(text);
    EXPECT_TRUE(cell.empty() || std::string("=+-@\t\r").find(cell.front()) == std::string::npos) << text;
    EXPECT_EQ(intel::plain_csv_cell(cell), text);
  }
  MemoryNode node;
  import_text(*node.node, "+list@example.org\n", as(InputFormat::list, TlpLevel::green));
  EXPECT_NE(run(*node.node, own(ExportFormat::csv))->first.find("email-addr,'+list@example.org,"),
            std::string::npos);
}

TEST(Exporting, what_was_marked_at_import_carries_the_marking_in_the_copy) {
  MemoryNode node;
  const std::string object = indicator(1, "", "a.example.org");
  import_text(*node.node, bundle({object, indicator(2, "", "b.example.org")}),
              as(InputFormat::stix, TlpLevel::amber));
  const auto written = run(*node.node, own(ExportFormat::stix));
  ASSERT_TRUE(written);
  MemoryNode to("CERT Bravo");
  import_text(*to.node, written->first, as(InputFormat::stix, TlpLevel::clear));
  EXPECT_EQ(values(*to.node, true), values(*node.node, true)) << "not clear: the copy says amber";
  EXPECT_EQ(to.store->snapshot().value()->find_object(stix_id("indicator", 1)).value()->marking,
            state::MarkingCode::amber);
}

TEST(Exporting, types_choose_objects_and_values) {
  MemoryNode node;
  import_text(*node.node, bundle({indicator(1, green_ref, "a.example.org"), stix("malware", 2, green_ref)}),
              as(InputFormat::stix));
  import_text(*node.node, "192.0.2.1\nb.example.org\n", as(InputFormat::list, TlpLevel::green));
  ExportQuestion question = own(ExportFormat::stix);
  question.types = {"malware", "ipv4-addr"};
  const auto written = run(*node.node, question);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->second.objects, 1U);
  EXPECT_EQ(written->second.values, 1U);
  EXPECT_NE(written->first.find("192.0.2.1"), std::string::npos);
  EXPECT_EQ(written->first.find("indicator"), std::string::npos);
  question.format = ExportFormat::csv;
  EXPECT_EQ(run(*node.node, question)->second.values, 1U);
}

TEST(Exporting, an_empty_store_gives_an_empty_bundle_and_a_header) {
  MemoryNode node;
  const auto bundle = run(*node.node, own(ExportFormat::stix));
  ASSERT_TRUE(bundle);
  EXPECT_EQ(encoding::parse_json(bundle->first)->find("objects")->size(), 0U);
  EXPECT_EQ(run(*node.node, own(ExportFormat::csv))->first, "type,value,tlp,pap,first_seen,last_seen\r\n");
}

TEST(Exporting, many_items_leave_in_pieces_that_fit_together) {
  MemoryNode node;
  std::string list;
  for (int i = 0; i < 3'000; ++i) list += std::to_string(i) + ".example.org\n";
  import_text(*node.node, list, as(InputFormat::list, TlpLevel::green));
  expect_round_trip(node, InputFormat::csv);
  const auto written = run(*node.node, own(ExportFormat::stix));
  ASSERT_TRUE(written);
  EXPECT_EQ(encoding::parse_json(written->first)->find("objects")->size(), 3'000U);
}

TEST(Exporting, what_a_peer_gave_is_in_no_copy_of_our_own) {
  MemoryNode node;
  ImportOptions received = as(InputFormat::stix);
  received.received_from = "peer.example.org/one";
  import_text(*node.node, bundle({indicator(1, green_ref, "a.example.org")}), received,
              "peer.example.org/one");
  import_text(*node.node, bundle({indicator(2, green_ref, "b.example.org")}), as(InputFormat::stix));
  const auto written = run(*node.node, own(ExportFormat::stix));
  ASSERT_TRUE(written);
  EXPECT_EQ(written->second.objects, 1U);
  EXPECT_EQ(written->first.find("a.example.org"), std::string::npos);
  EXPECT_GE(written->second.held_back.at("received"), 1U);
  const auto csv = run(*node.node, own(ExportFormat::csv));
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->first.find("a.example.org"), std::string::npos);
}

TEST(Exporting, nothing_leaves_while_the_rules_do_not_load) {
  MemoryNode node("CERT Alpha", "version = nonsense");
  const auto written = run(*node.node, own(ExportFormat::stix));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::refused);
  EXPECT_EQ(written.error().rules, std::vector<std::string>{"policy-not-loaded"});
}

TEST(Exporting, what_left_stands_in_the_ledger) {
  MemoryNode node;
  import_text(*node.node, bundle({indicator(1, green_ref, "a.example.org")}), as(InputFormat::stix));
  const auto written = run(*node.node, own(ExportFormat::stix));
  ASSERT_TRUE(written);
  const Recorded recorded = recorded_at(*node.node, written->second.ledger_index).value();
  EXPECT_EQ(recorded.kind, "parley/export/1");
  const Json payload = encoding::parse_json(record::peek_statement(recorded.jws).value().payload).value();
  EXPECT_EQ(payload.string_member("audience").value(), "");
  EXPECT_EQ(payload.string_member("content_hash").value(), to_hex(written->second.sha256));
  EXPECT_EQ(*payload.find("objects"), Json(1));
}

// To a peer: the rules of a release, object by object.

ExportQuestion to_bravo(const ReleaseWorld& world, ExportFormat format) {
  ExportQuestion question = own(format);
  question.peer = world.bravo.origin;
  question.agreement = world.agreement;
  question.purpose = "fraud";
  return question;
}

constexpr std::string_view no_officers = "\n[approvals.export]\ncount = 0\n";

TEST(Exporting, to_a_peer_it_needs_agreement_purpose_and_the_officers_that_the_policy_names) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "a.example.org")});
  ExportQuestion question = to_bravo(world, ExportFormat::stix);
  const auto officers = run(*world.alpha.node, question);
  ASSERT_FALSE(officers);
  EXPECT_EQ(officers.error().rules, std::vector<std::string>{"approvals"});
  world.add_rules(no_officers);
  EXPECT_TRUE(run(*world.alpha.node, question));
  question.purpose = "curiosity";
  const auto purpose = run(*world.alpha.node, question);
  ASSERT_FALSE(purpose);
  EXPECT_EQ(purpose.error().kind, ErrorKind::refused);
  question.purpose.clear();
  EXPECT_EQ(run(*world.alpha.node, question).error().kind, ErrorKind::usage);
  question = to_bravo(world, ExportFormat::stix);
  question.peer = "nobody";
  EXPECT_EQ(run(*world.alpha.node, question).error().kind, ErrorKind::refused);
}

TEST(Exporting, to_a_peer_only_what_the_rules_let_it_have_leaves) {
  ReleaseWorld world;
  world.add_rules(no_officers);
  const std::string relationship =
      stix("relationship", 5, green_ref,
           R"("relationship_type":"indicates","source_ref":")" + stix_id("indicator", 1) +
               R"(","target_ref":")" + stix_id("indicator", 2) + "\"");
  const std::string red(intel::tlp_marking_id(TlpLevel::red));
  world.import({indicator(1, green_ref, "a.example.org"), indicator(2, red, "b.example.org"),
                indicator(3, "", "c.example.org"), indicator(4, green_ref, "d.example.org"), relationship});
  const auto written = run(*world.alpha.node, to_bravo(world, ExportFormat::stix));
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_NE(written->first.find("a.example.org"), std::string::npos);
  EXPECT_EQ(written->first.find("b.example.org"), std::string::npos);
  EXPECT_EQ(written->first.find("c.example.org"), std::string::npos) << "no marking: never leaves";
  EXPECT_EQ(written->first.find(stix_id("relationship", 5)), std::string::npos)
      << "it would name what stays here";
  EXPECT_EQ(written->second.objects, 2U);
  EXPECT_EQ(written->second.held_back.at("reference-cut"), 1U);
  const auto csv = run(*world.alpha.node, to_bravo(world, ExportFormat::csv));
  ASSERT_TRUE(csv) << csv.error().text();
  EXPECT_EQ(csv->first,
            "type,value,tlp,pap\r\ndomain-name,a.example.org,green,\r\ndomain-name,d.example.org,green,\r\n");
  const Json payload =
      encoding::parse_json(
          record::peek_statement(recorded_at(*world.alpha.node, csv->second.ledger_index).value().jws)
              .value()
              .payload)
          .value();
  EXPECT_EQ(payload.string_member("audience").value(), world.bravo.origin);
}

std::string vector_text(const std::string& name) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/tests/vectors/misp/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Exporting, misp_events_leave_as_they_came_and_what_came_otherwise_as_attributes_of_ours) {
  MemoryNode node;
  const std::vector<std::string> names = {"sednit-zebrocy-2018.json", "sshdoor-mimban.json"};
  for (const std::string& name : names)
    EXPECT_EQ(import_text(*node.node, vector_text(name), as(InputFormat::misp)).misp_events[0], 1U);
  import_text(
      *node.node,
      R"({"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001",)"
      R"("created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"C2",)"
      R"("pattern":"[domain-name:value = 'stix.example.org']","pattern_type":"stix",)"
      R"("valid_from":"2026-01-01T00:00:00Z"})",
      as(InputFormat::stix, TlpLevel::amber));
  import_text(*node.node, "list.example.org\n", as(InputFormat::list, TlpLevel::green), "list");
  const auto written = run(*node.node, own(ExportFormat::misp));
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_EQ(written->second.objects, 3U);
  const auto events = misp::parse_events(written->first);
  ASSERT_TRUE(events) << events.error().text();
  ASSERT_EQ(events->size(), 3U);
  for (const std::string& name : names) {
    const auto original = misp::parse_event(vector_text(name));
    ASSERT_TRUE(original);
    EXPECT_EQ(std::ranges::count(*events, *original), 1) << name << " as it came, member by member";
  }
  const misp::Event& made = events->back();
  EXPECT_EQ(made.creator_name(), "CERT Alpha");
  std::map<std::string, std::string> tags;
  for (const misp::AttributeView& one : made.attributes())
    tags[std::string(one.value)] = one.json->elements("Tag").front().text("name");
  EXPECT_EQ(tags, (std::map<std::string, std::string>{{"list.example.org", "tlp:green"},
                                                      {"stix.example.org", "tlp:amber"}}));

  MemoryNode other("CERT Bravo");
  import_text(*other.node, written->first, as(InputFormat::misp));
  const auto selectors = [](Node& of) {
    std::uint64_t count = 0;
    const auto counted = of.store().snapshot().value()->count_selectors().value();
    for (const auto& one : counted) count += one.selectors;
    return count;
  };
  EXPECT_EQ(selectors(*other.node), selectors(*node.node));
}

TEST(Exporting, a_level_that_was_given_at_import_leaves_with_the_event) {
  MemoryNode node;
  import_text(*node.node, vector_text("sshdoor-mimban.json"), as(InputFormat::misp, TlpLevel::amber));
  const auto written = run(*node.node, own(ExportFormat::misp));
  ASSERT_TRUE(written);
  const auto event = misp::parse_event(written->first);
  ASSERT_TRUE(event);
  for (const misp::AttributeView& one : event->attributes()) {
    ASSERT_FALSE(one.json->elements("Tag").empty());
    EXPECT_EQ(one.json->elements("Tag").back().text("name"), "tlp:amber");
  }
}

TEST(Exporting, to_a_peer_each_attribute_of_a_misp_event_is_judged_and_a_redacted_event_says_so) {
  ReleaseWorld world;
  world.add_rules(no_officers);
  const auto attribute = [](int number, const std::string& value, const std::string& more) {
    return R"({"uuid":"5bbe6066-ca08-4a44-ba68-00000000000)" + std::to_string(number) +
           R"(","type":"domain","category":"Network activity","to_ids":true,"timestamp":"90","value":")" +
           value + "\"" + more + "}";
  };
  const auto event = [](int number, const std::string& tlp, int distribution, const std::string& attributes) {
    return R"({"Event":{"uuid":"5bbe6052-8768-4f09-a6de-00000000000)" + std::to_string(number) +
           R"(","info":"x","published":true,"timestamp":"100","distribution":")" +
           std::to_string(distribution) + R"(","Attribute":[)" + attributes + R"(],"Tag":[{"name":")" + tlp +
           R"("}]}})";
  };
  const std::string events = "[" +
                             event(1, "tlp:green", 3,
                                   attribute(1, "a.example.org", R"(,"distribution":"5")") + "," +
                                       attribute(2, "b.example.org", R"(,"Tag":[{"name":"tlp:red"}])") + "," +
                                       attribute(3, "c.example.org", R"(,"distribution":"0")")) +
                             "," + event(2, "tlp:red", 3, attribute(4, "d.example.org", "")) + "," +
                             event(3, "tlp:green", 0, attribute(5, "e.example.org", "")) + "," +
                             event(4, "other", 3, attribute(6, "f.example.org", "")) + "]";
  EXPECT_EQ(import_text(*world.alpha.node, events, as(InputFormat::misp)).misp_events[0], 4U);
  const auto written = run(*world.alpha.node, to_bravo(world, ExportFormat::misp));
  ASSERT_TRUE(written) << written.error().text();
  const auto left = misp::parse_events(written->first);
  ASSERT_TRUE(left) << written->first;
  ASSERT_EQ(left->size(), 1U) << written->first;
  const misp::Event& only = left->front();
  ASSERT_EQ(only.attributes().size(), 1U);
  EXPECT_EQ(only.attributes()[0].value, "a.example.org");
  EXPECT_EQ(std::ranges::count(only.tags(), "workflow:state=\"incomplete\""), 1);
  for (const char* const gone :
       {"b.example.org", "c.example.org", "d.example.org", "e.example.org", "f.example.org"})
    EXPECT_EQ(written->first.find(gone), std::string::npos) << gone;
  EXPECT_EQ(written->second.held_back.at("misp-event"), 3U);
  EXPECT_EQ(written->second.held_back.at("misp-attribute"), 2U);
}

}  // namespace
}  // namespace parley::exchange
