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

/// The part of the conformance suite that compares random work with a model; store_conformance.hpp includes
/// it.
namespace parley::state {

/// A simple model of holdings, against which random work is compared.
TEST_P(StoreConformance, holdings_behave_as_a_map_over_random_work) {
  struct Held {
    MarkingCode marking;
    std::int64_t first, last;
    bool open, unpublished;
    std::optional<intel::PapLevel> pap;
  };
  using Key = std::tuple<Type, std::string, std::int64_t>;
  std::mt19937_64 random(2026);
  std::map<Key, Held> model;
  const std::vector<Type> types = {Type::ipv4_addr, Type::domain_name, Type::file_md5};
  for (int round = 0; round < 60; ++round) {
    auto transaction = begin();
    std::map<Key, Held> next = model;
    std::vector<NewHolding> batch;
    for (std::uint64_t n = random() % 30; n > 0; --n) {
      const Type type = types[random() % types.size()];
      char text[40];
      std::snprintf(text, sizeof text, type == Type::file_md5 ? "%032x" : "v%u.example.org",
                    static_cast<unsigned>(random() % 40));
      NewHolding in = holding(type, text, SourceId(1 + static_cast<std::int64_t>(random() % 3)));
      in.marking = static_cast<MarkingCode>(random() % 5);
      in.first_seen = Timestamp::from_seconds(static_cast<std::int64_t>(random() % 100));
      in.last_seen = in.first_seen + std::chrono::seconds(random() % 100);
      in.open_case = random() % 8 == 0;
      in.unpublished = random() % 8 == 0;
      in.pap = stored_pap(static_cast<std::int64_t>(random() % 5));
      batch.push_back(in);
    }
    const auto outcomes = value(transaction->put_holdings(batch));
    ASSERT_EQ(outcomes.size(), batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const NewHolding& in = batch[i];
      const Held fresh{
          in.marking, in.first_seen.microseconds(), in.last_seen.microseconds(), in.open_case, in.unpublished,
          in.pap};
      auto [it, added] = next.try_emplace({in.selector.type, in.selector.value, in.source.value()}, fresh);
      const Held old = it->second;
      it->second = {strictest(old.marking, fresh.marking),
                    std::min(old.first, fresh.first),
                    std::max(old.last, fresh.last),
                    old.open || fresh.open,
                    fresh.unpublished,
                    strictest(old.pap, fresh.pap)};
      const bool changed = added || old.marking != it->second.marking || old.first != it->second.first ||
                           old.last != it->second.last || old.open != it->second.open ||
                           old.unpublished != it->second.unpublished || old.pap != it->second.pap;
      EXPECT_EQ(outcomes[i].kind, changed ? Kind::imported : Kind::unchanged) << "item " << i;
    }
    if (random() % 4 != 0) {
      ok(transaction->commit());
      model = std::move(next);
    }
    transaction.reset();
    if (random() % 16 == 0) reopen();

    std::map<std::pair<Type, std::string>, SelectorSummary> expected;
    for (const auto& [key, held] : model) {
      const auto& [type, text, source] = key;
      auto [it, added] = expected.try_emplace({type, text});
      SelectorSummary& sum = it->second;
      sum.marking = added ? held.marking : strictest(sum.marking, held.marking);
      sum.pap = strictest(sum.pap, held.pap);
      sum.open_case = sum.open_case || held.open;
      sum.unpublished = sum.unpublished || held.unpublished;
      sum.first_seen = Timestamp::from_microseconds(
          added ? held.first : std::min(sum.first_seen.microseconds(), held.first));
      sum.last_seen =
          Timestamp::from_microseconds(added ? held.last : std::max(sum.last_seen.microseconds(), held.last));
      ++sum.holdings;
    }
    const auto walked = all_selectors({types.rbegin(), types.rend()});
    ASSERT_EQ(walked.size(), expected.size());
    auto it = expected.begin();
    for (const SelectorSummary& got : walked) {
      ASSERT_EQ(std::make_pair(got.selector.type, got.selector.value), it->first);
      EXPECT_EQ(got.marking, it->second.marking);
      EXPECT_EQ(got.pap, it->second.pap);
      EXPECT_EQ(got.open_case, it->second.open_case);
      EXPECT_EQ(got.unpublished, it->second.unpublished);
      EXPECT_EQ(got.first_seen, it->second.first_seen);
      EXPECT_EQ(got.last_seen, it->second.last_seen);
      EXPECT_EQ(got.holdings, it->second.holdings);
      ++it;
    }
    std::map<Type, std::pair<std::uint64_t, std::uint64_t>> counts;
    for (const auto& [key, sum] : expected) {
      ++counts[key.first].first;
      counts[key.first].second += sum.holdings;
    }
    for (const SelectorCount& count : value(snapshot()->count_selectors())) {
      EXPECT_EQ(count.selectors, counts[count.type].first);
      EXPECT_EQ(count.holdings, counts[count.type].second);
      counts.erase(count.type);
    }
    EXPECT_TRUE(counts.empty());
  }
}

/// Drivers write bulk work in groups: sizes around theirs, and everything that breaks a group up.
TEST_P(StoreConformance, large_batches_tell_new_repeated_and_known_items_apart) {
  constexpr int count = 200;
  std::vector<NewObject> objects;
  std::set<std::pair<std::string, std::string>> versions;
  std::vector<bool> is_new;
  for (int i = 0; i < count; ++i) {
    const int number = i % 7 == 3 ? i - 3 : i;  // some ids come twice, some of them in a new version
    NewObject one = object("tool", number, i % 14 == 3 ? "2026-02-01T00:00:00Z" : "2026-01-01T00:00:00Z");
    one.references = {{"created_by_ref", uuid_id("identity", 1)}, {"object_refs", uuid_id("tool", i + 1)}};
    is_new.push_back(versions.emplace(one.id, one.version).second);
    objects.push_back(std::move(one));
  }
  auto transaction = begin();
  const auto stored = value(transaction->put_objects(objects));
  ASSERT_EQ(stored.size(), objects.size());
  std::map<std::string, ObjectKey> anchors;
  std::vector<NewHolding> holdings;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    EXPECT_EQ(stored[i].kind, is_new[i] ? Kind::imported : Kind::unchanged) << i;
    EXPECT_EQ(anchors.emplace(objects[i].id, stored[i].object).first->second, stored[i].object) << i;
    holdings.push_back(holding(Type::ipv4_addr, "192.0.2." + std::to_string(i % 100)));
    holdings.back().object = stored[i].object;
  }
  std::set<std::tuple<std::string, std::int64_t>> held;
  const auto put = value(transaction->put_holdings(holdings));
  ASSERT_EQ(put.size(), holdings.size());
  for (std::size_t i = 0; i < put.size(); ++i) {
    const bool first = held.emplace(holdings[i].selector.value, holdings[i].object.value()).second;
    EXPECT_EQ(put[i].kind, first ? Kind::imported : Kind::unchanged) << i;
  }
  for (const Outcome& again : value(transaction->put_holdings(holdings)))
    EXPECT_EQ(again.kind, Kind::unchanged);
  // Known objects between new ones, in the same transaction.
  for (int i = 0; i < count; i += 2) objects[static_cast<std::size_t>(i)] = object("tool", 1'000 + i);
  const auto mixed = value(transaction->put_objects(objects));
  for (std::size_t i = 0; i < mixed.size(); ++i)
    EXPECT_EQ(mixed[i].kind, i % 2 == 0 ? Kind::imported : Kind::unchanged) << i;
  ok(transaction->commit());
  EXPECT_EQ(value(snapshot()->count_objects()), anchors.size() + count / 2);
  EXPECT_EQ(value(snapshot()->references_to(uuid_id("identity", 1))).size(), versions.size());
  std::uint64_t rows = 0;
  for (const SelectorSummary& summary : all_selectors({Type::ipv4_addr})) rows += summary.holdings;
  EXPECT_EQ(rows, held.size());
}

TEST_P(StoreConformance, a_bulk_load_over_known_values_counts_each_once) {
  std::vector<intel::Selector> all;
  for (int i = 0; i < 130; ++i) all.push_back({Type::domain_name, "h" + std::to_string(i) + ".example.org"});
  std::sort(all.begin(), all.end());
  std::vector<intel::Selector> some;
  for (std::size_t i = 0; i < all.size(); i += 3) some.push_back(all[i]);
  HoldingBatch batch;
  batch.source = SourceId(1);
  batch.first_seen = batch.last_seen = Timestamp::from_seconds(1'700'000'000);
  auto transaction = begin();
  EXPECT_EQ(value(transaction->load_holdings(batch, some)).imported, some.size());
  const LoadCounts rest = value(transaction->load_holdings(batch, all));
  EXPECT_EQ(rest.imported, all.size() - some.size());
  EXPECT_EQ(rest.unchanged, some.size());
  batch.last_seen = batch.last_seen + std::chrono::seconds(1);
  EXPECT_EQ(value(transaction->load_holdings(batch, some)).imported, some.size());
  const LoadCounts wider = value(transaction->load_holdings(batch, all));
  EXPECT_EQ(wider.imported, all.size() - some.size());
  EXPECT_EQ(wider.unchanged, some.size());
}

}  // namespace parley::state
