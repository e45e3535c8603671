#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "match/dh_wire.hpp"
#include "match/test_session.hpp"

namespace parley::match {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint32_t> plain_intersection(const ItemSet& a, const ItemSet& b) {
  std::set<Bytes> in_b;
  for (std::uint32_t i = 0; i < b.size(); ++i) in_b.insert(to_bytes(b[i]));
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < a.size(); ++i)
    if (in_b.contains(to_bytes(a[i]))) out.push_back(i);
  return out;
}

void expect_correct(const ItemSet& a, const ItemSet& b, Output output, std::uint32_t chunk) {
  TestSession session(test_parameters(a, b, output, chunk), a, b);
  session.run();
  ASSERT_FALSE(session.receiver.error) << session.receiver.error->text();
  ASSERT_FALSE(session.sender.error) << session.sender.error->text();
  ASSERT_TRUE(session.receiver.done && session.sender.done);
  const auto expected = plain_intersection(a, b);
  ASSERT_TRUE(session.receiver.party->outcome());
  EXPECT_EQ(session.receiver.party->outcome()->size, expected.size());
  EXPECT_EQ(session.receiver.party->outcome()->items,
            output == Output::items ? expected : std::vector<std::uint32_t>{});
  EXPECT_FALSE(session.sender.party->outcome());
  EXPECT_EQ(session.receiver.party->transcript_hash(), session.sender.party->transcript_hash());
  EXPECT_EQ(session.receiver.party->work().done, session.receiver.party->work().total);
  EXPECT_EQ(session.sender.party->work().done, session.sender.party->work().total);
}

TEST(DhMatch, finds_the_plain_intersection_of_random_sets) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::uint32_t> a(random() % 40);
    std::vector<std::uint32_t> b(random() % 40);
    for (auto& x : a) x = random() % 50;
    for (auto& x : b) x = random() % 50;
    const Output output = round % 2 == 0 ? Output::items : Output::size;
    expect_correct(test_set(a), test_set(b), output, 1 + random() % 20);
  }
}

TEST(DhMatch, is_right_for_empty_single_equal_disjoint_nested_and_unequal_sets) {
  for (const Output output : {Output::items, Output::size}) {
    for (const auto& [a, b] : std::vector<std::pair<std::vector<std::uint32_t>, std::vector<std::uint32_t>>>{
             {{}, {}},
             {{}, {1}},
             {{1}, {}},
             {{1}, {1}},
             {{1}, {2}},
             {numbers_from(0, 33), numbers_from(0, 33)},
             {numbers_from(0, 17), numbers_from(100, 131)},
             {numbers_from(5, 9), numbers_from(0, 65)},
             {numbers_from(0, 65), numbers_from(5, 9)},
             {numbers_from(0, 67), numbers_from(60, 78)}})
      expect_correct(test_set(a), test_set(b), output, 16);
  }
}

TEST(DhMatch, counts_an_item_that_is_given_twice_once) {
  const ItemSet a = test_set({7, 7, 8, 7});
  EXPECT_EQ(a.size(), 2U);
  expect_correct(a, test_set({7, 7, 7, 9, 9}), Output::size, 4);
}

TEST(DhMatch, sends_lists_in_messages_of_the_agreed_number_of_elements) {
  const ItemSet a = test_set(numbers_from(0, 20));  // padded to 32
  const ItemSet b = test_set(numbers_from(0, 5));   // padded to 8
  TestSession session(test_parameters(a, b, Output::items, 10), a, b);
  session.run();
  std::vector<std::size_t> sizes;
  for (const Message& message : session.receiver.sent) sizes.push_back(message.body.size());
  EXPECT_THAT(sizes, ElementsAre(4 + 320, 4 + 320, 4 + 320, 4 + 64));
  sizes.clear();
  for (const Message& message : session.sender.sent) sizes.push_back(message.body.size());
  // 40 + 5 + 3 = 48 bits make a tag of 6 bytes.
  EXPECT_THAT(sizes, ElementsAre(4 + 256, 4 + 60, 4 + 60, 4 + 60, 4 + 12));
}

