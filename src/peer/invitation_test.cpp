#include "peer/invitation.hpp"

#include <gtest/gtest.h>

#include "merkle/note.hpp"
#include "peer/peer_fixture.hpp"

namespace parley::peer {
namespace {

using testing::seeded;
using testing::TestNode;

const Timestamp now = *parse_time("2026-05-01T12:00:00Z");

struct Card {
  TestNode node{"node.example.org/alpha"};
  Invitation invitation;
  Card() {
    auto entropy = seeded("card");
    const auto log_key = crypto::SigningKey::generate(entropy);
    const auto tls_key = crypto::SigningKey::generate(entropy);
    invitation.id = make_uuid7(now.microseconds(), entropy);
    invitation.address = "192.0.2.7:9443";
    invitation.name = "CERT Alpha";
    invitation.kind = "national_cert";
    invitation.jurisdiction = "AT";
    invitation.origin = node.origin;
    invitation.role_key = node.role_key.public_key();
    invitation.log_vkey =
        merkle::VerifierKey{node.origin.value(), merkle::KeyType::ed25519, log_key.public_key()}.text();
    invitation.tls_key = tls_key.public_key();
    invitation.pairing_secret = entropy.array<32>();
    invitation.created = now;
    invitation.expires = now + std::chrono::hours(24 * 7);
  }
  Result<std::string> text() const { return write_invitation(invitation, node.role_key); }
};

TEST(Invitation, reads_back_as_it_was_written_and_is_short) {
  const Card card;
  const auto text = card.text();
  ASSERT_TRUE(text) << text.error().text();
  EXPECT_LT(text->size(), 2048U);
  auto back = read_invitation(*text, now);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, card.invitation);
  EXPECT_TRUE(read_invitation(text->substr(0, text->size() - 1), now));
  EXPECT_TRUE(read_invitation(*text + "\r\n", now));
}

TEST(Invitation, any_changed_byte_is_refused) {
  const Card card;
  const std::string text = *card.text();
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    for (const char change : {'\x01', '\x20'}) {
      std::string bad = text;
      bad[at] = static_cast<char>(bad[at] ^ change);
      EXPECT_FALSE(read_invitation(bad, now)) << at;
    }
  }
  for (std::size_t size = 0; size + 1 < text.size(); ++size)
    EXPECT_FALSE(read_invitation(text.substr(0, size), now));
}

TEST(Invitation, other_spellings_of_the_same_card_are_refused) {
  const std::string text = *Card().text();
  EXPECT_FALSE(read_invitation(" " + text, now));
  std::string spaced = text;
  spaced.insert(1, 1, ' ');
  EXPECT_FALSE(read_invitation(spaced, now));
  std::string more = text;
  more.insert(1, R"("a":1,)");
  EXPECT_FALSE(read_invitation(more, now));
}

TEST(Invitation, expires_and_must_not_come_from_the_future) {
  const Card card;
  const std::string text = *card.text();
  EXPECT_TRUE(read_invitation(text, card.invitation.expires - std::chrono::seconds(1)));
  const auto late = read_invitation(text, card.invitation.expires);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().rules, std::vector<std::string>{"invitation-expired"});
  EXPECT_TRUE(read_invitation(text, now - std::chrono::hours(24)));
  EXPECT_FALSE(read_invitation(text, now - std::chrono::hours(25)));
}

TEST(Invitation, fields_out_of_bounds_are_not_written) {
  const auto refused = [](auto change) {
    Card card;
    change(card.invitation);
    return !card.text();
  };
  EXPECT_FALSE(refused([](Invitation&) {}));
  EXPECT_TRUE(refused([](Invitation& i) { i.address = "example.org"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.address = "example.org:"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.address = "example.org:0"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.address = "example.org:65536"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.address = ":80"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.address = "a b:80"; }));
  EXPECT_FALSE(refused([](Invitation& i) { i.address = "[2001:db8::1]:80"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.name = ""; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.name = "a\nb"; }));
  EXPECT_FALSE(refused([](Invitation& i) { i.name = std::string(max_party_name_bytes, 'n'); }));
  EXPECT_TRUE(refused([](Invitation& i) { i.name = std::string(max_party_name_bytes + 1, 'n'); }));
  EXPECT_TRUE(refused([](Invitation& i) { i.kind = "CERT"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.jurisdiction = "at"; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.origin = Origin("node.example.org/other"); }));
  EXPECT_TRUE(refused([](Invitation& i) { i.log_vkey.back() = 'A'; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.tls_key = i.role_key; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.role_key = i.tls_key; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.expires = i.created; }));
  EXPECT_TRUE(refused([](Invitation& i) { i.id = "1"; }));
  EXPECT_FALSE(read_invitation(std::string(max_invitation_bytes + 1, ' '), now));
}

TEST(Invitation, the_fingerprint_follows_the_keys_and_not_the_rest) {
  Card card;
  const std::string digits = fingerprint(card.invitation);
  EXPECT_EQ(digits.size(), 8U * 5U + 7U);
  card.invitation.pairing_secret[0] ^= 1;
  card.invitation.address = "example.org:1";
  EXPECT_EQ(fingerprint(card.invitation), digits);
  const auto changed = [&](auto change) {
    Card other;
    change(other.invitation);
    return fingerprint(other.invitation) != digits;
  };
  EXPECT_TRUE(changed([](Invitation& i) { i.origin = Origin("node.example.org/b"); }));
  EXPECT_TRUE(changed([](Invitation& i) { i.role_key = i.tls_key; }));
  EXPECT_TRUE(changed([](Invitation& i) { i.tls_key = i.role_key; }));
  EXPECT_TRUE(changed([](Invitation& i) { i.log_vkey += "x"; }));
}

TEST(Pairing, both_sides_get_the_same_key_and_each_secret_counts) {
  const Origin a("node.example.org/a");
  const Origin b("node.example.org/b");
  const ByteArray<32> x{1};
  const ByteArray<32> y{2};
  const auto key = [](const crypto::Secret<32>& secret) { return to_bytes(secret.view()); };
  const Bytes one = key(combine_pairing_secrets(a, x, b, y));
  EXPECT_EQ(one, key(combine_pairing_secrets(b, y, a, x)));
  EXPECT_NE(one, key(combine_pairing_secrets(a, y, b, x)));
  EXPECT_NE(one, key(combine_pairing_secrets(a, x, b, x)));
  EXPECT_NE(one, key(combine_pairing_secrets(a, x, Origin("node.example.org/c"), y)));
}

}  // namespace
}  // namespace parley::peer
