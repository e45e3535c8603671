#include "exchange/importing.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "exchange/node_fixture.hpp"

namespace parley::exchange {
namespace {

using intel::TlpLevel;

constexpr const char* policy_toml = R"toml(
version = 1
purposes = ["incident-response"]
[off_limits]
labels = ["classified"]
values = ["domain-name:off.example.org"]
[open_cases]
labels = ["open-case"]
)toml";

constexpr const char* resolvers = R"({"name":"Resolvers","version":1,"description":"","type":"string",
  "list":["192.0.2.53"],"matching_attributes":["ip-dst"]})";

std::string indicator(int number, const std::string& pattern, const std::string& more = "") {
  const std::string digits = std::to_string(1'000'000 + number).substr(1);
  return R"({"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000)" +
         digits +
         R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern":")" +
         pattern + R"(","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z")" + more + "}";
}

std::string bundle(const std::vector<std::string>& objects) {
  std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
  for (const std::string& object : objects) text += (text.back() == '[' ? "" : ",") + object;
  return text + "]}";
}

class Importing : public testing::Test {
 protected:
  Importing() { EXPECT_TRUE(lists.add_text(resolvers, "test")); }

  ImportReport import_text(const std::string& text, ImportOptions options = {},
                           const std::string& name = "file", std::size_t chunk = 1 << 16) {
    Import import(*node.node, std::move(options), lists,
                  [this](const ImportReject& reject) { rejects.push_back(reject); });
    EXPECT_TRUE(import.begin_file(name, "/" + name));
    for (std::size_t at = 0; at < text.size(); at += chunk)
      EXPECT_TRUE(import.feed(as_bytes(std::string_view(text).substr(at, chunk))));
    EXPECT_TRUE(import.end_file());
    auto report = import.finish();
    EXPECT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->found, report->imported + report->unchanged + report->held_back_warninglist +
                                 report->held_back_off_limits + report->rejected);
    return *report;
  }

  static ImportOptions green() {
    ImportOptions options;
    options.tlp = TlpLevel::green;
    return options;
  }

  std::unique_ptr<state::Reader> reader() { return std::move(*node.node->store().snapshot()); }

  MemoryNode node{"CERT Alpha", policy_toml};
  intel::WarninglistSet lists;
  std::vector<ImportReject> rejects;
};

TEST_F(Importing, counts_a_list_exactly_and_the_second_time_changes_nothing) {
  const std::string text =
      "a.example.org\nb.example.org\n192.0.2.1\nA.example.org\n192.0.2.53\noff.example.org\n!!\n";
  const ImportReport first = import_text(text, green());
  EXPECT_EQ(first.found, 7U);
  EXPECT_EQ(first.imported, 3U);
  EXPECT_EQ(first.unchanged, 1U) << "the same value again";
  EXPECT_EQ(first.held_back_warninglist, 1U);
  EXPECT_EQ(first.held_back_off_limits, 1U);
  EXPECT_EQ(first.rejected, 1U);
  const ImportReport second = import_text(text, green());
  EXPECT_EQ(second.imported, 0U);
  EXPECT_EQ(second.unchanged, 4U);
  EXPECT_EQ(second.rejected, 1U);
}

TEST_F(Importing, names_the_list_and_the_rule_that_held_an_item_back) {
  import_text("192.0.2.53\noff.example.org\n", green());
  ASSERT_EQ(rejects.size(), 2U);
  EXPECT_EQ(rejects[0].held_back, "warninglist");
  EXPECT_THAT(rejects[0].why, testing::HasSubstr("Resolvers"));
  EXPECT_EQ(rejects[1].held_back, "off_limits");
  EXPECT_THAT(rejects[1].why, testing::HasSubstr("off-limits"));
}

TEST_F(Importing, keeps_an_object_byte_for_byte_however_it_is_cut_into_chunks) {
  const std::string object =
      indicator(1, "[domain-name:value = 'a.example.org']", R"(,"x_unknown" : [1.50,  2e3])");
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
    const ImportReport report = import_text(bundle({object}), green(), "file", chunk);
    EXPECT_EQ(report.found, 1U);
  }
  auto stored =
      node.store->snapshot().value()->find_object("indicator--00000000-0000-4000-8000-000000000001");
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->raw, object);
}