TEST(DhMatch, takes_tags_of_forty_bits_and_the_logarithm_of_both_padded_sizes) {
  Parameters parameters;
  EXPECT_EQ(tag_bytes(parameters), 5U);
  parameters.receiver_padded = 2;
  EXPECT_EQ(tag_bytes(parameters), 6U);
  parameters.receiver_padded = 1U << 16;
  parameters.sender_padded = 1U << 16;
  EXPECT_EQ(tag_bytes(parameters), 9U);
  parameters.receiver_padded = 1U << 20;
  parameters.sender_padded = 1U << 20;
  EXPECT_EQ(tag_bytes(parameters), 10U);
  parameters.receiver_padded = max_padded_size;
  parameters.sender_padded = max_padded_size;
  EXPECT_EQ(tag_bytes(parameters), 11U);
}

std::set<Bytes> elements(const std::vector<Message>& messages, DhMessage type, std::size_t size) {
  std::set<Bytes> out;
  for (const Message& message : messages) {
    if (message.type != static_cast<std::uint8_t>(type)) continue;
    for (std::size_t at = 4; at < message.body.size(); at += size)
      out.insert(to_bytes(BytesView(message.body).subspan(at, size)));
  }
  return out;
}

std::set<Bytes> common(const std::set<Bytes>& a, const std::set<Bytes>& b) {
  std::set<Bytes> out;
  std::ranges::set_intersection(a, b, std::inserter(out, out.end()));
  return out;
}

TEST(DhMatch, sends_no_point_twice_in_two_sessions_over_the_same_set) {
  const ItemSet a = test_set(numbers_from(0, 20));
  TestSession first(test_parameters(a, a), a, a, 1);
  TestSession second(test_parameters(a, a), a, a, 2);
  first.run();
  second.run();
  std::set<Bytes> points[4] = {elements(first.receiver.sent, DhMessage::receiver_points, 32),
                               elements(first.sender.sent, DhMessage::sender_points, 32),
                               elements(second.receiver.sent, DhMessage::receiver_points, 32),
                               elements(second.sender.sent, DhMessage::sender_points, 32)};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(points[i].size(), 32U);
    for (int k = 0; k < i; ++k) EXPECT_THAT(common(points[i], points[k]), IsEmpty());
  }
}

TEST(DhMatch, binds_points_to_the_offer) {
  const ItemSet a = test_set(numbers_from(0, 20));
  Parameters other = test_parameters(a, a);
  TestSession first(other, a, a, 1);
  other.offer_hash[0] ^= 1;
  TestSession second(other, a, a, 1);  // the same seeds and sets
  first.run();
  second.run();
  EXPECT_THAT(common(elements(first.receiver.sent, DhMessage::receiver_points, 32),
                     elements(second.receiver.sent, DhMessage::receiver_points, 32)),
              IsEmpty());
  EXPECT_THAT(common(elements(first.sender.sent, DhMessage::sender_tags, 7),
                     elements(second.sender.sent, DhMessage::sender_tags, 7)),
              IsEmpty());
}

// With an empty set everything that is sent is a dummy.
TEST(DhMatch, draws_other_dummies_in_each_session_and_on_each_side) {
  const ItemSet none;
  Parameters parameters = test_parameters(none, none);
  parameters.receiver_padded = 8;
  parameters.sender_padded = 8;
  std::set<Bytes> seen;
  for (std::uint8_t seed = 1; seed <= 4; ++seed) {
    TestSession session(parameters, none, none, seed);
    session.run();
    EXPECT_EQ(session.receiver.party->outcome()->size, 0U);
    seen.merge(elements(session.receiver.sent, DhMessage::receiver_points, 32));
    seen.merge(elements(session.sender.sent, DhMessage::sender_points, 32));
  }
  EXPECT_EQ(seen.size(), 4U * 16U);
}

TEST(DhMatch, answers_with_tags_in_another_order_when_only_the_size_is_wanted) {
  const ItemSet a = test_set(numbers_from(0, 64));
  TestSession items(test_parameters(a, a, Output::items), a, a);
  TestSession size(test_parameters(a, a, Output::size), a, a);
  items.run();
  size.run();
  const Bytes& in_order = items.sender.sent.back().body;
  const Bytes& shuffled = size.sender.sent.back().body;
  EXPECT_NE(in_order, shuffled);
  EXPECT_EQ(elements(items.sender.sent, DhMessage::sender_tags, 7),
            elements(size.sender.sent, DhMessage::sender_tags, 7));
}

