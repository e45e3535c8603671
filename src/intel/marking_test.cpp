#include "intel/marking.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "encoding/json.hpp"
#include "intel/stix.hpp"

namespace parley::intel {
namespace {

constexpr std::array levels{TlpLevel::clear, TlpLevel::green, TlpLevel::amber, TlpLevel::amber_strict,
                            TlpLevel::red};

Marking any_marking() {
  Marking marking;
  const int level = *rc::gen::inRange(0, 6);
  if (level < 5) marking.tlp = levels.at(static_cast<std::size_t>(level));
  const int pap = *rc::gen::inRange(0, 5);
  if (pap < 4) marking.pap = static_cast<PapLevel>(pap);
  marking.unknown = *rc::gen::arbitrary<bool>();
  marking.statement = *rc::gen::arbitrary<bool>();
  return marking;
}

TEST(Marking, reads_every_level_back_from_its_name_label_and_id) {
  for (const TlpLevel level : levels) {
    EXPECT_EQ(parse_tlp(tlp_name(level)), level);
    EXPECT_EQ(parse_tlp(tlp_label(level)), level);
    EXPECT_EQ(tlp_of_marking_id(tlp_marking_id(level)), level);
  }
  EXPECT_EQ(parse_tlp("TLP:WHITE"), TlpLevel::clear);
  EXPECT_EQ(parse_tlp("tlp:amber+strict"), TlpLevel::amber_strict);
}

TEST(Marking, knows_the_four_definitions_of_tlp_1) {
  EXPECT_EQ(tlp_of_marking_id("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"), TlpLevel::clear);
  EXPECT_EQ(tlp_of_marking_id("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"), TlpLevel::green);
  EXPECT_EQ(tlp_of_marking_id("marking-definition--F88D31F6-486F-44DA-B317-01333BDE0B82"), TlpLevel::amber);
  EXPECT_EQ(tlp_of_marking_id("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"), TlpLevel::red);
  EXPECT_EQ(tlp1_marking_id(TlpLevel::amber_strict), std::nullopt);
}

TEST(Marking, refuses_what_names_no_level) {
  for (const char* text : {"", "tlp:", "tlp", "yellow", "tlp:ex:chr", "amber ", "TLP:REDD", "red\n"})
    EXPECT_EQ(parse_tlp(text), std::nullopt) << text;
  EXPECT_EQ(tlp_of_marking_id(""), std::nullopt);
  EXPECT_EQ(tlp_of_marking_id("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ec"), std::nullopt);
}

TEST(Marking, is_absent_only_when_nothing_was_said) {
  EXPECT_TRUE(Marking{}.is_absent());
  EXPECT_TRUE((Marking{.tlp = {}, .pap = {}, .statement = true}.is_absent()));
  EXPECT_FALSE((Marking{.tlp = {}, .pap = {}, .unknown = true}.is_absent()));
  EXPECT_FALSE((Marking{.tlp = TlpLevel::clear, .pap = {}}.is_absent()));
}

RC_GTEST_PROP(Marking, the_strictest_of_markings_is_a_semilattice, ()) {
  const Marking a = any_marking();
  const Marking b = any_marking();
  const Marking c = any_marking();
  RC_ASSERT(strictest(a, b) == strictest(b, a));
  RC_ASSERT(strictest(a, strictest(b, c)) == strictest(strictest(a, b), c));
  RC_ASSERT(strictest(a, a) == a);
  RC_ASSERT(strictest(a, Marking{}) == a);
}

TEST(Marking, writes_definitions_that_it_reads_back) {
  for (const TlpLevel level : levels) {
    const Result<StixObject> object = read_stix_object(make_tlp_definition(level));
    ASSERT_TRUE(object) << object.error().text();
    EXPECT_EQ(object->id, tlp_marking_id(level));
    ASSERT_TRUE(object->defines);
    EXPECT_EQ(object->defines->tlp, level);
    EXPECT_FALSE(object->defines->unknown);
  }
}

}  // namespace
}  // namespace parley::intel
