#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "state/store.hpp"
#include "state/store_fixture.hpp"
#include "state/store_member_conformance.hpp"
#include "state/store_misp_conformance.hpp"
#include "state/store_model_conformance.hpp"
#include "state/store_origin_conformance.hpp"

/// What every driver of `state::Store` must do. A driver's test says how to open one:
///
///   INSTANTIATE_TEST_SUITE_P(sqlite, StoreConformance, testing::Values(StoreDriver{"file", make_home}));
///   INSTANTIATE_TEST_SUITE_P(sqlite, CollectionConformance, testing::Values(…));
namespace parley::state {

TEST_P(StoreConformance, what_was_committed_is_there_after_opening_again) {
  for (const Durability durability : {Durability::synced, Durability::buffered}) {
    const std::string id = durability == Durability::synced ? "synced" : "buffered";
    ok(write(*store_, durability, [&](Transaction& t) -> Result<void> {
      PARLEY_CHECK(t.put_document({"peers", id}, as_bytes("body"), DocumentVersion(0)));
      return {};
    }));
    reopen();
    const auto document = value(snapshot()->get_document({"peers", id}));
    ASSERT_TRUE(document);
    EXPECT_EQ(as_text(document->body), "body");
    EXPECT_EQ(document->version.value(), 1U);
  }
}

TEST_P(StoreConformance, every_write_that_changes_objects_or_holdings_is_counted_and_no_other) {
  const auto changes = [&] { return value(snapshot()->counter(holdings_changes_counter)); };
  const auto grows = [&](const std::function<void(Transaction&)>& work) {
    const std::int64_t before = changes();
    auto transaction = begin();
    work(*transaction);
    ok(transaction->commit());
    transaction.reset();
    return changes() > before;
  };
  const auto one = object("tool", 1);
  const auto put_object = [&](Transaction& t) { value(t.put_objects({&one, 1})); };
  EXPECT_TRUE(grows(put_object));
  EXPECT_FALSE(grows(put_object));
  const std::vector<intel::Selector> list{{intel::SelectorType::domain_name, "a.example.org"}};
  const auto load = [&](Transaction& t) {
    HoldingBatch batch;
    batch.source = value(t.add_source(file_source("a")));
    batch.labels = value(t.add_labels({}));
    value(t.load_holdings(batch, list));
  };
  EXPECT_TRUE(grows(load));
  EXPECT_FALSE(grows(load));
  const auto open_case = [&](Transaction& t) { value(t.set_open_case(list.front(), true)); };
  EXPECT_TRUE(grows(open_case));
  EXPECT_FALSE(grows(open_case));
  EXPECT_FALSE(grows([&](Transaction& t) {
    value(t.put_document({"peers", "one"}, as_bytes("x"), DocumentVersion(0)));
    value(t.add_counter("n", 1));
  }));
}

TEST_P(StoreConformance, a_transaction_that_is_dropped_leaves_nothing) {
  {
    auto transaction = begin();
    value(transaction->add_source(file_source("a")));
    value(transaction->put_document({"peers", "one"}, as_bytes("x"), DocumentVersion(0)));
    value(transaction->add_counter("n", 5));
    const auto one = object("tool", 1);
    value(transaction->put_objects({&one, 1}));
  }
  EXPECT_TRUE(value(snapshot()->list_sources()).empty());
  EXPECT_FALSE(value(snapshot()->get_document({"peers", "one"})));
  EXPECT_EQ(value(snapshot()->counter("n")), 0);
  EXPECT_EQ(value(snapshot()->count_objects()), 0U);
  // The same again: nothing that was remembered of the first try may be believed.
  EXPECT_EQ(put_one(object("tool", 1)).kind, Kind::imported);
  EXPECT_TRUE(value(snapshot()->find_object(uuid_id("tool", 1))));
  reopen();
  EXPECT_TRUE(value(snapshot()->find_object(uuid_id("tool", 1))));
}

TEST_P(StoreConformance, there_is_one_writer_at_a_time) {
  auto first = begin();
  const auto second = store_->begin(Durability::synced);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  ok(first->commit());
  EXPECT_EQ(first->commit().error().kind, ErrorKind::conflict);
  EXPECT_EQ(first->add_counter("n", 1).error().kind, ErrorKind::conflict);
  first.reset();
  EXPECT_TRUE(store_->begin(Durability::synced));
}

TEST_P(StoreConformance, a_snapshot_stays_as_it_was_and_a_transaction_sees_its_own_writes) {
  ok(write(*store_, Durability::buffered, [](Transaction& t) -> Result<void> {
    PARLEY_CHECK(t.add_counter("n", 1));
    return {};
  }));
  const auto before = snapshot();
  auto transaction = begin();
  EXPECT_EQ(value(transaction->add_counter("n", 1)), 2);
  EXPECT_EQ(value(transaction->counter("n")), 2);
  EXPECT_EQ(value(before->counter("n")), 1);
  EXPECT_EQ(value(snapshot()->counter("n")), 1);
  ok(transaction->commit());
  EXPECT_EQ(value(before->counter("n")), 1);
  EXPECT_EQ(value(snapshot()->counter("n")), 2);
}

TEST_P(StoreConformance, a_source_is_one_by_kind_and_name_however_often_it_is_imported) {
  auto transaction = begin();
  const SourceId first = value(transaction->add_source(file_source("list.txt")));
  Source later = file_source("list.txt");
  later.imported_at = Timestamp::from_seconds(1'800'000'000);
  later.sha256 = std::string(64, 'b');
  EXPECT_EQ(value(transaction->add_source(later)), first);
  Source feed = later;
  feed.kind = "feed";
  EXPECT_NE(value(transaction->add_source(feed)), first);
  ok(transaction->commit());
  const auto stored = value(snapshot()->find_source(first));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->imports, 2U);
  EXPECT_EQ(stored->latest.sha256, later.sha256);
  EXPECT_EQ(stored->latest.name, "list.txt");
  EXPECT_EQ(stored->first_imported_at.seconds(), 1'700'000'000);
  EXPECT_EQ(stored->latest.imported_at.seconds(), 1'800'000'000);
  EXPECT_EQ(value(snapshot()->list_sources()).size(), 2U);
  EXPECT_FALSE(value(snapshot()->find_source(SourceId(99))));
}

TEST_P(StoreConformance, an_object_comes_back_byte_for_byte_with_all_that_was_said_of_it) {
  NewObject in = object("indicator", 7, "2026-01-02T03:04:05.678Z");
  in.raw = "{\"type\" : \"indicator\",\n\t\"x\":\"\xC3\xA9\"  }";
  in.created_by = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
  in.marking = MarkingCode::amber_strict;
  {
    auto transaction = begin();
    in.source = value(transaction->add_source(file_source("a.json")));
    in.labels = value(transaction->add_labels(std::vector<std::string>{"z", "a", "z"}));
    const auto outcome = value(transaction->put_objects({&in, 1})).at(0);
    EXPECT_EQ(outcome.kind, Kind::imported);
    ok(transaction->commit());
  }
  reopen();
  const auto out = value(snapshot()->find_object(in.id));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->id, in.id);
  EXPECT_EQ(out->type, "indicator");
  EXPECT_EQ(out->version, in.version);
  EXPECT_EQ(out->created_by, in.created_by);
  EXPECT_EQ(out->marking, MarkingCode::amber_strict);
  EXPECT_THAT(out->labels, testing::ElementsAre("a", "z"));
  EXPECT_EQ(out->source, in.source);
  EXPECT_EQ(out->raw, in.raw);
  EXPECT_EQ(value(snapshot()->find_object(out->key))->id, in.id);
  EXPECT_EQ(value(snapshot()->find_key(in.id)), out->key);
  EXPECT_FALSE(value(snapshot()->find_object("indicator--none")));
  EXPECT_FALSE(value(snapshot()->find_object("nothing")));
  EXPECT_FALSE(value(snapshot()->find_object(ObjectKey(4711))));
}

TEST_P(StoreConformance, ids_that_are_no_usual_uuid_are_kept_as_they_are) {
  const std::vector<std::string> ids = {
      "x-thing--ABCDEF00-0000-4000-8000-000000000001", "x-thing--abcdef00-0000-4000-8000-000000000001",
      "x-thing--abcdef0000004000800000000000000001", "x-thing----", "x-thing--1--2"};
  for (const std::string& id : ids) {
    NewObject in = object("x-thing", 1);
    in.id = id;
    in.raw = id;
    EXPECT_EQ(put_one(in).kind, Kind::imported) << id;
  }
  for (const std::string& id : ids) {
    const auto out = value(snapshot()->find_object(id));
    ASSERT_TRUE(out) << id;
    EXPECT_EQ(out->id, id);
    EXPECT_EQ(out->raw, id);
    EXPECT_EQ(out->type, "x-thing");
  }
  EXPECT_EQ(value(snapshot()->list_objects("x-thing", "", 100)).size(), ids.size());
}

TEST_P(StoreConformance, the_same_object_again_is_unchanged_however_it_is_written) {
  NewObject in = object("tool", 1, "2026-01-01T00:00:00Z");
  const Outcome first = put_one(in);
  EXPECT_EQ(first.kind, Kind::imported);
  const Outcome again = put_one(in);
  EXPECT_EQ(again.kind, Kind::unchanged);
  EXPECT_EQ(again.object, first.object);
  const std::string kept = in.raw;
  in.raw = R"({ "id":")" + in.id + R"(", "modified":"2026-01-01T00:00:00Z", "type":"tool" })";
  EXPECT_EQ(put_one(in).kind, Kind::unchanged);
  EXPECT_EQ(value(snapshot()->find_object(in.id))->raw, kept);
  EXPECT_EQ(value(snapshot()->count_objects()), 1U);
}

TEST_P(StoreConformance, the_same_id_and_version_with_other_content_is_rejected_as_colliding) {
  for (const std::string version : {"", "2026-01-01T00:00:00Z"}) {
    NewObject in = object("tool", version.empty() ? 1 : 2, version);
    put_one(in);
    const std::string kept = in.raw;
    in.raw = R"({"type":"tool","name":"another"})";
    const Outcome outcome = put_one(in);
    EXPECT_EQ(outcome.kind, Kind::rejected);
    EXPECT_THAT(outcome.why, testing::HasSubstr("colliding ids"));
    EXPECT_EQ(value(snapshot()->find_object(in.id))->raw, kept);
  }
}

TEST_P(StoreConformance, a_marking_put_on_a_stored_object_gets_stricter_unless_it_is_to_be_replaced) {
  NewObject in = object("tool", 1);
  in.marking = MarkingCode::none;
  put_one(in);
  in.marking = MarkingCode::green;
  EXPECT_EQ(put_one(in).kind, Kind::unchanged);
  EXPECT_EQ(value(snapshot()->find_object(in.id))->marking, MarkingCode::none);
  EXPECT_EQ(put_one(in, Remarking::take_new).kind, Kind::imported);
  EXPECT_EQ(value(snapshot()->find_object(in.id))->marking, MarkingCode::green);
  in.marking = MarkingCode::red;
  EXPECT_EQ(put_one(in).kind, Kind::imported);
  EXPECT_EQ(value(snapshot()->find_object(in.id))->marking, MarkingCode::red);
}

TEST_P(StoreConformance, every_version_is_kept_and_the_latest_moment_is_the_latest) {
  const std::vector<std::string> versions = {"2026-01-03T00:00:00Z", "2026-01-01T00:00:00.5Z",
                                             "2026-01-02T23:00:00-05:00", "2026-01-01T00:00:00Z"};
  std::set<ObjectKey> keys;
  for (const std::string& version : versions) keys.insert(put_one(object("malware", 1, version)).object);
  EXPECT_EQ(keys.size(), 1U) << "the key of an object does not depend on the version";
  const std::string id = uuid_id("malware", 1);
  std::vector<std::string> found;
  for (const auto& object : value(snapshot()->find_versions(id))) found.push_back(object.version);
  EXPECT_THAT(found, testing::ElementsAre("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z",
                                          "2026-01-03T00:00:00Z", "2026-01-02T23:00:00-05:00"));
  EXPECT_EQ(value(snapshot()->find_object(id))->version, "2026-01-02T23:00:00-05:00");
  EXPECT_EQ(value(snapshot()->find_object(*keys.begin()))->version, "2026-01-02T23:00:00-05:00");
  EXPECT_EQ(value(snapshot()->count_objects()), 1U);
  // The same moment written in another zone is the same version.
  NewObject same = object("malware", 1, "2026-01-03T04:00:00Z");
  EXPECT_EQ(put_one(same).kind, Kind::rejected);
}

TEST_P(StoreConformance, what_is_no_object_is_rejected_with_its_reason_and_the_rest_of_the_batch_stays) {
  std::vector<NewObject> batch(7, object("tool", 1));
  batch[1].id = "malware--1";
  batch[2].version = "yesterday";
  batch[3].id = "tool--" + std::string(max_name_bytes, 'x');
  batch[4].raw = std::string(max_object_bytes + 1, ' ');
  batch[5].type = "";
  batch[6] = object("tool", 2);
  auto transaction = begin();
  const auto out = value(transaction->put_objects(batch));
  ok(transaction->commit());
  ASSERT_EQ(out.size(), 7U);
  EXPECT_EQ(out[0].kind, Kind::imported);
  for (const std::size_t i : {1, 2, 3, 4, 5}) {
    EXPECT_EQ(out[i].kind, Kind::rejected) << i;
    EXPECT_FALSE(out[i].why.empty()) << i;
  }
  EXPECT_EQ(out[6].kind, Kind::imported);
  EXPECT_EQ(value(snapshot()->count_objects()), 2U);
}

TEST_P(StoreConformance, objects_of_a_type_are_listed_page_by_page_each_once_in_its_latest_version) {
  std::set<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    put_one(object("tool", i * 37 % 25, "2026-01-01T00:00:00Z"));
    put_one(object("tool", i * 37 % 25, "2026-01-02T00:00:00Z"));
    put_one(object("toolbox", i));
    expected.insert(uuid_id("tool", i));
  }
  std::set<std::string> found;
  std::string after;
  for (;;) {
    const auto page = value(snapshot()->list_objects("tool", after, 10));
    if (page.empty()) break;
    EXPECT_LE(page.size(), 10U);
    for (const auto& object : page) {
      EXPECT_TRUE(found.insert(object.id).second);
      EXPECT_EQ(object.version, "2026-01-02T00:00:00Z");
      EXPECT_EQ(object.raw, StoreConformance::object("tool", std::stoi(object.id.substr(30), nullptr, 16),
                                                     "2026-01-02T00:00:00Z")
                                .raw);
    }
    after = page.back().id;
  }
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(value(snapshot()->list_objects("nothing", "", 10)).empty());
}

TEST_P(StoreConformance, references_are_found_from_both_ends) {
  NewObject relation = object("relationship", 1, "2026-01-01T00:00:00Z");
  relation.references = {{"source_ref", uuid_id("indicator", 1)},
                         {"target_ref", uuid_id("malware", 1)},
                         {"target_ref", uuid_id("malware", 1)}};
  put_one(relation);
  NewObject report = object("report", 1);
  report.references = {{"object_refs", relation.id}, {"", uuid_id("malware", 1)}};
  put_one(report);
  const std::string at = "2026-01-01T00:00:00Z";
  EXPECT_THAT(value(snapshot()->references_from(relation.id)),
              testing::ElementsAre(StoredReference{relation.id, at, "source_ref", uuid_id("indicator", 1)},
                                   StoredReference{relation.id, at, "target_ref", uuid_id("malware", 1)}));
  EXPECT_THAT(value(snapshot()->references_to(uuid_id("malware", 1))),
              testing::ElementsAre(StoredReference{relation.id, at, "target_ref", uuid_id("malware", 1)},
                                   StoredReference{report.id, "", "", uuid_id("malware", 1)}));
  EXPECT_EQ(value(snapshot()->references_to(relation.id)).size(), 1U);
  EXPECT_TRUE(value(snapshot()->references_to("unseen--1")).empty());
  EXPECT_TRUE(value(snapshot()->references_from("unseen--1")).empty());
}

TEST_P(StoreConformance, a_holding_again_is_unchanged_and_wider_times_count_as_imported) {
  NewHolding in = holding(Type::domain_name, "bad.example.org");
  EXPECT_EQ(put_one(in).kind, Kind::imported);
  EXPECT_EQ(put_one(in).kind, Kind::unchanged);
  in.first_seen = in.first_seen - std::chrono::seconds(10);
  EXPECT_EQ(put_one(in).kind, Kind::imported);
  in.first_seen = in.last_seen;
  EXPECT_EQ(put_one(in).kind, Kind::unchanged);
  in.last_seen = in.last_seen + std::chrono::seconds(10);
  EXPECT_EQ(put_one(in).kind, Kind::imported);
  const auto found = value(snapshot()->find_holdings(in.selector));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first_seen.seconds(), 1'699'999'990);
  EXPECT_EQ(found[0].last_seen.seconds(), 1'700'000'010);
}

TEST_P(StoreConformance, a_holding_tells_its_object_its_source_and_all_that_was_said_of_it) {
  const Outcome stored = put_one(object("indicator", 3));
  NewHolding in = holding(Type::file_sha256, std::string(64, 'c'));
  {
    auto transaction = begin();
    in.source = value(transaction->add_source(file_source("a")));
    in.labels = value(transaction->add_labels(std::vector<std::string>{"phishing"}));
    in.object = stored.object;
    in.open_case = true;
    in.marking = MarkingCode::unknown;
    value(transaction->put_holdings({&in, 1}));
    ok(transaction->commit());
  }
  reopen();
  const auto found = value(snapshot()->find_holdings(in.selector));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].selector, in.selector);
  EXPECT_EQ(found[0].object, stored.object);
  EXPECT_EQ(found[0].object_id, uuid_id("indicator", 3));
  EXPECT_EQ(found[0].source, in.source);
  EXPECT_EQ(found[0].marking, MarkingCode::unknown);
  EXPECT_THAT(found[0].labels, testing::ElementsAre("phishing"));
  EXPECT_TRUE(found[0].open_case);
  EXPECT_TRUE(value(snapshot()->find_holdings({Type::file_sha256, std::string(64, 'd')})).empty());
}

