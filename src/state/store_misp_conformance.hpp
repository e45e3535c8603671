#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "state/store.hpp"
#include "state/store_fixture.hpp"

/// The part of the conformance suite about MISP events; store_conformance.hpp includes it.
namespace parley::state {

inline NewMispEvent misp_event(int n, std::int64_t timestamp, const std::string& content,
                               std::int64_t source = 1, bool received = false) {
  NewMispEvent event;
  char tail[16];
  std::snprintf(tail, sizeof tail, "%012x", static_cast<unsigned>(n));
  event.uuid = "5b3a1f6e-0000-4000-8000-" + std::string(tail);
  event.source = SourceId(source);
  event.received = received;
  event.timestamp = timestamp;
  event.published = true;
  event.attributes = content.size();
  event.summary = "about " + content.substr(0, 32);
  event.content = content;
  return event;
}

TEST_P(StoreConformance, misp_events_are_kept_whole_and_a_new_version_takes_the_place_of_the_old) {
  const std::string large(3U << 20U, 'x');
  {
    auto transaction = begin(Durability::synced);
    MispEvents& events = transaction->misp_events_for_writing();
    ok(events.put(misp_event(1, 100, "first")));
    ok(events.put(misp_event(2, 50, large)));
    ok(events.put(misp_event(1, 200, "second", 9)));
    EXPECT_EQ(events.put(NewMispEvent{}).error().kind, ErrorKind::bad_input);
    ok(transaction->commit());
  }
  reopen();
  auto reader = snapshot();
  const MispEvents& events = reader->misp_events();
  EXPECT_EQ(value(events.count()), 2U);
  const auto found = value(events.find("5B3A1F6E-0000-4000-8000-000000000001"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->content, "second");
  EXPECT_EQ(found->entry.source, SourceId(9));
  EXPECT_EQ(found->entry.summary, "about second");
  EXPECT_EQ(value(events.find(misp_event(2, 0, "").uuid))->content, large);
  EXPECT_FALSE(value(events.find(misp_event(3, 0, "").uuid)));
  EXPECT_FALSE(value(events.find("no uuid")));
}

TEST_P(StoreConformance, what_a_peer_gives_under_the_uuid_of_our_event_stands_beside_it) {
  auto transaction = begin();
  MispEvents& events = transaction->misp_events_for_writing();
  ok(events.put(misp_event(1, 900, "a peer's", 5, true)));
  ok(events.put(misp_event(1, 950, "another peer's", 6, true)));
  const std::string uuid = misp_event(1, 0, "").uuid;
  EXPECT_EQ(value(events.find(uuid))->content, "another peer's");
  ok(events.put(misp_event(1, 100, "ours")));
  EXPECT_EQ(value(events.find(uuid))->content, "ours");
  EXPECT_EQ(value(events.find_entry(uuid))->timestamp, 100);
  EXPECT_EQ(value(events.find_of(uuid, SourceId(5), true))->content, "a peer's");
  EXPECT_EQ(value(events.find_of(uuid, SourceId(77), false))->content, "ours");
  EXPECT_FALSE(value(events.find_of(uuid, SourceId(7), true)));
  const auto listed = value(events.list({}, 10));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].timestamp, 100);
  EXPECT_EQ(value(events.count()), 1U);
  EXPECT_TRUE(value(events.erase(uuid)));
  EXPECT_FALSE(value(events.erase(uuid)));
  EXPECT_FALSE(value(events.find(uuid)));
}

TEST_P(StoreConformance, misp_events_are_listed_by_time_page_by_page) {
  auto transaction = begin();
  MispEvents& events = transaction->misp_events_for_writing();
  for (int n = 1; n <= 7; ++n) ok(events.put(misp_event(n, 100 + n / 3, "e" + std::to_string(n))));
  std::vector<std::string> seen;
  MispEventPlace place;
  while (true) {
    const auto page = value(events.list(place, 2));
    if (page.empty()) break;
    for (const MispEventEntry& one : page) seen.push_back(one.summary);
    place = {page.back().timestamp, page.back().uuid};
  }
  EXPECT_THAT(seen, testing::ElementsAre("about e1", "about e2", "about e3", "about e4", "about e5",
                                         "about e6", "about e7"));
  EXPECT_EQ(value(events.list({101, ""}, 10)).size(), 5U);
  EXPECT_FALSE(events.list({101, "x"}, 10));
}

}  // namespace parley::state
