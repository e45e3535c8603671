#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "state/search.hpp"
#include "state/store.hpp"
#include "state/store_fixture.hpp"
#include "state/upkeep.hpp"

/// The part of the conformance suite about search and upkeep.
namespace parley::state {

class SearchConformance : public StoreConformance {
 protected:
  /// An indicator over domains, as a reader would hand it on.
  static NewObject indicator(int n, const std::string& version, const std::vector<std::string>& domains,
                             const std::string& extra = {}) {
    NewObject out = object("indicator", n, version);
    std::string pattern;
    for (const std::string& domain : domains)
      pattern += (pattern.empty() ? "" : " OR ") + ("domain-name:value = '" + domain + "'");
    out.raw = R"({"type":"indicator","spec_version":"2.1","id":")" + out.id +
              R"(","created":"2026-01-01T00:00:00Z","modified":")" + version + R"(","pattern":"[)" + pattern +
              R"(]","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z")" + extra + "}";
    return out;
  }
  /// Puts it and holds what it says, as an import does.
  Outcome import(const NewObject& given, const std::vector<std::string>& domains, bool open_case = false) {
    auto transaction = begin();
    const Outcome outcome = value(transaction->put_objects({&given, 1})).at(0);
    if (outcome.kind != Kind::rejected && !outcome.superseded) {
      std::vector<NewHolding> holdings;
      for (const std::string& domain : domains) {
        holdings.push_back(holding(Type::domain_name, domain, given.source));
        holdings.back().object = outcome.object;
        holdings.back().open_case = open_case;
      }
      static_cast<void>(value(transaction->put_holdings(holdings)));
    }
    ok(transaction->commit());
    return outcome;
  }
  NewObject from(NewObject given, std::int64_t source, bool received = false) {
    given.source = SourceId(source);
    given.received = received;
    return given;
  }
  template <class Work>
  UpkeepCounts keep_up(Work work) {
    auto transaction = begin();
    const UpkeepCounts out = value(work(transaction->upkeep()));
    ok(transaction->commit());
    return out;
  }
  void index(std::size_t most = 100'000) {
    for (bool more = true; more;) {
      auto transaction = begin();
      more = value(transaction->upkeep().index(most));
      ok(transaction->commit());
    }
    EXPECT_TRUE(value(snapshot()->searching().index_status()).current());
  }
  std::vector<std::string> dump() { return value(snapshot()->searching().dump_indexes()); }
  /// What the indexes hold once they are made anew.
  std::vector<std::string> dump_anew() {
    {
      auto transaction = begin();
      ok(transaction->upkeep().forget_indexes());
      ok(transaction->commit());
    }
    index(7);
    return dump();
  }
  std::vector<std::string> held() {
    std::vector<std::string> out;
    for (const SelectorSummary& summary : all_selectors({Type::domain_name}))
      out.push_back(summary.selector.value);
    return out;
  }
  std::vector<std::string> texts(const std::vector<TextTerm>& terms, std::size_t limit = 10) {
    std::vector<std::string> out;
    ContentKey at;
    for (;;) {
      const auto reader = snapshot();
      const auto keys = value(reader->searching().find_text(terms, at, limit));
      for (const ContentKey key : keys) {
        out.push_back(value(reader->searching().find_content(key))->object.id);
        EXPECT_TRUE(value(reader->searching().has_text(terms, key)));
      }
      if (keys.size() < limit) return out;
      at = keys.back();
    }
  }
  /// What `find_markings` says of every object, of one that is not there, and of one that is asked for twice.
  void expect_markings_as_found() {
    const auto reader = snapshot();
    std::vector<std::string> ids;
    for (int n = 0; n < 45; ++n) ids.push_back(object("indicator", n, at(1)).id);
    ids.insert(ids.begin() + 3, {"never--" + ids[0].substr(11), "no id", ids[1]});
    const auto markings = value(reader->searching().find_markings(ids));
    ASSERT_EQ(markings.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto found = value(reader->find_object(ids[i]));
      EXPECT_EQ(markings[i], found ? std::optional(found->marking) : std::nullopt) << ids[i];
    }
    EXPECT_TRUE(value(reader->searching().find_markings({})).empty());
  }
  /// What `for_each_listed` gives in turns of `most`: the values that a holding without an object has.
  void expect_listed_as_held(const std::vector<std::string>& all, std::size_t most) {
    const auto reader = snapshot();
    std::vector<std::string> expected;
    for (const std::string& domain : all)
      if (std::ranges::any_of(value(reader->find_holdings({Type::domain_name, domain})),
                              [](const StoredHolding& one) { return one.object == ObjectKey(); }))
        expected.push_back(domain);
    std::vector<std::string> listed;
    std::optional<intel::Selector> last;
    const std::vector<Type> types{Type::domain_name};
    std::size_t turns = 0;
    do {
      last = value(reader->searching().for_each_listed(types, last ? &*last : nullptr, most,
                                                       [&](const SelectorSummary& one) {
                                                         listed.push_back(one.selector.value);
                                                         return true;
                                                       }));
      ++turns;
    } while (last);
    EXPECT_EQ(listed, expected);
    EXPECT_EQ(turns, all.size() / most + 1);
    if (listed.empty()) return;
    // Who stops it may go on behind what was seen last.
    last = value(reader->searching().for_each_listed(types, nullptr, all.size() + 1,
                                                     [](const SelectorSummary&) { return false; }));
    EXPECT_EQ(last, (intel::Selector{Type::domain_name, listed.front()}));
  }
  static std::string at(int day) {
    return "2026-01-" + std::string(day < 10 ? "0" : "") + std::to_string(day) + "T00:00:00Z";
  }
};