TEST_F(Importing, an_object_whose_every_selector_is_well_known_is_held_back_and_can_still_be_found) {
  const ImportReport report =
      import_text(bundle({indicator(1, "[ipv4-addr:value = '192.0.2.53']"),
                          indicator(2, "[ipv4-addr:value = '192.0.2.53' OR ipv4-addr:value = '192.0.2.9']")}),
                  green());
  EXPECT_EQ(report.held_back_warninglist, 1U);
  EXPECT_EQ(report.imported, 1U);
  EXPECT_EQ(report.selectors.at("ipv4-addr"), 1U);
  auto reader = node.store->snapshot().value();
  EXPECT_TRUE(reader->find_object("indicator--00000000-0000-4000-8000-000000000001").value());
  EXPECT_FALSE(reader->find_selector({intel::SelectorType::ipv4_addr, "192.0.2.53"}).value());
  EXPECT_TRUE(reader->find_selector({intel::SelectorType::ipv4_addr, "192.0.2.9"}).value());
}

TEST_F(Importing, the_level_of_the_command_marks_only_what_has_no_marking) {
  const std::string red =
      R"(,"object_marking_refs":["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"])";
  const std::string strange =
      R"(,"object_marking_refs":["marking-definition--00000000-0000-4000-8000-00000000dead"])";
  import_text(bundle({indicator(1, "[domain-name:value = 'none.example.org']"),
                      indicator(2, "[domain-name:value = 'red.example.org']", red),
                      indicator(3, "[domain-name:value = 'strange.example.org']", strange)}),
              green());
  auto reader = node.store->snapshot().value();
  const auto marking = [&](const char* value) {
    return reader->find_selector({intel::SelectorType::domain_name, value}).value()->marking;
  };
  EXPECT_EQ(marking("none.example.org"), state::MarkingCode::green);
  EXPECT_EQ(marking("red.example.org"), state::MarkingCode::red);
  EXPECT_EQ(marking("strange.example.org"), state::MarkingCode::unknown);
}

TEST_F(Importing, without_a_level_what_has_no_marking_is_counted_and_never_leaves) {
  const ImportReport report = import_text("a.example.org\n");
  EXPECT_EQ(report.without_marking, 1U);
  EXPECT_EQ(node.store->snapshot()
                .value()
                ->find_selector({intel::SelectorType::domain_name, "a.example.org"})
                .value()
                ->marking,
            state::MarkingCode::none);
}

TEST_F(Importing, colliding_ids_are_rejected_and_the_first_stays) {
  const std::string first = indicator(1, "[domain-name:value = 'first.example.org']");
  import_text(bundle({first}), green());
  const ImportReport report =
      import_text(bundle({indicator(1, "[domain-name:value = 'second.example.org']")}), green(), "other");
  EXPECT_EQ(report.rejected, 1U);
  EXPECT_TRUE(report.nothing_readable());
  auto reader = node.store->snapshot().value();
  EXPECT_EQ(reader->find_object("indicator--00000000-0000-4000-8000-000000000001").value()->raw, first);
  EXPECT_FALSE(reader->find_selector({intel::SelectorType::domain_name, "second.example.org"}).value())
      << "a rejected object leaves no holding";
}

TEST_F(Importing, an_open_case_is_marked_on_every_holding) {
  ImportOptions options = green();
  options.open_case = "case-7";
  import_text("secret.example.org\n", options);
  auto summary = node.store->snapshot()
                     .value()
                     ->find_selector({intel::SelectorType::domain_name, "secret.example.org"})
                     .value();
  ASSERT_TRUE(summary);
  EXPECT_TRUE(summary->open_case);
  EXPECT_THAT(summary->labels, testing::Contains("open-case:case-7"));
}

TEST_F(Importing, pap_and_whether_it_was_published_stand_on_every_holding) {
  const std::string event = R"({"Event":{"uuid":"00000000-0000-4000-8000-0000000000e1","info":"x",
    "date":"2026-01-01","Tag":[{"name":"tlp:green"},{"name":"PAP:AMBER"}],"Attribute":[
    {"uuid":"00000000-0000-4000-8000-0000000000a1","type":"domain","category":"Network activity",
     "value":"pap.example.org","timestamp":"1767225600","to_ids":true}]}})";
  ImportOptions options;
  options.unpublished = true;
  EXPECT_EQ(import_text(event, options).imported, 1U);
  const intel::Selector selector{intel::SelectorType::domain_name, "pap.example.org"};
  auto held = node.store->snapshot().value()->find_selector(selector).value();
  ASSERT_TRUE(held);
  EXPECT_EQ(held->pap, intel::PapLevel::amber);
  EXPECT_TRUE(held->unpublished);
  // The same source again, published by now; and a list that says nothing of it.
  EXPECT_EQ(import_text(event).imported, 1U);
  import_text("pap.example.org\n", green(), "list");
  held = node.store->snapshot().value()->find_selector(selector).value();
  EXPECT_FALSE(held->unpublished);
  EXPECT_EQ(held->pap, intel::PapLevel::amber) << "the strictest of both";
}

