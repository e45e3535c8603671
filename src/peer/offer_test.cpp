#include "peer/offer.hpp"

#include <gtest/gtest.h>

#include "peer/peer_fixture.hpp"

namespace parley::peer {
namespace {

using testing::seeded;
using testing::TestNode;

struct Sides {
  TestNode alpha{"node.example.org/alpha"};
  TestNode bravo{"node.example.org/bravo"};
  Offer offer() const {
    Offer offer;
    auto entropy = seeded("offer");
    offer.session = make_session_id(entropy);
    offer.exporter = TlsExporter(entropy.array<32>());
    offer.agreement = entropy.array<32>();
    offer.purpose = "fraud";
    offer.epoch = 20'000;
    offer.selector_version = "selector/1";
    offer.types = {"domain-name", "ipv4-addr"};
    offer.output = "items";
    offer.learner = "initiator";
    offer.hello = entropy.array<32>();
    offer.features = {"match/dh/1", "match/offer/2"};
    offer.protocols = {"dh-ristretto255/1", "vole-rr22/1"};
    offer.prefer = "auto";
    offer.protocol = "dh-ristretto255/1";
    offer.parameters = "chunk=1024";
    offer.initiator = {alpha.origin,        alpha.role_key.public_key(),     4096, entropy.array<32>(),
                       entropy.array<32>(), "alpha\n7\nAAA=\n\n- alpha B\n", ""};
    offer.responder = {
        bravo.origin, bravo.role_key.public_key(),    1024, entropy.array<32>(), entropy.array<32>(),
        "",           "alpha\n6\nAAA=\n\n- alpha B\n"};
    return offer;
  }
};

TEST(Offer, reads_back_as_it_was_written_with_and_without_the_responder) {
  Offer offer = Sides().offer();
  for (int i = 0; i < 2; ++i) {
    const auto bytes = encode_offer(offer);
    ASSERT_TRUE(bytes) << bytes.error().text();
    auto back = parse_offer(*bytes);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(*back, offer);
    offer.responder.reset();
    offer.protocol.clear();
    offer.parameters.clear();
  }
}

TEST(Offer, the_signature_covers_every_byte_and_the_side) {
  const Sides sides;
  const Bytes bytes = *encode_offer(sides.offer());
  const auto signature = sign_offer(bytes, Side::responder, sides.bravo.role_key);
  EXPECT_TRUE(verify_offer(bytes, Side::responder, sides.bravo.role_key.public_key(), signature));
  EXPECT_FALSE(verify_offer(bytes, Side::initiator, sides.bravo.role_key.public_key(), signature));
  EXPECT_FALSE(verify_offer(bytes, Side::responder, sides.alpha.role_key.public_key(), signature));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes bad = bytes;
    bad[at] ^= 1;
    EXPECT_FALSE(verify_offer(bad, Side::responder, sides.bravo.role_key.public_key(), signature));
  }
}

TEST(Offer, has_one_spelling_only) {
  const std::string text(as_text(*encode_offer(Sides().offer())));
  EXPECT_FALSE(parse_offer(as_bytes(text + " ")));
  EXPECT_FALSE(parse_offer(as_bytes(" " + text)));
  std::string more = text;
  more.insert(1, R"("a":1,)");
  EXPECT_FALSE(parse_offer(as_bytes(more)));
  std::string upper = text;
  const auto at = upper.find("exporter") + 11;
  upper.replace(at, 2, "AB");
  EXPECT_FALSE(parse_offer(as_bytes(upper)));
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_offer(as_bytes(text.substr(0, size))));
}

TEST(Offer, fields_out_of_bounds_are_refused) {
  const auto refused = [](auto change) {
    Offer offer = Sides().offer();
    change(offer);
    return !encode_offer(offer);
  };
  EXPECT_FALSE(refused([](Offer&) {}));
  EXPECT_TRUE(refused([](Offer& o) { o.purpose = ""; }));
  EXPECT_TRUE(refused([](Offer& o) { o.purpose = std::string(max_offer_text_bytes + 1, 'p'); }));
  EXPECT_FALSE(refused([](Offer& o) { o.purpose = std::string(max_offer_text_bytes, 'p'); }));
  EXPECT_TRUE(refused([](Offer& o) { o.types.clear(); }));
  EXPECT_TRUE(refused([](Offer& o) { o.types = {"b", "a"}; }));
  EXPECT_TRUE(refused([](Offer& o) { o.types = {"a", "a"}; }));
  EXPECT_TRUE(refused([](Offer& o) {
    for (std::size_t i = 0; i <= max_offer_types; ++i) o.types.push_back("t" + std::to_string(1000 + i));
  }));
  EXPECT_TRUE(refused([](Offer& o) { o.output = "all"; }));
  EXPECT_TRUE(refused([](Offer& o) { o.learner = "responder"; }));
  EXPECT_FALSE(refused([](Offer& o) { o.learner = "both"; }));
  EXPECT_TRUE(refused([](Offer& o) { o.prefer = "speed"; }));
  EXPECT_TRUE(refused([](Offer& o) { o.protocols.clear(); }));
  EXPECT_TRUE(refused([](Offer& o) { std::ranges::reverse(o.protocols); }));
  EXPECT_TRUE(refused([](Offer& o) { o.features = {"b", "a"}; }));
  EXPECT_TRUE(refused([](Offer& o) { o.features.assign(max_features + 1, "f"); }));
  EXPECT_TRUE(refused([](Offer& o) { o.protocol.clear(); }));
  EXPECT_TRUE(refused([](Offer& o) { o.parameters.clear(); }));
  EXPECT_TRUE(refused([](Offer& o) { o.responder.reset(); }));  // a proposal does not choose
  EXPECT_TRUE(refused([](Offer& o) { o.initiator.head = std::string(max_offer_head_bytes + 1, 'h'); }));
  EXPECT_TRUE(refused([](Offer& o) { o.initiator.peer_head = "\x01"; }));
  EXPECT_TRUE(refused([](Offer& o) { o.initiator.padded_size = 0; }));
  EXPECT_TRUE(refused([](Offer& o) { o.initiator.padded_size = 1000; }));
  EXPECT_TRUE(refused([](Offer& o) { o.responder->padded_size = max_padded_size * 2; }));
  EXPECT_FALSE(refused([](Offer& o) { o.responder->padded_size = max_padded_size; }));
  EXPECT_TRUE(refused([](Offer& o) { o.responder->origin = o.initiator.origin; }));
  EXPECT_TRUE(refused([](Offer& o) { o.responder->role_key = o.initiator.role_key; }));
  EXPECT_TRUE(refused([](Offer& o) { o.epoch = 1ULL << 40; }));
}

TEST(Offer, the_frame_carries_signature_and_bytes) {
  const Sides sides;
  const Bytes bytes = *encode_offer(sides.offer());
  const SignedOffer offer{bytes, sign_offer(bytes, Side::responder, sides.bravo.role_key)};
  const auto back = read_signed_offer(make_signed_offer(offer));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->bytes, offer.bytes);
  EXPECT_EQ(back->signature, offer.signature);
  EXPECT_FALSE(read_signed_offer({FrameType::match_offer, Bytes(63)}));
}

}  // namespace
}  // namespace parley::peer
