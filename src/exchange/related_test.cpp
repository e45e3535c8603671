#include "exchange/related.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exchange/node_fixture.hpp"
#include "intel/stix.hpp"

namespace parley::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Ids that say what they are: "malware--…-0000000000aa".
std::string id_of(const std::string& type, const std::string& two_digits) {
  return type + "--1ed8caa7-a708-4706-b651-0000000000" + two_digits;
}

class RelatedTest : public testing::Test {
 protected:
  void put(const std::string& id, const std::string& members, int minute = 0) {
    const std::string modified = "2024-01-01T00:0" + std::to_string(minute) + ":00.000Z";
    const std::string type = id.substr(0, id.find("--"));
    std::string raw = R"({"type":")" + type + R"(","spec_version":"2.1","id":")" + id +
                      R"(","created":"2024-01-01T00:00:00.000Z","modified":")" + modified + "\"";
    raw += (members.empty() ? "" : ",") + members + "}";
    const Result<intel::StixObject> object = intel::read_stix_object(raw);
    ASSERT_TRUE(object) << raw << object.error().text();
    state::NewObject stored{.id = id,
                            .type = type,
                            .version = modified,
                            .created_by = "",
                            .labels = {},
                            .source = source_,
                            .raw = raw,
                            .references = {}};
    for (const intel::StixReference& reference : object->refs)
      stored.references.push_back({reference.property, reference.id});
    const auto written =
        state::write(*node_.store, state::Durability::buffered, [&](state::Transaction& t) -> Result<void> {
          PARLEY_TRY(
              stored.source,
              t.add_source({.name = "test", .kind = "test", .path = "", .sha256 = "", .imported_at = {}}));
          PARLEY_TRY(const auto outcomes, t.put_objects(std::span(&stored, 1)));
          EXPECT_NE(outcomes[0].kind, state::Outcome::Kind::rejected) << outcomes[0].why;
          return {};
        });
    ASSERT_TRUE(written) << written.error().text();
  }
  void join(const std::string& number, const std::string& source, const std::string& target,
            const std::string& more = "", int minute = 0) {
    put(id_of("relationship", number),
        R"("relationship_type":"uses","source_ref":")" + source + R"(","target_ref":")" + target + "\"" +
            more,
        minute);
  }
  std::vector<std::string> around(const std::string& start, std::size_t steps, bool authors = false,
                                  const RelatedLimits& limits = {}) {
    const auto reader = node_.store->snapshot();
    const Result<Related> related =
        find_related(**reader, {.start = {start}, .steps = steps, .authors = authors}, limits);
    EXPECT_TRUE(related) << related.error().text();
    last_ = *related;
    std::vector<std::string> out;
    for (const RelatedObject& object : last_.objects)
      if (object.step > 0) out.push_back(std::to_string(object.step) + " " + object.id);
    return out;
  }

  MemoryNode node_;
  state::SourceId source_;
  Related last_;
  const std::string actor_ = id_of("intrusion-set", "01");
  const std::string malware_ = id_of("malware", "02");
  const std::string technique_ = id_of("attack-pattern", "03");
  const std::string far_ = id_of("course-of-action", "04");
};

TEST_F(RelatedTest, walks_relationships_in_both_directions) {
  put(actor_, R"("name":"x")");
  put(malware_, R"("name":"x","is_family":true)");
  put(technique_, R"("name":"x")");
  join("11", actor_, malware_);
  join("12", malware_, technique_);
  join("13", far_, technique_);  // far_ is not stored: a reference alone
  EXPECT_THAT(around(actor_, 1), ElementsAre("1 " + malware_));
  EXPECT_THAT(around(actor_, 2), ElementsAre("1 " + malware_, "2 " + technique_));
  EXPECT_THAT(around(technique_, 2), ElementsAre("1 " + far_, "1 " + malware_, "2 " + actor_));
  EXPECT_EQ(last_.objects[2].relationship, id_of("relationship", "12"));
  EXPECT_FALSE(last_.objects[2].forward);
  EXPECT_EQ(last_.objects[3].from, malware_);
  EXPECT_TRUE(last_.complete);
}

TEST_F(RelatedTest, walks_embedded_references_and_not_those_to_relationships) {
  const std::string report = id_of("report", "05");
  join("11", actor_, malware_);
  put(report, R"("name":"x","published":"2024-01-01T00:00:00Z","object_refs":[")" + actor_ + R"(",")" +
                  id_of("relationship", "11") + "\"]");
  EXPECT_THAT(around(report, 1), ElementsAre("1 " + actor_));
  EXPECT_THAT(around(malware_, 2), ElementsAre("1 " + actor_, "2 " + report));
  EXPECT_EQ(last_.objects.back().property, "object_refs");
}

TEST_F(RelatedTest, leaves_authors_and_identities_out_unless_asked) {
  const std::string author = id_of("identity", "06");
  const std::string by = R"("created_by_ref":")" + author + "\"";
  put(author, R"("name":"CERT Alpha","identity_class":"organization")");
  put(actor_, R"("name":"x",)" + by);
  put(technique_, R"("name":"x",)" + by);
  EXPECT_THAT(around(actor_, 2), IsEmpty());
  EXPECT_THAT(around(actor_, 2, true), ElementsAre("1 " + author, "2 " + technique_));
  // An identity that is a target is told, and not walked through.
  put(malware_, R"("name":"x","is_family":true)");
  join("11", actor_, author);
  join("12", malware_, author);
  EXPECT_THAT(around(actor_, 2), ElementsAre("1 " + author));
  EXPECT_THAT(around(author, 1), ElementsAre("1 " + actor_, "1 " + malware_));
}

TEST_F(RelatedTest, takes_the_latest_version_of_a_relationship) {
  join("11", actor_, malware_);
  EXPECT_THAT(around(actor_, 1), SizeIs(1));
  join("11", actor_, technique_, "", 1);
  EXPECT_THAT(around(actor_, 1), ElementsAre("1 " + technique_));
  EXPECT_THAT(around(malware_, 1), IsEmpty());
  join("11", actor_, technique_, R"(,"revoked":true)", 2);
  EXPECT_THAT(around(actor_, 1), IsEmpty());
}

TEST_F(RelatedTest, ends_in_cycles_and_at_every_limit) {
  for (int i = 10; i < 40; ++i) join(std::to_string(i), actor_, id_of("malware", std::to_string(i)));
  join("50", malware_, actor_);
  join("51", actor_, actor_);
  EXPECT_THAT(around(malware_, 4), SizeIs(31));
  EXPECT_TRUE(last_.complete);
  EXPECT_THAT(around(malware_, 2, false, {.max_fan_out = 30}), SizeIs(31));
  EXPECT_THAT(around(malware_, 2, false, {.max_fan_out = 29}), ElementsAre("1 " + actor_));
  ASSERT_THAT(last_.not_followed, SizeIs(1));
  EXPECT_EQ(last_.not_followed[0].second, 30U);
  EXPECT_THAT(around(actor_, 1, false, {.max_fan_out = 3}), SizeIs(31));  // the start is always walked from
  around(malware_, 2, false, {.max_edges = 10});
  EXPECT_FALSE(last_.complete);
  around(malware_, 2, false, {.max_objects = 10});
  EXPECT_FALSE(last_.complete);
  const auto reader = node_.store->snapshot();
  EXPECT_FALSE(find_related(**reader, {.start = {actor_}, .steps = 5}));
  EXPECT_FALSE(find_related(**reader, {.start = {actor_}, .steps = 0}));
}

}  // namespace
}  // namespace parley::exchange