TEST_F(Importing, a_misp_event_that_is_not_published_keeps_its_attributes_out_of_matches_until_it_is) {
  const auto event = [](const std::string& published) {
    return R"({"Event":{"uuid":"00000000-0000-4000-8000-0000000000e2","info":"x","Tag":[{"name":"tlp:green"}],
      "Attribute":[{"uuid":"00000000-0000-4000-8000-0000000000a2","type":"domain","category":"Network activity",
      "value":"draft.example.org","timestamp":"1767225600","to_ids":true}],"Object":[{"name":"file",
      "uuid":"00000000-0000-4000-8000-0000000000b2","Attribute":[{"uuid":"00000000-0000-4000-8000-0000000000a3",
      "type":"ip-dst","category":"Network activity","value":"192.0.2.77","timestamp":"1767225600"}]}])" +
           published + "}}";
  };
  const auto unpublished = [&] {
    const auto reader = node.store->snapshot().value();
    const bool domain =
        reader->find_selector({intel::SelectorType::domain_name, "draft.example.org"}).value()->unpublished;
    const bool address =
        reader->find_selector({intel::SelectorType::ipv4_addr, "192.0.2.77"}).value()->unpublished;
    EXPECT_EQ(domain, address) << "in an object or not";
    return domain;
  };
  // As exports write it: after everything else; and whatever is no yes is a no.
  for (const char* no : {"false", "\"0\"", "0", "null", "\"\"", "\"maybe\""}) {
    import_text(event(R"(,"published":)" + std::string(no)));
    EXPECT_TRUE(unpublished()) << no;
    import_text(event(R"(,"published":true)"));
    EXPECT_FALSE(unpublished()) << "its source has published it since " << no;
  }
  import_text(event(""));
  EXPECT_FALSE(unpublished()) << "without the member nobody has said so";
  EXPECT_EQ(import_text(event(R"(,"published":false)")).unpublished, 2U);
  EXPECT_TRUE(unpublished());
  ImportOptions known;
  known.published = true;
  EXPECT_EQ(import_text(event(R"(,"published":false)"), known).unpublished, 0U);
  EXPECT_FALSE(unpublished()) << "whoever imports it knows better";
}

constexpr std::string_view event_uuid = "5bbe6052-8768-4f09-a6de-7ad70a016219";

std::string event_text(int timestamp, const std::string& attributes) {
  return R"({"Event":{"uuid":")" + std::string(event_uuid) +
         R"(","info":"x","published":true,"timestamp":")" + std::to_string(timestamp) + R"(","Attribute":[)" +
         attributes + R"(],"Tag":[{"name":"tlp:green"}]}})";
}
std::string attribute_text(int number, int timestamp, const std::string& value,
                           const std::string& more = "") {
  return R"({"uuid":"5bbe6066-ca08-4a44-ba68-00000000000)" + std::to_string(number) +
         R"(","type":"domain","to_ids":true,"timestamp":")" + std::to_string(timestamp) + R"(","value":")" +
         value + "\"" + more + "}";
}