TEST_P(SearchConformance, words_are_found_newest_first_whatever_their_case_and_diacritics) {
  NewObject first = object("malware", 1, at(1));
  first.raw =
      R"({"type":"malware","id":")" + first.id + R"(","name":"Bärenklaue","aliases":["Grizzly Loader"]})";
  NewObject second = object("report", 2, at(1));
  second.raw = R"({"type":"report","id":")" + second.id +
               R"(","name":"x","description":"The GRIZZLY loader calls home. It says \"quoted\"."})";
  put_one(first);
  put_one(second);
  EXPECT_TRUE(texts({{"grizzly", false}}).empty()) << "not indexed yet";
  index();
  EXPECT_THAT(texts({{"grizzly", false}}), testing::ElementsAre(second.id, first.id));
  EXPECT_THAT(texts({{"grizzly", false}}, 1), testing::ElementsAre(second.id, first.id)) << "page by page";
  EXPECT_THAT(texts({{"BARENKLAUE", false}}), testing::ElementsAre(first.id));
  EXPECT_THAT(texts({{"grizzly loader calls", false}}), testing::ElementsAre(second.id));
  EXPECT_THAT(texts({{"griz", true}, {"home", false}}), testing::ElementsAre(second.id));
  EXPECT_TRUE(texts({{"griz", false}}).empty());
  // Nothing in a term is an operator.
  for (const char* odd : {"\"", "a\" OR \"b", "NEAR(", "names:x", "-", "^", "*", "OR", "\0x"})
    EXPECT_TRUE(snapshot()->searching().find_text({{odd, false}, {"zzz", true}}, {}, 10)) << odd;
  EXPECT_THAT(texts({{"\"!\"", false}}), testing::SizeIs(2)) << "without a letter it asks for nothing";
  const std::vector<TextTerm> many(max_text_terms + 1, {"a", false});
  EXPECT_EQ(snapshot()->searching().find_text(many, {}, 1).error().kind, ErrorKind::bad_input);
}

