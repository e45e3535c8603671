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
    bool open;
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
      batch.push_back(in);
    }
    const auto outcomes = value(transaction->put_holdings(batch));
    ASSERT_EQ(outcomes.size(), batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const NewHolding& in = batch[i];
      const Held fresh{in.marking, in.first_seen.microseconds(), in.last_seen.microseconds(), in.open_case};
      auto [it, added] = next.try_emplace({in.selector.type, in.selector.value, in.source.value()}, fresh);
      const Held old = it->second;
      it->second = {strictest(old.marking, fresh.marking), std::min(old.first, fresh.first),
                    std::max(old.last, fresh.last), old.open || fresh.open};
      const bool changed = added || old.marking != it->second.marking || old.first != it->second.first ||
                           old.last != it->second.last || old.open != it->second.open;
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
      sum.open_case = sum.open_case || held.open;
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
      EXPECT_EQ(got.open_case, it->second.open_case);
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

}  // namespace parley::state