TEST_F(Importing, a_misp_event_is_kept_whole_and_only_a_later_version_takes_its_place) {
  ImportOptions misp;
  misp.format = intel::InputFormat::misp;
  const auto held = [&](const std::string& value) {
    const auto summary = reader()->find_selector({intel::SelectorType::domain_name, value});
    return summary && summary->has_value();
  };
  const auto content = [&] {
    const auto event = reader()->misp_events().find(event_uuid);
    return event && *event ? (*event)->content : std::string();
  };
  const std::string first =
      event_text(100, attribute_text(1, 90, "a.example.org") + "," + attribute_text(2, 91, "b.example.org") +
                          "," + attribute_text(3, 92, "c.example.org"));
  EXPECT_EQ(import_text(first, misp).misp_events[0], 1U);
  EXPECT_EQ(R"({"Event":)" + content() + "}", first);
  const ImportReport again = import_text(first, misp);
  EXPECT_EQ(again.misp_events[2], 1U);
  EXPECT_EQ(again.unchanged, 3U);

  // Deleted, changed and left out: three ways to leave the holdings.
  const std::string second = event_text(200, attribute_text(1, 150, "a.example.org", R"(,"deleted":true)") +
                                                 "," + attribute_text(2, 151, "b2.example.org"));
  EXPECT_EQ(import_text(second, misp).misp_events[1], 1U);
  EXPECT_EQ(R"({"Event":)" + content() + "}", second);
  EXPECT_FALSE(held("a.example.org"));
  EXPECT_FALSE(held("b.example.org"));
  EXPECT_FALSE(held("c.example.org"));
  EXPECT_TRUE(held("b2.example.org"));

  const ImportReport older = import_text(first, misp);
  EXPECT_EQ(older.misp_events[3], 1U);
  EXPECT_EQ(older.unchanged, 3U);
  EXPECT_FALSE(held("a.example.org"));
  const ImportReport changed = import_text(
      event_text(200, attribute_text(4, 10, "d.example.org") + "," + attribute_text(5, 10, "e.example.org")),
      misp);
  EXPECT_EQ(changed.misp_events[4], 1U);
  EXPECT_EQ(changed.rejected, 2U);
  EXPECT_THAT(changed.rejects[0].why, testing::HasSubstr("under the same timestamp"));
  EXPECT_FALSE(held("d.example.org"));
  EXPECT_EQ(R"({"Event":)" + content() + "}", second);
}

TEST_F(Importing, what_a_peer_says_of_our_event_does_not_change_ours) {
  ImportOptions misp;
  misp.format = intel::InputFormat::misp;
  const std::string ours = event_text(100, attribute_text(1, 90, "a.example.org"));
  import_text(ours, misp);
  ImportOptions theirs = misp;
  theirs.received_from = "peer-1";
  const ImportReport report = import_text(
      event_text(200, attribute_text(1, 150, "a.example.org", R"(,"deleted":true)")), theirs, "peer-1");
  EXPECT_EQ(report.misp_events[0], 1U);
  const auto event = reader()->misp_events().find(event_uuid);
  ASSERT_TRUE(event && *event);
  EXPECT_EQ(R"({"Event":)" + (*event)->content + "}", ours);
  const auto summary = reader()->find_selector({intel::SelectorType::domain_name, "a.example.org"});
  EXPECT_TRUE(summary && summary->has_value());
}

TEST_F(Importing, actors_that_are_off_limits_by_name_or_alias_are_held_back) {
  const auto actor = [](const char* more) {
    return R"({"type":"threat-actor","spec_version":"2.1","id":"threat-actor--00000000-0000-4000-8000-000000000001",)"
           R"("created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",)" +
           std::string(more) + "}";
  };
  for (const char* names : {R"("name":"EXAMPLE Bear")", R"("name":"x","aliases":["y","example bear"])"}) {
    MemoryNode other("CERT Alpha", "version = 1\n[off_limits]\nactors = [\"Example Bear\"]\n");
    Import import(*other.node, green(), lists, {});
    ASSERT_TRUE(import.begin_file("a.json", "a.json"));
    ASSERT_TRUE(import.feed(as_bytes(actor(names))));
    ASSERT_TRUE(import.end_file());
    EXPECT_EQ(import.finish()->held_back_off_limits, 1U) << names;
  }
}

