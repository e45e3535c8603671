#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "state/store.hpp"
#include "state/store_fixture.hpp"

/// The part of the conformance suite about contents of several sources under one id; store_conformance.hpp
/// includes it.
namespace parley::state {

TEST_P(StoreConformance, what_a_peer_says_under_an_id_stands_beside_our_own_and_never_before_it) {
  const auto said = [](const std::string& what, std::int64_t source, bool received, const std::string& type) {
    NewObject out = object(type, 1, type == "tool" ? "2026-01-01T00:00:00Z" : "");
    out.raw.insert(1, R"("x":")" + what + R"(",)");
    out.source = SourceId(source);
    out.received = received;
    return out;
  };
  for (const std::string type : {"tool", "marking-definition"}) {
    // Whoever comes first.
    EXPECT_EQ(put_one(said("theirs", 1, true, type)).kind, Kind::imported);
    EXPECT_EQ(put_one(said("ours", 2, false, type)).kind, Kind::imported);
    EXPECT_EQ(put_one(said("others", 3, true, type)).kind, Kind::imported);
    EXPECT_EQ(put_one(said("theirs", 1, true, type)).kind, Kind::unchanged);
    // One content of each: a peer does not fill the store, and our own collide with each other.
    EXPECT_EQ(put_one(said("more of theirs", 1, true, type)).kind, Kind::rejected);
    EXPECT_EQ(put_one(said("more of ours", 4, false, type)).kind, Kind::rejected);
    const auto versions = value(snapshot()->find_versions(uuid_id(type, 1)));
    ASSERT_EQ(versions.size(), 3U);
    EXPECT_FALSE(versions.back().received);
    EXPECT_THAT(versions.back().raw, testing::HasSubstr("ours"));
    EXPECT_EQ(value(snapshot()->find_object(uuid_id(type, 1)))->raw, versions.back().raw);
    EXPECT_EQ(value(snapshot()->find_object(versions.front().key))->raw, versions.back().raw);
    EXPECT_EQ(value(snapshot()->list_objects(type, "", 10)).size(), 1U);
  }
  EXPECT_EQ(value(snapshot()->count_objects()), 2U);
}

TEST_P(StoreConformance, an_observable_may_be_said_otherwise_by_every_source) {
  NewObject first = object("ipv4-addr", 1);
  first.source = SourceId(1);
  NewObject second = first;
  second.source = SourceId(2);
  second.marking = MarkingCode::red;
  second.raw.insert(1, R"("defanged":true,)");
  EXPECT_EQ(put_one(first).kind, Kind::imported);
  EXPECT_EQ(put_one(second).kind, Kind::imported);
  EXPECT_EQ(put_one(second).kind, Kind::unchanged);
  second.source = SourceId(1);
  second.raw.insert(1, R"("x":1,)");
  EXPECT_EQ(put_one(second).kind, Kind::rejected) << "one source says it once";
  const auto versions = value(snapshot()->find_versions(first.id));
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions.front().marking, MarkingCode::red);
  EXPECT_EQ(versions.back().raw, first.raw) << "the first that came";
}

}  // namespace parley::state