TEST_P(StoreConformance, markings_of_a_holding_get_stricter_unless_they_are_to_be_replaced) {
  auto transaction = begin();
  const LabelSetId a = value(transaction->add_labels(std::vector<std::string>{"a"}));
  const LabelSetId b = value(transaction->add_labels(std::vector<std::string>{"b"}));
  ok(transaction->commit());
  transaction.reset();
  NewHolding in = holding(Type::ipv4_addr, "192.0.2.1");
  in.marking = MarkingCode::amber;
  in.labels = a;
  in.open_case = true;
  put_one(in);
  in.marking = MarkingCode::clear;
  in.labels = b;
  in.open_case = false;
  EXPECT_EQ(put_one(in).kind, Kind::imported) << "a label came on top";
  EXPECT_EQ(put_one(in).kind, Kind::unchanged);
  auto found = value(snapshot()->find_holdings(in.selector)).at(0);
  EXPECT_EQ(found.marking, MarkingCode::amber);
  EXPECT_THAT(found.labels, testing::ElementsAre("a", "b"));
  EXPECT_TRUE(found.open_case);
  EXPECT_EQ(put_one(in, Remarking::take_new).kind, Kind::imported);
  found = value(snapshot()->find_holdings(in.selector)).at(0);
  EXPECT_EQ(found.marking, MarkingCode::clear);
  EXPECT_THAT(found.labels, testing::ElementsAre("b"));
  EXPECT_TRUE(found.open_case) << "only set_open_case closes a case";
}

