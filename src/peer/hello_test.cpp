#include "peer/hello.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "peer/peer_fixture.hpp"
#include "peer/seal.hpp"

namespace parley::peer {
namespace {

using testing::seeded;
using testing::TestNode;

const TlsExporter exporter(ByteArray<32>{9, 9, 9});

struct Pair {
  TestNode alpha{"node.example.org/alpha"};
  TestNode bravo{"node.example.org/bravo"};
  crypto::SeededEntropy alpha_entropy = seeded("alpha");
  crypto::SeededEntropy bravo_entropy = seeded("bravo");

  HelloConfig config(Side side) const {
    const TestNode& own = side == Side::initiator ? alpha : bravo;
    const TestNode& peer = side == Side::initiator ? bravo : alpha;
    return {side, own.origin, &own.role_key, peer.pin(), exporter, {}, {"match/1"}};
  }
  HelloMachine initiator(const HelloConfig& config) { return {config, alpha_entropy}; }
  HelloMachine responder(const HelloConfig& config) { return {config, bravo_entropy}; }
};

struct Outcome {
  Result<void> initiator;
  Result<void> responder;
  std::optional<PeerSession> at_initiator;
  std::optional<PeerSession> at_responder;
};

/// Passes frames to and fro until one side fails or nobody has anything to say; `spoil` may change each.
template <class Spoil>
Outcome run(HelloMachine& a, HelloMachine& b, Spoil spoil) {
  Outcome out;
  std::deque<std::pair<bool, Frame>> wire;  // true: for b
  const auto take = [&](Result<HelloMachine::Step> step, bool from_a) {
    auto& result = from_a ? out.initiator : out.responder;
    auto& session = from_a ? out.at_initiator : out.at_responder;
    if (!step) {
      result = std::unexpected(step.error());
      return;
    }
    for (Frame& frame : step->send) wire.emplace_back(from_a, std::move(frame));
    if (step->session) session = step->session;
  };
  take(b.start(), false);
  take(a.start(), true);
  while (!wire.empty() && out.initiator && out.responder) {
    auto [for_b, frame] = std::move(wire.front());
    wire.pop_front();
    spoil(for_b, frame);
    take(for_b ? b.on_frame(frame) : a.on_frame(frame), !for_b);
  }
  return out;
}

Outcome run(HelloMachine& a, HelloMachine& b) {
  return run(a, b, [](bool, Frame&) {});
}

TEST(Hello, both_sides_end_with_the_same_transcript_and_features) {
  Pair pair;
  auto left = pair.config(Side::initiator);
  left.features = {"release/1", "match/1", "agreement/1"};
  auto right = pair.config(Side::responder);
  right.features = {"match/1", "release/1", "zebra/1"};
  auto a = pair.initiator(left);
  auto b = pair.responder(right);
  const Outcome out = run(a, b);
  ASSERT_TRUE(out.at_initiator && out.at_responder);
  EXPECT_EQ(out.at_initiator->transcript, out.at_responder->transcript);
  EXPECT_EQ(out.at_initiator->features, (std::vector<std::string>{"match/1", "release/1"}));
  EXPECT_EQ(out.at_responder->features, out.at_initiator->features);
  EXPECT_EQ(out.at_initiator->version, 1);
  EXPECT_EQ(out.at_initiator->peer_origin, pair.bravo.origin);
  EXPECT_EQ(out.at_responder->peer_origin, pair.alpha.origin);
  EXPECT_EQ(out.at_initiator->peer_role_key, pair.bravo.role_key.public_key());
}

TEST(Hello, takes_the_highest_version_that_both_speak) {
  Pair pair;
  auto left = pair.config(Side::initiator);
  left.versions = {1, 4};
  auto right = pair.config(Side::responder);
  right.versions = {2, 3};
  auto a = pair.initiator(left);
  auto b = pair.responder(right);
  const Outcome out = run(a, b);
  ASSERT_TRUE(out.at_initiator && out.at_responder);
  EXPECT_EQ(out.at_initiator->version, 3);
  EXPECT_EQ(out.at_responder->version, 3);
}

TEST(Hello, without_a_common_version_the_initiator_is_told_both_ranges) {
  Pair pair;
  auto left = pair.config(Side::initiator);
  left.versions = {1, 2};
  auto right = pair.config(Side::responder);
  right.versions = {3, 5};
  auto a = pair.initiator(left);
  auto b = pair.responder(right);
  const Outcome out = run(a, b);
  ASSERT_FALSE(out.initiator);
  EXPECT_EQ(out.initiator.error().kind, ErrorKind::peer);
  EXPECT_NE(out.initiator.error().message.find("no common protocol version"), std::string::npos);
  EXPECT_NE(out.initiator.error().message.find("1 to 2"), std::string::npos);
  EXPECT_NE(out.initiator.error().message.find("3 to 5"), std::string::npos);
  EXPECT_FALSE(out.at_responder);
}

TEST(Hello, a_changed_byte_of_any_frame_ends_it_on_the_side_that_reads_it) {
  Pair good;
  auto a0 = good.initiator(good.config(Side::initiator));
  auto b0 = good.responder(good.config(Side::responder));
  std::vector<std::size_t> sizes;
  run(a0, b0, [&](bool, Frame& frame) { sizes.push_back(frame.body.size()); });
  ASSERT_EQ(sizes.size(), 4U);
  for (std::size_t number = 0; number < sizes.size(); ++number) {
    for (std::size_t at = 0; at < sizes[number]; ++at) {
      Pair pair;
      auto a = pair.initiator(pair.config(Side::initiator));
      auto b = pair.responder(pair.config(Side::responder));
      std::size_t seen = 0;
      const Outcome out = run(a, b, [&](bool, Frame& frame) {
        if (seen++ == number) frame.body[at] ^= 0x01;
      });
      EXPECT_FALSE(out.initiator && out.responder) << "frame " << number << " byte " << at;
      EXPECT_FALSE(out.at_responder) << "frame " << number << " byte " << at;
    }
  }
}

TEST(Hello, versions_and_features_cannot_be_lowered_on_the_way) {
  Pair pair;
  auto left = pair.config(Side::initiator);
  left.versions = {1, 2};
  auto right = pair.config(Side::responder);
  right.versions = {1, 2};
  auto a = pair.initiator(left);
  auto b = pair.responder(right);
  const Outcome out = run(a, b, [](bool, Frame& frame) {
    if (frame.type != FrameType::hello) return;
    auto hello = parse_hello(frame.body);
    hello->versions.max = 1;
    hello->features.clear();
    frame.body = encode_hello(*hello);
  });
  ASSERT_FALSE(out.initiator);
  EXPECT_NE(out.initiator.error().message.find("signature"), std::string::npos);
  EXPECT_FALSE(out.at_initiator || out.at_responder);
}

TEST(Hello, is_worth_nothing_on_another_connection) {
  Pair pair;
  auto other = pair.config(Side::responder);
  other.exporter = TlsExporter(ByteArray<32>{1});
  auto a = pair.initiator(pair.config(Side::initiator));
  auto b = pair.responder(other);
  EXPECT_FALSE(run(a, b).initiator);
}

TEST(Hello, a_recorded_hello_is_worth_nothing_again) {
  Pair pair;
  auto a = pair.initiator(pair.config(Side::initiator));
  auto b = pair.responder(pair.config(Side::responder));
  std::vector<Frame> recorded;
  run(a, b, [&](bool for_b, Frame& frame) {
    if (for_b) recorded.push_back(frame);
  });
  ASSERT_EQ(recorded.size(), 2U);
  auto again = pair.responder(pair.config(Side::responder));
  ASSERT_TRUE(again.start());
  ASSERT_TRUE(again.on_frame(recorded[0]));
  EXPECT_FALSE(again.on_frame(recorded[1]));
}

TEST(Hello, refuses_its_own_hello_back) {
  Pair pair;
  auto a = pair.initiator(pair.config(Side::initiator));
  auto step = a.start();
  ASSERT_TRUE(step);
  auto reflected = a.on_frame(step->send.at(0));
  ASSERT_FALSE(reflected);
  EXPECT_NE(reflected.error().message.find("own hello"), std::string::npos);
  EXPECT_FALSE(a.on_frame(step->send.at(0)));
}

TEST(Hello, refuses_another_identity_and_another_role_key) {
  Pair pair;
  const TestNode mallory("node.example.org/mallory");
  {
    auto config = pair.config(Side::responder);
    config.own_origin = mallory.origin;
    config.role_key = &mallory.role_key;
    auto a = pair.initiator(pair.config(Side::initiator));
    auto b = pair.responder(config);
    const auto out = run(a, b);
    ASSERT_FALSE(out.initiator);
    EXPECT_NE(out.initiator.error().message.find("expected node.example.org/bravo"), std::string::npos);
  }
  {
    auto config = pair.config(Side::responder);
    config.role_key = &mallory.role_key;
    auto a = pair.initiator(pair.config(Side::initiator));
    auto b = pair.responder(config);
    const auto out = run(a, b);
    ASSERT_FALSE(out.initiator);
    EXPECT_NE(out.initiator.error().message.find("role key"), std::string::npos);
  }
}

TEST(Hello, a_suspended_peer_gets_no_byte) {
  Pair pair;
  auto config = pair.config(Side::initiator);
  config.peer.suspended = true;
  auto a = pair.initiator(config);
  const auto step = a.start();
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().kind, ErrorKind::refused);
  EXPECT_EQ(step.error().rules, std::vector<std::string>{"peer-suspended"});
}

TEST(Hello, frames_out_of_turn_end_it) {
  Pair pair;
  auto b = pair.responder(pair.config(Side::responder));
  ASSERT_TRUE(b.start());
  EXPECT_FALSE(b.on_frame({FrameType::hello_proof, Bytes(64)}));
  auto c = pair.responder(pair.config(Side::responder));
  ASSERT_TRUE(c.start());
  EXPECT_FALSE(c.on_frame({FrameType::open, Bytes(17)}));
}

TEST(Hello, the_body_parses_to_what_was_written_and_bounds_hold) {
  Hello hello{Side::initiator, {1, 7}, {"a", "b"}, Origin("node.example.org/x"), {}, {}};
  auto back = parse_hello(encode_hello(hello));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, hello);
  const auto refused = [](const Hello& bad) { return !parse_hello(encode_hello(bad)); };
  Hello bad = hello;
  bad.features = {"b", "a"};
  EXPECT_TRUE(refused(bad));
  bad.features = {"a", "a"};
  EXPECT_TRUE(refused(bad));
  bad.features = {"A"};
  EXPECT_TRUE(refused(bad));
  bad.features = {std::string(max_feature_bytes, 'x')};
  EXPECT_FALSE(refused(bad));
  bad.features = {std::string(max_feature_bytes + 1, 'x')};
  EXPECT_TRUE(refused(bad));
  bad = hello;
  bad.features.clear();
  for (std::size_t i = 0; i < max_features; ++i) bad.features.push_back("f" + std::to_string(100 + i));
  EXPECT_FALSE(refused(bad));
  bad.features.push_back("g");
  EXPECT_TRUE(refused(bad));
  bad = hello;
  bad.versions = {0, 1};
  EXPECT_TRUE(refused(bad));
  bad.versions = {3, 2};
  EXPECT_TRUE(refused(bad));
  bad = hello;
  bad.origin = Origin("has space");
  EXPECT_TRUE(refused(bad));
  bad.origin = Origin(std::string(max_origin_bytes, 'o'));
  EXPECT_FALSE(refused(bad));
}