TEST(DhMatch, gives_the_same_messages_whatever_the_number_of_cores) {
  class Backwards final : public Parallel {
   public:
    std::size_t width() const override { return 4; }
    void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
      for (std::size_t i = count; i > 0; --i) task(i - 1);
    }
  };
  const ItemSet a = test_set(numbers_from(0, 150));
  const Parameters parameters = test_parameters(a, a);
  SerialParallel serial;
  Backwards backwards;
  auto one = std::move(*make_party(Role::receiver, parameters, test_seed(1), a, serial));
  auto other = std::move(*make_party(Role::receiver, parameters, test_seed(1), a, backwards));
  EXPECT_EQ(one->start()->send, other->start()->send);
}

TEST(DhMatch, refuses_parameters_out_of_bounds_and_a_set_above_its_padded_size) {
  SerialParallel parallel;
  const auto make = [&](auto change) {
    Parameters parameters;
    parameters.receiver_padded = 4;
    parameters.sender_padded = 4;
    change(parameters);
    return make_party(Role::receiver, parameters, test_seed(1), test_set({1, 2, 3}), parallel).has_value();
  };
  EXPECT_TRUE(make([](Parameters&) {}));
  EXPECT_FALSE(make([](Parameters& p) { p.receiver_padded = 0; }));
  EXPECT_FALSE(make([](Parameters& p) { p.receiver_padded = 2; }));
  EXPECT_FALSE(make([](Parameters& p) { p.receiver_padded = 6; }));
  EXPECT_FALSE(make([](Parameters& p) { p.sender_padded = 3; }));
  EXPECT_FALSE(make([](Parameters& p) { p.sender_padded = max_padded_size * 2; }));
  EXPECT_TRUE(make([](Parameters& p) { p.chunk = max_chunk; }));
  EXPECT_FALSE(make([](Parameters& p) { p.chunk = max_chunk + 1; }));
  EXPECT_FALSE(make([](Parameters& p) { p.chunk = 0; }));
  // NOLINTBEGIN(clang-analyzer-optin.core.EnumCastOutOfRange): what a peer could send
  EXPECT_FALSE(make([](Parameters& p) { p.protocol = static_cast<Protocol>(9); }));
  EXPECT_FALSE(make([](Parameters& p) { p.output = static_cast<Output>(9); }));
  // NOLINTEND(clang-analyzer-optin.core.EnumCastOutOfRange)
}

TEST(ItemSet, sorts_removes_duplicates_and_refuses_items_that_are_too_long) {
  const std::vector<Bytes> items = {to_bytes("b"), to_bytes("a"), {}, to_bytes("b"), to_bytes("ab")};
  const auto set = ItemSet::make(items);
  ASSERT_TRUE(set);
  ASSERT_EQ(set->size(), 4U);
  EXPECT_EQ(as_text((*set)[0]), "");
  EXPECT_EQ(as_text((*set)[1]), "a");
  EXPECT_EQ(as_text((*set)[2]), "ab");
  EXPECT_EQ(as_text((*set)[3]), "b");
  EXPECT_TRUE(ItemSet::make(std::vector<Bytes>{Bytes(max_item_bytes)}));
  EXPECT_FALSE(ItemSet::make(std::vector<Bytes>{Bytes(max_item_bytes + 1)}));
}

TEST(PaddedSize, is_the_next_power_of_two) {
  EXPECT_EQ(padded_size(0), 1U);
  EXPECT_EQ(padded_size(1), 1U);
  EXPECT_EQ(padded_size(2), 2U);
  EXPECT_EQ(padded_size(3), 4U);
  EXPECT_EQ(padded_size(1024), 1024U);
  EXPECT_EQ(padded_size(1025), 2048U);
}

TEST(Protocol, has_names_that_read_back) {
  EXPECT_EQ(*parse_protocol(protocol_name(Protocol::dh)), Protocol::dh);
  EXPECT_EQ(protocol_security(Protocol::dh), "semi-honest");
  EXPECT_FALSE(parse_protocol("dh"));
  EXPECT_EQ(*parse_output("size"), Output::size);
  EXPECT_EQ(*parse_output(output_name(Output::items)), Output::items);
  EXPECT_FALSE(parse_output("both"));
}

}  // namespace
}  // namespace parley::match