TEST_P(SearchConformance, values_are_found_by_prefix_and_by_what_they_lie_in) {
  std::vector<intel::Selector> all;
  for (const char* ip : {"192.0.2.1", "192.0.2.200", "198.51.100.7"}) all.push_back({Type::ipv4_addr, ip});
  for (const char* ip : {"2001:db8::1", "2001:db8:1::1"}) all.push_back({Type::ipv6_addr, ip});
  for (const char* name :
       {"example.org", "a.example.org", "b.a.example.org", "notexample.org", "example.com"})
    all.push_back({Type::domain_name, name});
  for (const char* url : {"http://192.0.2.9/x", "http://www.example.org/a", "http://example.com/"})
    all.push_back({Type::url, url});
  all.push_back({Type::email_addr, "x@mail.example.org"});
  for (const char* hash : {"0123456789abcdef0123456789abcdef", "01f3456789abcdef0123456789abcdef",
                           "ff23456789abcdef0123456789abcdef"})
    all.push_back({Type::file_md5, hash});
  std::ranges::sort(all);
  HoldingBatch batch;
  batch.source = SourceId(1);
  {
    auto transaction = begin();
    static_cast<void>(value(transaction->load_holdings(batch, all)));
    ok(transaction->commit());
  }
  index();
  const auto begins = [&](Type type, const std::string& prefix) {
    std::vector<std::string> out;
    ok(snapshot()->searching().for_each_with_prefix(
        type, prefix,
        [&](const SelectorSummary& summary) {
          out.push_back(summary.selector.value);
          return true;
        },
        nullptr));
    return out;
  };
  EXPECT_THAT(begins(Type::domain_name, "a."), testing::ElementsAre("a.example.org"));
  EXPECT_THAT(begins(Type::file_md5, "01"), testing::SizeIs(2));
  EXPECT_THAT(begins(Type::file_md5, "012"), testing::SizeIs(1)) << "half a byte";
  EXPECT_THAT(begins(Type::file_md5, "f"), testing::SizeIs(1)) << "the last of all";
  EXPECT_THAT(begins(Type::file_md5, "ff"), testing::SizeIs(1));
  EXPECT_THAT(begins(Type::file_md5, "zz"), testing::SizeIs(0));
  EXPECT_THAT(begins(Type::url, ""), testing::SizeIs(3));

  const auto lies = [&](const Scope& scope, Type type, std::size_t limit = 1) {
    std::vector<std::string> out;
    for (;;) {
      const auto page =
          value(snapshot()->searching().list_in_scope(scope, type, out.empty() ? "" : out.back(), limit));
      for (const intel::Selector& one : page) out.push_back(one.value);
      if (page.size() < limit) return out;
    }
  };
  Scope domain;
  domain.domain = "example.org";
  EXPECT_THAT(lies(domain, Type::domain_name),
              testing::ElementsAre("example.org", "a.example.org", "b.a.example.org"));
  EXPECT_THAT(lies(domain, Type::email_addr), testing::ElementsAre("x@mail.example.org"));
  EXPECT_THAT(lies(domain, Type::url), testing::ElementsAre("http://www.example.org/a"));
  EXPECT_THAT(lies(domain, Type::ipv4_addr), testing::SizeIs(0));
  Scope network;
  network.network = intel::parse_network("192.0.2.0/24");
  EXPECT_THAT(lies(network, Type::ipv4_addr), testing::ElementsAre("192.0.2.1", "192.0.2.200"));
  EXPECT_THAT(lies(network, Type::url), testing::ElementsAre("http://192.0.2.9/x"));
  EXPECT_THAT(lies(network, Type::ipv6_addr), testing::SizeIs(0));
  network.network = intel::parse_network("2001:db8::/48");
  EXPECT_THAT(lies(network, Type::ipv6_addr), testing::ElementsAre("2001:db8::1"));
  network.network = intel::parse_network("::/0");
  EXPECT_THAT(lies(network, Type::ipv6_addr), testing::SizeIs(2));
}