TEST_P(StoreConformance, a_case_is_opened_and_closed_on_every_holding_of_a_selector) {
  const intel::Selector selector{Type::url, "http://example.org/"};
  put_one(holding(Type::url, selector.value, SourceId(1)));
  put_one(holding(Type::url, selector.value, SourceId(2)));
  put_one(holding(Type::url, "http://example.org/other"));
  auto transaction = begin();
  EXPECT_EQ(value(transaction->set_open_case(selector, true)), 2U);
  EXPECT_EQ(value(transaction->set_open_case(selector, true)), 0U);
  EXPECT_TRUE(value(transaction->find_selector(selector))->open_case);
  EXPECT_FALSE(value(transaction->find_selector({Type::url, "http://example.org/other"}))->open_case);
  EXPECT_EQ(value(transaction->set_open_case(selector, false)), 2U);
  EXPECT_FALSE(value(transaction->find_selector(selector))->open_case);
}

TEST_P(StoreConformance, a_selector_is_as_strict_as_its_strictest_holding) {
  NewHolding in = holding(Type::domain_name, "example.org", SourceId(1));
  put_one(in);
  in.source = SourceId(2);
  in.marking = MarkingCode::red;
  in.last_seen = in.last_seen + std::chrono::seconds(5);
  put_one(in);
  in.source = SourceId(3);
  in.marking = MarkingCode::clear;
  in.open_case = true;
  put_one(in);
  const auto found = value(snapshot()->find_selector(in.selector));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->marking, MarkingCode::red);
  EXPECT_TRUE(found->open_case);
  EXPECT_EQ(found->holdings, 3U);
  EXPECT_EQ(found->last_seen, in.last_seen);
  const auto walked = all_selectors({Type::domain_name});
  ASSERT_EQ(walked.size(), 1U);
  EXPECT_EQ(walked[0].marking, MarkingCode::red);
  EXPECT_TRUE(walked[0].open_case);
  EXPECT_EQ(walked[0].holdings, 3U);
  EXPECT_FALSE(value(snapshot()->find_selector({Type::domain_name, "example.net"})));
}