TEST(Hello, the_second_layer_is_for_both_sides_or_for_none) {
  const auto key = std::make_shared<const crypto::Secret<32>>(ByteArray<32>{4});
  for (const bool left_has : {false, true}) {
    for (const bool right_has : {false, true}) {
      Pair pair;
      auto left = pair.config(Side::initiator);
      auto right = pair.config(Side::responder);
      if (left_has) left.peer.layer_key = key;
      if (right_has) right.peer.layer_key = key;
      auto a = pair.initiator(left);
      auto b = pair.responder(right);
      const Outcome out = run(a, b);
      EXPECT_EQ(out.at_initiator && out.at_responder, left_has == right_has);
      if (!out.at_initiator || !out.at_responder) continue;
      EXPECT_EQ(out.at_initiator->layer_key != nullptr, left_has);
      EXPECT_EQ(out.at_responder->layer_key != nullptr, left_has);
    }
  }
}

TEST(Seal, frames_open_in_their_order_and_in_no_other) {
  Pair pair;
  auto a = pair.initiator(pair.config(Side::initiator));
  auto b = pair.responder(pair.config(Side::responder));
  const Outcome out = run(a, b);
  const auto key = [] { return crypto::Secret<32>(ByteArray<32>{4}); };
  FrameSealer left(*out.at_initiator, key());
  FrameSealer right(*out.at_responder, key());
  auto entropy = seeded("seal");
  const Frame one{FrameType::open, Bytes(17, 1)};
  const Frame two{FrameType::package, Bytes(max_chunk_bytes, 2)};
  const Frame sealed_one = left.seal(one, entropy);
  const Frame sealed_two = left.seal(two, entropy);
  EXPECT_LE(sealed_two.body.size(), max_frame_body);
  EXPECT_FALSE(right.open(sealed_two));
  EXPECT_FALSE(left.open(sealed_one));
  EXPECT_FALSE(right.open(one));
  auto first = right.open(sealed_one);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, one);
  EXPECT_FALSE(right.open(sealed_one));
  auto second = right.open(sealed_two);
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, two);
  Frame changed = left.seal(one, entropy);
  changed.body.back() ^= 1;
  EXPECT_FALSE(right.open(changed));
  FrameSealer stranger(*out.at_responder, crypto::Secret<32>(ByteArray<32>{5}));
  FrameSealer again(*out.at_initiator, key());
  EXPECT_FALSE(stranger.open(again.seal(one, entropy)));
}

}  // namespace
}  // namespace parley::peer