TEST_P(SearchConformance, a_newer_version_holds_only_what_it_says_and_a_revoked_one_nothing) {
  import(indicator(1, at(1), {"a.example", "b.example"}), {"a.example", "b.example"});
  index();
  import(indicator(1, at(2), {"b.example"}), {"b.example"});
  EXPECT_THAT(held(), testing::ElementsAre("b.example"));
  EXPECT_TRUE(import(indicator(1, at(1), {"a.example", "b.example"}), {"a.example", "b.example"}).superseded);
  EXPECT_THAT(held(), testing::ElementsAre("b.example")) << "an old version that comes again";
  EXPECT_TRUE(import(from(indicator(1, "2026-01-01T12:00:00Z", {"c.example"}), 2), {"c.example"}).superseded);
  import(from(indicator(1, at(3), {"b.example"}, R"(,"revoked":true)"), 3), {});
  EXPECT_TRUE(held().empty()) << "our own sources are one mouth";
  index();
  EXPECT_EQ(dump(), dump_anew());
}

TEST_P(SearchConformance, a_peer_takes_out_only_what_it_said_itself_and_nobody_what_a_case_holds) {
  import(indicator(1, at(1), {"a.example"}), {"a.example"});
  import(from(indicator(1, at(1), {"a.example"}, R"(,"x":1)"), 7, true), {"a.example"});
  import(from(indicator(1, at(2), {}, R"(,"revoked":true)"), 7, true), {});
  ASSERT_THAT(held(), testing::ElementsAre("a.example"));
  EXPECT_EQ(value(snapshot()->find_holdings({Type::domain_name, "a.example"})).size(), 1U);
  import(indicator(2, at(1), {"open.example"}), {"open.example"}, true);
  import(indicator(2, at(2), {}, R"(,"revoked":true)"), {});
  EXPECT_THAT(held(), testing::ElementsAre("a.example", "open.example"));
}