TEST_P(StoreConformance, times_and_values_out_of_bounds_are_rejected_one_by_one) {
  std::vector<NewHolding> batch(5, holding(Type::domain_name, "example.org"));
  batch[1].last_seen = batch[1].first_seen - std::chrono::seconds(1);
  batch[2].last_seen = Timestamp::from_microseconds(std::numeric_limits<std::int64_t>::max());
  batch[3].selector.value = std::string(intel::max_selector_bytes + 1, 'a');
  batch[4].selector = {Type::file_md5, "NOTHEX"};
  auto transaction = begin();
  const auto out = value(transaction->put_holdings(batch));
  EXPECT_EQ(out[0].kind, Kind::imported);
  for (const std::size_t i : {1, 2, 3, 4}) EXPECT_EQ(out[i].kind, Kind::rejected) << i;
  EXPECT_EQ(value(transaction->count_selectors()).at(0).holdings, 1U);
}

TEST_P(StoreConformance, a_batch_over_the_limit_is_refused_whole) {
  auto transaction = begin();
  EXPECT_EQ(transaction->put_holdings(std::vector<NewHolding>(max_batch + 1)).error().kind,
            ErrorKind::bad_input);
  EXPECT_EQ(transaction->load_holdings({}, std::vector<intel::Selector>(max_batch + 1)).error().kind,
            ErrorKind::bad_input);
  EXPECT_TRUE(value(transaction->count_selectors()).empty());
}

