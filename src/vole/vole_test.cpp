#include "vole/vole.hpp"

#include <gtest/gtest.h>

#include <set>

#include "vole/layout.hpp"
#include "vole/session_fixture.hpp"

namespace parley::vole {
namespace {

struct Case {
  std::uint64_t count;
  Code code;
};

class Counts : public testing::TestWithParam<Case> {};
// 276 and 277 are where a tree gets its first and second leaf; 552 · k / 2 is where all trees are full.
INSTANTIATE_TEST_SUITE_P(Vole, Counts,
                         testing::Values(Case{1, Code::ex_conv_7x24}, Case{2, Code::ex_conv_7x24},
                                         Case{3, Code::ex_conv_7x24}, Case{276, Code::ex_conv_7x24},
                                         Case{277, Code::ex_conv_7x24}, Case{1000, Code::ex_conv_7x24},
                                         Case{6789, Code::ex_conv_7x24}, Case{65536, Code::ex_conv_7x24},
                                         Case{1, Code::ex_conv_21x24}, Case{201, Code::ex_conv_21x24},
                                         Case{7890, Code::ex_conv_21x24}));

TEST_P(Counts, both_sides_hold_c_equal_to_a_times_delta_plus_b) {
  const auto parameters = test_parameters(GetParam().count, GetParam().code);
  TestSession session(parameters);
  ASSERT_TRUE(session.run());
  const auto a = session.receiver.take_a();
  const auto c = session.receiver.take_c();
  const auto b = session.sender.take_b();
  ASSERT_EQ(a.size(), GetParam().count);
  ASSERT_EQ(b.size(), GetParam().count);
  EXPECT_TRUE(relation_holds(a.span(), c.span(), session.sender.delta(), b.span()));
  for (std::size_t i = 0; i < session.sent.size(); ++i) {
    EXPECT_EQ(session.sent[i].type, i + 1);
    EXPECT_EQ(session.sent[i].body.size(), message_bytes(static_cast<VoleMessage>(i + 1), parameters));
  }
}

}  // namespace
}  // namespace parley::vole
