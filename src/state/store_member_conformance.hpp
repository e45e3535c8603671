#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "state/store.hpp"
#include "state/store_fixture.hpp"

/// The part of the conformance suite about members of collections; store_conformance.hpp includes it.
namespace parley::state {

class CollectionConformance : public StoreConformance {
 protected:
  static constexpr const char* name = "c1";
  static Timestamp at(std::int64_t us) { return Timestamp::from_microseconds(us); }
  static std::string version(int n) { return "2026-01-" + std::to_string(10 + n) + "T00:00:00Z"; }
  static NewMember member(const std::string& type, int n, int v, SpecVersion spec = SpecVersion::v21) {
    return {uuid_id(type, n), v < 0 ? std::string() : version(v), spec, std::nullopt};
  }
  MemberCounts add(const std::vector<NewMember>& members, Timestamp now, const std::string& to = name) {
    auto transaction = begin();
    const MemberCounts out = value(transaction->add_members(to, members, now));
    ok(transaction->commit());
    return out;
  }
  std::vector<std::string> page(const MemberFilter& filter, Timestamp after = {}, std::size_t limit = 100) {
    std::vector<std::string> out;
    for (const Member& one : value(snapshot()->list_members(name, after, filter, limit)).members)
      out.push_back(one.id.substr(0, one.id.find("--")) + one.id.substr(one.id.size() - 1) + "@" +
                    format_time(one.version).substr(8, 2));
    return out;
  }
  void store_versions(const std::string& type, int n, const std::vector<int>& versions) {
    for (const int v : versions) put_one(object(type, n, v < 0 ? "" : version(v)));
  }
  static MemberFilter all() {
    MemberFilter out;
    out.all = true;
    return out;
  }
  std::uint64_t erase(const std::string& id, const MemberFilter& filter) {
    auto transaction = begin();
    const std::uint64_t out = value(transaction->erase_members(name, id, filter));
    ok(transaction->commit());
    return out;
  }
};

TEST_P(CollectionConformance, every_member_has_a_date_of_its_own_that_rises_whatever_the_clock_does) {
  store_versions("tool", 1, {1, 2});
  store_versions("tool", 2, {1});
  EXPECT_EQ(add({member("tool", 1, 1), member("tool", 1, 2)}, at(1'000)).added, 2U);
  EXPECT_EQ(add({member("tool", 2, 1)}, at(500)).added, 1U);
  const MemberPage page = value(snapshot()->list_members(name, {}, all(), 10));
  ASSERT_EQ(page.members.size(), 3U);
  EXPECT_EQ(page.members[0].added, at(1'000));
  EXPECT_EQ(page.members[1].added, at(1'001));
  EXPECT_EQ(page.members[2].added, at(1'002)) << "the clock was set back";
  EXPECT_FALSE(page.more);
  EXPECT_EQ(add({member("tool", 1, 1), member("tool", 9, 1)}, at(2'000)).unchanged, 1U);
  EXPECT_EQ(add({member("tool", 9, 1)}, at(2'000)).missing, 1U) << "not stored";
  EXPECT_EQ(value(snapshot()->count_members(name)), 3U);
  EXPECT_EQ(value(snapshot()->count_members("other")), 0U);
  // Also after the newest was taken out: a date is never given twice.
  EXPECT_EQ(erase(uuid_id("tool", 2), {}), 1U);
  EXPECT_EQ(add({member("tool", 2, 1)}, at(600)).added, 1U);
  EXPECT_EQ(value(snapshot()->list_members(name, {}, all(), 10)).members.back().added, at(1'003));
}

TEST_P(CollectionConformance, versions_are_the_first_the_last_all_or_exactly_those) {
  store_versions("tool", 1, {1, 2, 3});
  store_versions("tool", 2, {5});
  add({member("tool", 1, 2), member("tool", 1, 1), member("tool", 2, 5), member("tool", 1, 3)}, at(1));
  EXPECT_THAT(page({}), testing::ElementsAre("tool2@15", "tool1@13"));
  MemberFilter first;
  first.last = false;
  first.first = true;
  EXPECT_THAT(page(first), testing::ElementsAre("tool1@11", "tool2@15"));
  first.last = true;
  EXPECT_THAT(page(first), testing::ElementsAre("tool1@11", "tool2@15", "tool1@13"));
  EXPECT_THAT(page(all()), testing::ElementsAre("tool1@12", "tool1@11", "tool2@15", "tool1@13"));
  MemberFilter exact;
  exact.last = false;
  exact.versions = {value(parse_time(version(2))), value(parse_time(version(5)))};
  EXPECT_THAT(page(exact), testing::ElementsAre("tool1@12", "tool2@15"));
  exact.last = true;
  EXPECT_THAT(page(exact), testing::ElementsAre("tool1@12", "tool2@15", "tool1@13")) << "each once";
  exact.types = {"indicator"};
  EXPECT_TRUE(page(exact).empty());
}

TEST_P(CollectionConformance, a_filter_of_fields_is_met_in_all_and_of_values_in_one) {
  for (int n = 1; n <= 3; ++n) {
    store_versions("tool", n, {1, 2});
    store_versions("malware", n, {1});
    add({member("tool", n, 1), member("malware", n, 1), member("tool", n, 2)}, at(std::int64_t{n} * 10));
  }
  MemberFilter filter;
  filter.types = {"malware", "unheard-of"};
  EXPECT_THAT(page(filter), testing::ElementsAre("malware1@11", "malware2@11", "malware3@11"));
  EXPECT_THAT(page(filter, at(11)), testing::ElementsAre("malware2@11", "malware3@11")) << "after, not at";
  EXPECT_THAT(page(filter, at(10), 1), testing::ElementsAre("malware1@11"));
  filter.types = {"malware", "tool"};
  EXPECT_THAT(page(filter, {}, 3), testing::ElementsAre("malware1@11", "tool1@12", "malware2@11"));
  filter.ids = {uuid_id("tool", 3), uuid_id("malware", 2), uuid_id("tool", 8)};
  EXPECT_THAT(page(filter), testing::ElementsAre("malware2@11", "tool3@12"));
  filter.types = {"tool"};
  EXPECT_THAT(page(filter), testing::ElementsAre("tool3@12"));
  filter.nothing = true;
  EXPECT_TRUE(page(filter).empty());
}

TEST_P(CollectionConformance, without_a_spec_version_only_the_newest_of_each_object_is_there) {
  store_versions("tool", 1, {1, 2});
  store_versions("tool", 2, {1});
  add({member("tool", 1, 1, SpecVersion::v20), member("tool", 2, 1, SpecVersion::v20)}, at(1));
  EXPECT_THAT(page({}), testing::ElementsAre("tool1@11", "tool2@11"));
  add({member("tool", 1, 2)}, at(5));
  EXPECT_THAT(page({}), testing::ElementsAre("tool2@11", "tool1@12"));
  EXPECT_THAT(page(all()), testing::ElementsAre("tool2@11", "tool1@12"));
  MemberFilter filter;
  filter.specs = {SpecVersion::v20};
  EXPECT_THAT(page(filter), testing::ElementsAre("tool1@11", "tool2@11"));
  filter.specs = {SpecVersion::v20, SpecVersion::v21};
  EXPECT_THAT(page(filter), testing::ElementsAre("tool2@11", "tool1@12")) << "the last of both";
  filter.first = true;
  EXPECT_THAT(page(filter), testing::ElementsAre("tool1@11", "tool2@11", "tool1@12"));
  filter.last = false;
  EXPECT_THAT(page(filter), testing::ElementsAre("tool1@11", "tool2@11")) << "the first of both";
  filter.all = true;
  EXPECT_THAT(page(filter), testing::ElementsAre("tool1@11", "tool2@11", "tool1@12"));
  store_versions("tool", 3, {1});
  add({member("tool", 3, 1, SpecVersion::v20), member("tool", 3, 1)}, at(9));
  filter = {};
  filter.specs = {SpecVersion::v20, SpecVersion::v21};
  EXPECT_THAT(page(filter), testing::ElementsAre("tool2@11", "tool1@12", "tool3@11", "tool3@11"))
      << "one version in two forms";
  erase(uuid_id("tool", 3), filter);
  EXPECT_EQ(erase(uuid_id("tool", 1), {}), 1U);
  EXPECT_THAT(page({}), testing::ElementsAre("tool1@11", "tool2@11")) << "the older spec version again";
}

TEST_P(CollectionConformance, what_was_taken_out_leaves_its_place_to_its_neighbours) {
  store_versions("tool", 1, {1, 2, 3, 4});
  add({member("tool", 1, 1), member("tool", 1, 2), member("tool", 1, 3), member("tool", 1, 4)}, at(1));
  MemberFilter exact;
  exact.last = false;
  exact.versions = {value(parse_time(version(4)))};
  EXPECT_EQ(erase(uuid_id("tool", 1), exact), 1U);
  EXPECT_THAT(page({}), testing::ElementsAre("tool1@13"));
  MemberFilter first;
  first.last = false;
  first.first = true;
  EXPECT_EQ(erase(uuid_id("tool", 1), first), 1U);
  EXPECT_THAT(page(first), testing::ElementsAre("tool1@12"));
  EXPECT_EQ(erase(uuid_id("tool", 1), all()), 2U);
  EXPECT_TRUE(page(all()).empty());
  EXPECT_EQ(erase(uuid_id("tool", 1), all()), 0U);
  EXPECT_TRUE(value(snapshot()->find_object(uuid_id("tool", 1)))) << "the store keeps it";
}

TEST_P(CollectionConformance, unversioned_objects_show_when_they_were_created_or_added) {
  store_versions("ipv4-addr", 1, {-1});
  store_versions("marking-definition", 1, {-1});
  NewMember definition = member("marking-definition", 1, -1);
  definition.created = value(parse_time("2020-05-06T00:00:00Z"));
  add({member("ipv4-addr", 1, -1), definition}, at(7));
  const MemberPage both = value(snapshot()->list_members(name, {}, {}, 10));
  ASSERT_EQ(both.members.size(), 2U);
  EXPECT_EQ(both.members[0].version, at(7));
  EXPECT_EQ(format_time(both.members[1].version), "2020-05-06T00:00:00Z");
  EXPECT_EQ(add({member("ipv4-addr", 1, -1), definition}, at(9)).unchanged, 2U);
}

TEST_P(CollectionConformance, our_own_content_takes_the_place_of_what_a_caller_sent) {
  NewObject theirs = object("tool", 1, version(1));
  theirs.received = true;
  theirs.source = SourceId(7);
  theirs.raw.insert(1, R"("x":"theirs",)");
  put_one(theirs);
  add({member("tool", 1, 1)}, at(1));
  const auto bytes = [&] {
    std::string out;
    const MemberPage one = value(snapshot()->list_members(name, {}, {}, 10));
    EXPECT_EQ(one.members.size(), 1U);
    EXPECT_TRUE(value(snapshot()->append_content(one.members.at(0).content, out)));
    return out;
  };
  EXPECT_EQ(bytes(), theirs.raw);
  const NewObject ours = object("tool", 1, version(1));
  put_one(ours);
  const auto contents = value(snapshot()->list_contents({}, 10));
  ASSERT_EQ(contents.size(), 2U);
  EXPECT_EQ(contents[1].object.raw, ours.raw);
  EXPECT_EQ(value(snapshot()->list_contents(contents[0].content, 10)).size(), 1U);
  EXPECT_EQ(bytes(), theirs.raw) << "until it is added";
  EXPECT_EQ(add({member("tool", 1, 1)}, at(5)).added, 1U);
  EXPECT_EQ(bytes(), ours.raw);
  EXPECT_EQ(value(snapshot()->list_members(name, at(4), {}, 10)).members.size(), 1U) << "new to readers";
  EXPECT_EQ(value(snapshot()->count_members(name)), 1U);
}

TEST_P(CollectionConformance, contents_are_read_together_in_the_order_they_are_asked_for) {
  for (int n = 1; n <= 60; ++n) put_one(object(n % 3 == 0 ? "malware" : "tool", n, version(n % 9)));
  const auto contents = value(snapshot()->list_contents({}, 100));
  ASSERT_EQ(contents.size(), 60U);
  const auto check = [&](const std::vector<std::size_t>& which) {
    std::vector<ContentKey> keys;
    for (const std::size_t one : which) keys.push_back(contents[one].content);
    std::string out = "before";
    const std::vector<std::size_t> ends = value(snapshot()->append_contents(keys, out, SIZE_MAX));
    ASSERT_EQ(ends.size(), which.size());
    std::size_t begin = 6;
    for (std::size_t i = 0; i < which.size(); ++i) {
      EXPECT_EQ(out.substr(begin, ends[i] - begin), contents[which[i]].object.raw);
      begin = ends[i];
    }
    EXPECT_EQ(begin, out.size());
  };
  check({});
  check({5});
  check({0, 1, 2, 3, 4, 5});
  check({0, 3, 9, 12, 40, 41, 59});
  check({59, 3, 3, 2, 50, 10});
  std::string out;
  std::vector<ContentKey> first_ten;
  for (std::size_t i = 0; i < 10; ++i) first_ten.push_back(contents[i].content);
  const std::size_t two = contents[0].object.raw.size() + contents[1].object.raw.size();
  EXPECT_EQ(value(snapshot()->append_contents(first_ten, out, two)).size(), 2U);
  EXPECT_EQ(out.size(), two);
  EXPECT_EQ(value(snapshot()->append_contents(first_ten, out, two + 1)).size(), 3U)
      << "what is there does not count";
  const std::vector<ContentKey> missing{contents[59].content, ContentKey(contents[59].content.value() + 1)};
  EXPECT_FALSE(snapshot()->append_contents(missing, out, SIZE_MAX));
}

TEST_P(CollectionConformance, changes_are_counted_when_they_are_committed_and_only_those) {
  store_versions("tool", 1, {1});
  const std::uint64_t before = store_->changes();
  {
    auto transaction = begin();
    const NewMember one = member("tool", 1, 1);
    value(transaction->add_members(name, {&one, 1}, at(1)));
    EXPECT_EQ(store_->changes(), before);
    ok(transaction->commit());
  }
  EXPECT_EQ(store_->changes(), before + 1);
  add({member("tool", 1, 1)}, at(2));
  EXPECT_EQ(store_->changes(), before + 1) << "nothing new";
  put_one(object("tool", 2, version(1)));
  EXPECT_EQ(store_->changes(), before + 2);
  put_one(object("tool", 2, version(1)));
  EXPECT_EQ(store_->changes(), before + 2);
}

/// Random work against a list that is searched from its beginning.
TEST_P(CollectionConformance, pages_are_those_of_a_plain_list_over_random_work) {
  std::mt19937_64 random(41);
  const std::vector<std::string> types = {"tool", "malware", "indicator"};
  struct Entry {
    std::string id, type;
    int version;
    bool v21;
    std::int64_t added;
  };
  std::vector<Entry> model;
  for (int n = 1; n <= 12; ++n)
    for (int v = 1; v <= 5; ++v) put_one(object(types[static_cast<std::size_t>(n) % 3], n, version(v)));
  std::int64_t clock = 1'000;
  for (int round = 0; round < 150; ++round) {
    const int n = 1 + static_cast<int>(random() % 12);
    const std::string& type = types[static_cast<std::size_t>(n) % 3];
    const int v = 1 + static_cast<int>(random() % 5);
    const bool v21 = v % 2 == 0;  // the model keeps one spec version for each version, as real objects do
    clock += 10;
    if (random() % 4 != 0) {
      const auto known = [&](const Entry& e) { return e.id == uuid_id(type, n) && e.version == v; };
      const bool is_new = std::ranges::none_of(model, known);
      const auto counts = add({member(type, n, v, v21 ? SpecVersion::v21 : SpecVersion::v20)}, at(clock));
      EXPECT_EQ(counts.added, is_new ? 1U : 0U);
      if (is_new) model.push_back({uuid_id(type, n), type, v, v21, clock});
    } else {
      MemberFilter exact;
      exact.specs = {SpecVersion::v20, SpecVersion::v21};
      exact.last = false;
      exact.versions = {value(parse_time(version(v)))};
      EXPECT_EQ(erase(uuid_id(type, n), exact), std::erase_if(model, [&](const Entry& e) {
                  return e.id == uuid_id(type, n) && e.version == v;
                }));
    }
    MemberFilter filter;
    filter.first = random() % 2 == 0;
    filter.last = random() % 2 == 0;
    filter.all = random() % 4 == 0;
    if (!filter.first && !filter.last && !filter.all) filter.last = true;
    if (random() % 3 == 0) filter.versions = {value(parse_time(version(1 + static_cast<int>(random() % 5))))};
    if (random() % 2 == 0) filter.types = {types[random() % 3], types[random() % 3]};
    if (random() % 3 == 0) filter.specs = {random() % 2 == 0 ? SpecVersion::v20 : SpecVersion::v21};
    const bool both = random() % 3 == 0;
    if (both) filter.specs = {SpecVersion::v21, SpecVersion::v20};
    if (random() % 5 == 0) filter.ids = {uuid_id(type, n)};
    const Timestamp after = at(random() % 2 == 0 ? 0 : 1'000 + static_cast<std::int64_t>(random() % 1'000));
    const std::size_t limit = 1 + random() % 6;
    std::vector<std::int64_t> expected;
    for (const Entry& e : model) {
      bool top = true, is_first = true, is_last = true;
      for (const Entry& o : model) {
        if (o.id != e.id) continue;
        top = top && (e.v21 || !o.v21);
        if (o.v21 != e.v21 && !both) continue;
        is_first = is_first && o.version >= e.version;
        is_last = is_last && o.version <= e.version;
      }
      const bool exact =
          std::ranges::find(filter.versions, value(parse_time(version(e.version)))) != filter.versions.end();
      const bool spec = filter.specs.empty() ? top : both || (filter.specs[0] == SpecVersion::v21) == e.v21;
      const bool typed =
          filter.types.empty() || std::ranges::find(filter.types, e.type) != filter.types.end();
      const bool named = filter.ids.empty() || filter.ids[0] == e.id;
      if (spec && typed && named && e.added > after.microseconds() &&
          (filter.all || exact || (filter.first && is_first) || (filter.last && is_last)))
        expected.push_back(e.added);
    }
    std::ranges::sort(expected);
    const MemberPage got = value(snapshot()->list_members(name, after, filter, limit));
    const bool more = expected.size() > limit;
    if (more) expected.resize(limit);
    std::vector<std::int64_t> found;
    for (const Member& one : got.members) found.push_back(one.added.microseconds());
    EXPECT_EQ(found, expected) << "round " << round;
    EXPECT_TRUE(!more || got.more) << "round " << round;
  }
}

}  // namespace parley::state