TEST_P(StoreConformance, the_bulk_path_stores_what_the_normal_path_would_and_refuses_an_unsorted_batch) {
  const std::vector<intel::Selector> sorted = {{Type::ipv4_addr, "192.0.2.1"},
                                               {Type::ipv4_addr, "192.0.2.2"},
                                               {Type::ipv4_addr, "192.0.2.2"},
                                               {Type::domain_name, "example.org"}};
  HoldingBatch batch;
  batch.source = SourceId(1);
  batch.marking = MarkingCode::green;
  batch.first_seen = batch.last_seen = Timestamp::from_seconds(1'700'000'000);
  put_one(holding(Type::ipv4_addr, "192.0.2.1"));
  auto transaction = begin();
  const LoadCounts counts = value(transaction->load_holdings(batch, sorted));
  EXPECT_EQ(counts.imported, 2U);
  EXPECT_EQ(counts.unchanged, 2U);
  const std::vector<intel::Selector> unsorted = {sorted[3], sorted[0]};
  EXPECT_EQ(transaction->load_holdings(batch, unsorted).error().kind, ErrorKind::bad_input);
  ok(transaction->commit());
  EXPECT_EQ(put_one(holding(Type::domain_name, "example.org")).kind, Kind::unchanged);
}

TEST_P(StoreConformance, a_walk_stops_when_it_is_told_to_and_other_reads_may_go_on_inside_it) {
  for (int i = 0; i < 5; ++i) put_one(holding(Type::domain_name, "d" + std::to_string(i) + ".example.org"));
  const auto reader = snapshot();
  int seen = 0;
  const std::vector<Type> types = {Type::domain_name};
  ok(reader->for_each_selector(types, [&](const SelectorSummary& summary) {
    EXPECT_EQ(value(reader->find_holdings(summary.selector)).size(), 1U);
    int inner = 0;
    ok(reader->for_each_selector(types, [&](const SelectorSummary&) { return ++inner < 5; }));
    EXPECT_EQ(inner, 5);
    return ++seen < 3;
  }));
  EXPECT_EQ(seen, 3);
}

TEST_P(StoreConformance, a_walk_goes_on_behind_any_selector) {
  put_one(holding(Type::ipv4_addr, "192.0.2.1"));
  put_one(holding(Type::ipv4_addr, "192.0.2.3"));
  put_one(holding(Type::domain_name, "a.example.org"));
  put_one(holding(Type::file_md5, std::string(32, 'b')));
  const auto reader = snapshot();
  const std::vector<Type> types = {Type::ipv4_addr, Type::domain_name, Type::file_md5};
  const auto behind = [&](Type type, const std::string& text) {
    const intel::Selector after{type, text};
    int seen = 0;
    ok(reader->for_each_selector(types, [&](const SelectorSummary&) { return ++seen > 0; }, &after));
    return seen;
  };
  EXPECT_EQ(behind(Type::ipv4_addr, ""), 4);
  EXPECT_EQ(behind(Type::ipv4_addr, "192.0.2.1"), 3);
  EXPECT_EQ(behind(Type::ipv4_addr, "192.0.2.2"), 3);
  EXPECT_EQ(behind(Type::ipv4_addr, "192.0.2.3"), 2);
  EXPECT_EQ(behind(Type::domain_name, "a.example.org"), 1);
  EXPECT_EQ(behind(Type::file_md5, std::string(32, 'a')), 1);
  EXPECT_EQ(behind(Type::file_md5, std::string(32, 'b')), 0);
}

TEST_P(StoreConformance, documents_are_changed_only_by_who_saw_the_last_version) {
  auto transaction = begin();
  const DocumentKey key{"agreements", "a1"};
  EXPECT_EQ(value(transaction->put_document(key, as_bytes("one"), DocumentVersion(0))).value(), 1U);
  EXPECT_EQ(value(transaction->put_document(key, as_bytes("two"), DocumentVersion(1))).value(), 2U);
  for (const std::uint64_t stale : {0U, 1U, 3U}) {
    const auto refused = transaction->put_document(key, as_bytes("x"), DocumentVersion(stale));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_EQ(refused.error().where, "agreements/a1");
  }
  EXPECT_EQ(transaction->put_document({"agreements", "a2"}, {}, DocumentVersion(1)).error().kind,
            ErrorKind::conflict);
  const auto found = value(transaction->get_document(key));
  ASSERT_TRUE(found);
  EXPECT_EQ(as_text(found->body), "two");
  EXPECT_TRUE(value(transaction->erase_document(key)));
  EXPECT_FALSE(value(transaction->erase_document(key)));
  EXPECT_FALSE(value(transaction->get_document(key)));
  EXPECT_EQ(value(transaction->put_document(key, {}, DocumentVersion(0))).value(), 1U);
  EXPECT_TRUE(value(transaction->get_document(key))->body.empty());
}

TEST_P(StoreConformance, documents_over_the_limits_are_refused) {
  auto transaction = begin();
  const Bytes largest(max_document_bytes);
  EXPECT_TRUE(transaction->put_document({"c", "1"}, largest, DocumentVersion(0)));
  EXPECT_EQ(
      transaction->put_document({"c", "2"}, Bytes(max_document_bytes + 1), DocumentVersion(0)).error().kind,
      ErrorKind::bad_input);
  const std::string long_id(max_document_id_bytes + 1, 'i');
  const std::string long_collection(max_collection_bytes + 1, 'c');
  EXPECT_EQ(transaction->put_document({"c", long_id}, {}, DocumentVersion(0)).error().kind,
            ErrorKind::bad_input);
  EXPECT_EQ(transaction->put_document({long_collection, "i"}, {}, DocumentVersion(0)).error().kind,
            ErrorKind::bad_input);
  EXPECT_EQ(transaction->put_document({"c", ""}, {}, DocumentVersion(0)).error().kind, ErrorKind::bad_input);
}

TEST_P(StoreConformance, documents_are_listed_by_id_page_by_page) {
  auto transaction = begin();
  for (const char* id : {"b", "a", "d", "c", "\xC3\xA9"})
    value(transaction->put_document({"runs", id}, as_bytes(id), DocumentVersion(0)));
  value(transaction->put_document({"other", "aa"}, {}, DocumentVersion(0)));
  std::vector<std::string> found;
  std::string after;
  for (auto page = value(transaction->list_documents("runs", after, 2)); !page.empty();
       page = value(transaction->list_documents("runs", after, 2))) {
    for (const auto& document : page) {
      EXPECT_EQ(as_text(document.body), document.id);
      found.push_back(document.id);
    }
    after = found.back();
  }
  EXPECT_THAT(found, testing::ElementsAre("a", "b", "c", "d", "\xC3\xA9"));
  EXPECT_TRUE(value(transaction->list_documents("none", "", 10)).empty());
}

TEST_P(StoreConformance, counters_count_and_do_not_overflow) {
  auto transaction = begin();
  EXPECT_EQ(value(transaction->add_counter("match/peer/day", 3)), 3);
  EXPECT_EQ(value(transaction->add_counter("match/peer/day", -1)), 2);
  const std::int64_t rest = std::numeric_limits<std::int64_t>::max() - 2;
  EXPECT_EQ(value(transaction->add_counter("match/peer/day", rest)), rest + 2);
  EXPECT_EQ(transaction->add_counter("match/peer/day", 1).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(value(transaction->counter("match/peer/day")), rest + 2);
}

TEST_P(StoreConformance, labels_over_the_limits_are_refused) {
  auto transaction = begin();
  EXPECT_EQ(value(transaction->add_labels({})).value(), 0);
  const std::vector<std::string> ab = {"a", "b"};
  const std::vector<std::string> ba = {"b", "a", "b"};
  EXPECT_EQ(value(transaction->add_labels(ab)), value(transaction->add_labels(ba)));
  EXPECT_EQ(
      transaction->add_labels(std::vector<std::string>{std::string(max_label_bytes + 1, 'l')}).error().kind,
      ErrorKind::bad_input);
  EXPECT_EQ(transaction->add_labels(std::vector<std::string>(max_labels + 1, "l")).error().kind,
            ErrorKind::bad_input);
}

}  // namespace parley::state
