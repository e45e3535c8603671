#include "policy/handling.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace parley::policy {
namespace {

using intel::PapLevel;
using intel::TlpLevel;

Handling any_handling() {
  Handling out;
  if (*rc::gen::arbitrary<bool>()) out.reach = static_cast<Reach>(*rc::gen::inRange(0, 7));
  if (*rc::gen::arbitrary<bool>()) out.use = static_cast<Use>(*rc::gen::inRange(0, 4));
  out.unknown = *rc::gen::arbitrary<bool>();
  return out;
}

RC_GTEST_PROP(Handling, meet_is_a_semilattice, ()) {
  const Handling a = any_handling();
  const Handling b = any_handling();
  const Handling c = any_handling();
  RC_ASSERT(meet(a, b) == meet(b, a));
  RC_ASSERT(meet(meet(a, b), c) == meet(a, meet(b, c)));
  RC_ASSERT(meet(a, a) == a);
  RC_ASSERT(meet(a, Handling{}) == a);
}

RC_GTEST_PROP(Handling, meet_never_widens_a_dimension, ()) {
  const Handling a = any_handling();
  const Handling b = any_handling();
  const Handling both = meet(a, b);
  if (a.reach) RC_ASSERT(both.reach.value() <= *a.reach);
  if (a.use) RC_ASSERT(both.use.value() <= *a.use);
  RC_ASSERT(both.unknown == (a.unknown || b.unknown));
}

TEST(Handling, a_stricter_tlp_never_reaches_further) {
  const std::vector<TlpLevel> levels = {TlpLevel::clear, TlpLevel::green, TlpLevel::amber,
                                        TlpLevel::amber_strict, TlpLevel::red};
  for (std::size_t i = 1; i < levels.size(); ++i)
    EXPECT_LT(reach_of(levels[i]), reach_of(levels[i - 1])) << i;
}

TEST(Handling, a_stricter_pap_never_allows_more_use) {
  const std::vector<PapLevel> levels = {PapLevel::clear, PapLevel::green, PapLevel::amber, PapLevel::red};
  for (std::size_t i = 1; i < levels.size(); ++i) EXPECT_LT(use_of(levels[i]), use_of(levels[i - 1])) << i;
}

TEST(Handling, tlp_says_nothing_about_use_and_pap_nothing_about_reach) {
  intel::Marking tlp;
  tlp.tlp = TlpLevel::red;
  EXPECT_FALSE(handling_of(tlp).use.has_value());
  intel::Marking pap;
  pap.pap = PapLevel::red;
  EXPECT_FALSE(handling_of(pap).reach.has_value());
}

TEST(Handling, an_unknown_marking_stays_unknown_beside_a_known_one) {
  intel::Marking known;
  known.tlp = TlpLevel::clear;
  intel::Marking unknown;
  unknown.unknown = true;
  EXPECT_TRUE(meet(handling_of(known), handling_of(unknown)).unknown);
}

}  // namespace
}  // namespace parley::policy