TEST_F(Importing, more_items_than_a_batch_holds_are_all_there) {
  std::string text;
  for (int i = 0; i < 120'000; ++i) text += "h" + std::to_string(i) + ".example.org\n";
  const ImportReport report = import_text(text, green());
  EXPECT_EQ(report.imported, 120'000U);
  EXPECT_EQ(node.store->snapshot().value()->count_selectors().value().front().selectors, 120'000U);
}

TEST_F(Importing, an_import_that_has_the_store_alone_commits_what_is_much_and_the_end_of_each_file) {
  std::string text;
  for (int i = 0; i < 101'000; ++i) text += "h" + std::to_string(i) + ".example.org\n";
  const auto stored = [&] {
    const auto counts = node.store->snapshot().value()->count_selectors().value();
    return counts.empty() ? 0U : counts.front().selectors;
  };
  {
    Import import(*node.node, green(), lists, {});
    import.take_store_alone();
    ASSERT_TRUE(import.begin_file("file", "/file"));
    ASSERT_TRUE(import.feed(as_bytes(std::string_view(text))));
    EXPECT_EQ(stored(), 0U) << "still in one transaction";
    EXPECT_EQ(node.store->begin(state::Durability::synced).error().kind, ErrorKind::conflict);
  }
  EXPECT_EQ(stored(), 0U) << "dropped half-way: nothing of it, and others may write again";
  Import import(*node.node, green(), lists, {});
  import.take_store_alone(1U << 20);
  ASSERT_TRUE(import.begin_file("file", "/file"));
  ASSERT_TRUE(import.feed(as_bytes(std::string_view(text))));
  EXPECT_EQ(stored(), 100'000U) << "a batch is more than one commit was to take";
  ASSERT_TRUE(import.end_file());
  EXPECT_EQ(stored(), 101'000U);
  ASSERT_TRUE(import.begin_file("list", "/list"));
  ASSERT_TRUE(import.feed(as_bytes(std::string_view("a.example.org\nb.example.org\n"))));
  ASSERT_TRUE(import.end_file());
  EXPECT_EQ(stored(), 101'002U);
  EXPECT_EQ(import.finish().value().imported, 101'002U);
}

/// Two halves on two threads.
class TwoThreads final : public Parallel {
 public:
  std::size_t width() const override { return 2; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    ++runs;
    std::thread other([&] {
      for (std::size_t i = 1; i < count; ++i) task(i);
    });
    task(0);
    other.join();
  }
  int runs = 0;
};

TEST_F(Importing, reading_beside_storing_gives_what_one_after_the_other_gives) {
  // Larger than the first pieces; the definition that all wait for comes last, some ids collide.
  const std::string statement = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168";
  const std::string padding(700, 'x');
  std::vector<std::string> objects;
  for (int i = 0; i < 9'000; ++i) {
    std::string more = R"(,"description":")" + padding + "\"";
    if (i % 5 == 0) more += R"(,"object_marking_refs":[")" + statement + R"("])";
    const std::string value = i % 7 == 0 ? "off.example.org" : "h" + std::to_string(i) + ".example.org";
    objects.push_back(indicator(i % 8'990, "[domain-name:value = '" + value + "']", more));
  }
  objects.push_back(
      R"({"type":"marking-definition","spec_version":"2.1","id":")" + statement +
      R"(","created":"2017-06-01T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":"amber"}})");
  const std::string text = bundle(objects);
  const auto import_into = [&](Node& into) {
    Import import(into, green(), lists, {});
    EXPECT_TRUE(import.begin_file("file", "/file"));
    for (std::size_t at = 0; at < text.size(); at += 1U << 20)
      EXPECT_TRUE(import.feed(as_bytes(std::string_view(text).substr(at, 1U << 20))));
    EXPECT_TRUE(import.end_file());
    return import.finish().value();
  };
  const ImportReport serial = import_into(*node.node);
  MemoryNode other("CERT Alpha", policy_toml);
  TwoThreads threads;
  Node piped(Identity{"CERT Alpha", "national_cert", "XA", other.origin},
             Keys{other.keys.role.clone(), other.keys.log.clone(), other.keys.tls.clone()}, other.policy, "",
             Node::Parts{*other.store, *other.ledger, other.clock, other.entropy, threads});
  const ImportReport beside = import_into(piped);
  EXPECT_GE(threads.runs, 2);
  const auto text_of = [](ImportReport report) {
    std::ranges::sort(report.rejects, {}, &ImportReject::where);
    return encoding::write_json(report.to_json());
  };
  EXPECT_EQ(text_of(beside), text_of(serial));
  EXPECT_EQ(serial.rejected, 9U);  // the tenth is off limits
  EXPECT_EQ(serial.without_marking, 0U);
  const auto all = [](state::Store& store) {
    std::string out;
    auto snapshot = store.snapshot().value();
    const auto listed = snapshot->list_objects("indicator", "", state::max_page).value();
    for (const auto& one : listed) out += one.id + " " + std::to_string(static_cast<int>(one.marking)) + "\n";
    return out;
  };
  EXPECT_EQ(all(*other.store), all(*node.store));
}

TEST_F(Importing, the_first_thousand_rejects_are_inline_and_all_of_them_reach_the_sink) {
  std::string text;
  for (int i = 0; i < 1'500; ++i) text += "!!!\n";
  ImportOptions options;
  options.format = intel::InputFormat::list;
  const ImportReport report = import_text(text, options);
  EXPECT_EQ(report.rejected, 1'500U);
  EXPECT_EQ(report.rejects.size(), ImportReport::inline_rejects);
  EXPECT_EQ(rejects.size(), 1'500U);
}

}  // namespace
}  // namespace parley::exchange