TEST_P(SearchConformance, an_object_that_ended_holds_nothing_stands_in_no_collection_and_is_still_there) {
  const NewObject one = indicator(1, at(1), {"a.example"}, R"(,"valid_until":"2026-01-05T00:00:00Z")");
  import(one, {"a.example"});
  {
    auto transaction = begin();
    const NewMember member{one.id, one.version, SpecVersion::v21, std::nullopt};
    static_cast<void>(value(transaction->add_members("c", {&member, 1}, Timestamp::from_seconds(1))));
    ok(transaction->commit());
  }
  index();
  const auto valid =
      value(snapshot()->searching().list_valid_until(value(parse_time(at(5))), Searching::Validity(), 10));
  ASSERT_EQ(valid.size(), 1U);
  EXPECT_TRUE(
      value(snapshot()->searching().list_valid_until(value(parse_time(at(5))), valid[0], 10)).empty());
  EXPECT_TRUE(
      value(snapshot()->searching().list_valid_until(value(parse_time(at(4))), Searching::Validity(), 10))
          .empty());
  const std::uint64_t changes = store_->changes();
  const UpkeepCounts counts = keep_up(
      [&](Upkeep& upkeep) { return upkeep.end_object(one.id, Timestamp::from_seconds(1'800'000'000)); });
  EXPECT_GT(store_->changes(), changes) << "what was kept of pages is stale";
  EXPECT_EQ(counts.objects, 1U);
  EXPECT_EQ(counts.holdings, 1U);
  EXPECT_EQ(counts.members, 1U);
  EXPECT_TRUE(held().empty());
  EXPECT_EQ(value(snapshot()->count_members("c")), 0U);
  EXPECT_TRUE(value(snapshot()->find_object(one.id)));
  EXPECT_EQ(value(snapshot()->searching().ended(valid[0].content)), Timestamp::from_seconds(1'800'000'000));
  EXPECT_TRUE(import(one, {"a.example"}).superseded);
  EXPECT_TRUE(held().empty());
  EXPECT_FALSE(import(indicator(1, at(9), {"a.example"}), {"a.example"}).superseded);
  EXPECT_THAT(held(), testing::ElementsAre("a.example"));
  index();
  EXPECT_EQ(dump(), dump_anew());
}

TEST_P(SearchConformance, an_erased_object_is_in_no_index_and_its_key_names_nothing_else) {
  const NewObject one =
      indicator(1, at(1), {"a.example"}, R"(,"name":"Secret","created_by_ref":"identity--1")");
  const Outcome put = import(one, {"a.example"});
  index();
  EXPECT_THAT(texts({{"secret", false}}), testing::ElementsAre(one.id));
  EXPECT_EQ(value(snapshot()->searching().find_saying("a.example", {}, 10)).size(), 1U);
  keep_up([&](Upkeep& upkeep) { return upkeep.erase_object(one.id, std::nullopt); });
  EXPECT_TRUE(dump().empty()) << dump().front();
  EXPECT_TRUE(held().empty());
  EXPECT_TRUE(value(snapshot()->find_versions(one.id)).empty());
  EXPECT_TRUE(value(snapshot()->references_from(one.id)).empty());
  const Outcome next = import(indicator(2, at(1), {"b.example"}), {"b.example"});
  EXPECT_NE(next.object, put.object);
  index();
  EXPECT_EQ(value(snapshot()->searching().find_saying("b.example", {}, 10)).size(), 1U);
  EXPECT_EQ(dump(), dump_anew());
}

TEST_P(SearchConformance, what_one_source_said_can_be_erased_alone_and_a_case_keeps_all) {
  const NewObject ours = from(indicator(1, at(1), {"a.example"}), 1);
  const NewObject theirs = from(indicator(1, at(1), {"b.example"}, R"(,"name":"theirs")"), 7, true);
  import(ours, {"a.example"});
  import(theirs, {"b.example"});
  index();
  const UpkeepCounts counts =
      keep_up([&](Upkeep& upkeep) { return upkeep.erase_object(ours.id, SourceId(1)); });
  EXPECT_EQ(counts.contents, 1U);
  EXPECT_THAT(held(), testing::ElementsAre("b.example"));
  const auto holdings = value(snapshot()->find_holdings({Type::domain_name, "b.example"}));
  ASSERT_EQ(holdings.size(), 1U);
  EXPECT_EQ(holdings[0].object_id, ours.id) << "the key that holdings name went to what is left";
  EXPECT_THAT(texts({{"theirs", false}}), testing::ElementsAre(ours.id));
  EXPECT_EQ(dump(), dump_anew());
  import(indicator(2, at(1), {"open.example"}), {"open.example"}, true);
  const UpkeepCounts refused =
      keep_up([&](Upkeep& upkeep) { return upkeep.erase_object(uuid_id("indicator", 2), std::nullopt); });
  EXPECT_EQ(refused.held, 1U);
  EXPECT_EQ(refused.contents, 0U);
  EXPECT_TRUE(value(snapshot()->find_object(uuid_id("indicator", 2))));
}

TEST_P(SearchConformance, sightings_are_counted_once_and_say_when_a_value_was_last_seen) {
  import(indicator(1, at(1), {"a.example"}), {"a.example"});
  Sighting seen{{Type::domain_name, "a.example"},
                Timestamp::from_seconds(1'750'000'000),
                SightingKind::seen,
                SourceId(1),
                1};
  Sighting wrong = seen;
  wrong.kind = SightingKind::false_positive;
  Sighting over = seen;
  over.kind = SightingKind::expiration;
  over.at = Timestamp::from_seconds(1'760'000'000);
  const auto put = [&](const std::vector<Sighting>& all) {
    auto transaction = begin();
    const std::uint64_t out = value(transaction->upkeep().put_sightings(all));
    ok(transaction->commit());
    return out;
  };
  EXPECT_EQ(put({seen, wrong, over}), 3U);
  EXPECT_EQ(put({seen, wrong, over}), 0U);
  seen.times = 5;
  EXPECT_EQ(put({seen}), 1U);
  const auto all = value(snapshot()->searching().find_sightings(seen.selector));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].times, 5U);
  EXPECT_EQ(value(snapshot()->find_selector(seen.selector))->last_seen, seen.at) << "not when it ends";
  const auto ends = value(snapshot()->searching().list_sightings(SightingKind::expiration, nullptr, 10));
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_TRUE(value(snapshot()->searching().list_sightings(SightingKind::expiration, &ends[0], 10)).empty());
  seen.at = Timestamp::from_microseconds(INT64_MAX);
  EXPECT_EQ(begin()->upkeep().put_sightings({&seen, 1}).error().kind, ErrorKind::bad_input);
}

/// After any work, an index that was kept up is the one that would be made anew, and finds what is held.
TEST_P(SearchConformance, an_index_that_is_kept_up_equals_one_that_is_made_anew) {
  std::mt19937_64 random(2026);
  for (int round = 0; round < 120; ++round) {
    const int n = 1 + static_cast<int>(random() % 6);
    const std::string id = uuid_id("indicator", n);
    switch (random() % 8) {
      case 0:
      case 1:
      case 2: {
        std::vector<std::string> domains;
        for (std::uint64_t i = random() % 3; i > 0; --i)
          domains.push_back("d" + std::to_string(random() % 5) + ".example.org");
        std::ranges::sort(domains);
        domains.erase(std::ranges::unique(domains).begin(), domains.end());
        std::string extra = R"(,"name":"name )" + std::to_string(random() % 4) + "\"";
        if (random() % 4 == 0) {
          extra += R"(,"revoked":true)";
          domains.clear();
        }
        if (random() % 3 == 0) extra += R"(,"valid_until":"2027-01-01T00:00:00Z")";
        const bool received = random() % 3 == 0;
        const NewObject one = from(indicator(n, at(1 + static_cast<int>(random() % 20)), domains, extra),
                                   received ? 7 + static_cast<std::int64_t>(random() % 2)
                                            : 1 + static_cast<std::int64_t>(random() % 3),
                                   received);
        import(one, domains, random() % 12 == 0);
        break;
      }
      case 3:
        keep_up([&](Upkeep& upkeep) { return upkeep.end_object(id, Timestamp::from_seconds(1)); });
        break;
      case 4: {
        const std::optional<SourceId> source =
            random() % 2 == 0 ? std::nullopt
                              : std::optional(SourceId(1 + static_cast<std::int64_t>(random() % 8)));
        keep_up([&](Upkeep& upkeep) { return upkeep.erase_object(id, source); });
        break;
      }
      case 5: {
        const intel::Selector one{Type::domain_name, "d" + std::to_string(random() % 5) + ".example.org"};
        keep_up([&](Upkeep& upkeep) { return upkeep.retract(one, std::nullopt, std::nullopt); });
        break;
      }
      case 6: {
        HoldingBatch batch;
        batch.source = SourceId(1);
        const std::vector<intel::Selector> one{
            {Type::domain_name, "d" + std::to_string(random() % 9) + ".example.org"}};
        auto transaction = begin();
        static_cast<void>(value(transaction->load_holdings(batch, one)));
        if (random() % 3 != 0) ok(transaction->commit());
        break;
      }
      default: {
        auto transaction = begin();
        static_cast<void>(value(transaction->upkeep().index(1 + random() % 5)));
        if (random() % 4 != 0) ok(transaction->commit());
        break;
      }
    }
    if (round % 10 != 9) continue;
    index();
    const std::vector<std::string> kept = dump();
    ASSERT_EQ(kept, dump_anew()) << "round " << round;
    Scope scope;
    scope.domain = "example.org";
    std::set<std::string> placed;
    for (const auto& one : value(snapshot()->searching().list_in_scope(scope, Type::domain_name, "", 100)))
      placed.insert(one.value);
    const std::vector<std::string> all = held();
    ASSERT_EQ(placed, std::set<std::string>(all.begin(), all.end())) << "round " << round;
    // Nothing holds for an object that is gone.
    expect_markings_as_found();
    expect_listed_as_held(all, 1 + random() % 4);
    for (const std::string& domain : all)
      for (const StoredHolding& one : value(snapshot()->find_holdings({Type::domain_name, domain})))
        ASSERT_TRUE(one.object == ObjectKey() || !one.object_id.empty()) << "round " << round;
  }
}

}  // namespace parley::state
