#include "exchange/peers.hpp"

#include "exchange/cursor.hpp"
#include "exchange/node_fixture.hpp"
#include "exchange/recording.hpp"
#include "merkle/note.hpp"

namespace parley::exchange {
namespace {

PeerRecord bravo(Entropy& entropy) {
  PeerRecord peer;
  peer.name = "CERT Bravo";
  peer.origin = "bravo.example/1";
  peer.kind = "national_cert";
  peer.jurisdiction = "XB";
  peer.address = "192.0.2.1:7443";
  peer.role_key = crypto::SigningKey::generate(entropy).public_key();
  peer.tls_key = crypto::SigningKey::generate(entropy).public_key();
  peer.log_vkey = merkle::VerifierKey{peer.origin, merkle::KeyType::ed25519,
                                      crypto::SigningKey::generate(entropy).public_key()}
                      .text();
  peer.fingerprint = "12345 67890";
  peer.pairing_secret = Bytes(32, 7);
  return peer;
}

TEST(Peers, a_pinned_peer_is_found_by_name_origin_and_key_and_stands_in_the_ledger) {
  MemoryNode alpha;
  const PeerRecord peer = bravo(alpha.entropy);
  ASSERT_TRUE(pin_peer(*alpha.node, peer));
  EXPECT_EQ(find_peer(*alpha.node, "CERT Bravo")->origin, peer.origin);
  EXPECT_EQ(find_peer(*alpha.node, peer.origin)->name, peer.name);
  EXPECT_EQ(find_peer_by_tls_key(*alpha.node, peer.tls_key)->role_key, peer.role_key);
  EXPECT_EQ(find_peer(*alpha.node, "nobody").error().kind, ErrorKind::not_found);
  EXPECT_EQ(recorded_at(*alpha.node, 0)->kind, "parley/peer/1");
}

TEST(Peers, the_same_invitation_again_changes_nothing_in_the_ledger) {
  MemoryNode alpha;
  const PeerRecord peer = bravo(alpha.entropy);
  ASSERT_TRUE(pin_peer(*alpha.node, peer));
  ASSERT_TRUE(pin_peer(*alpha.node, peer));
  EXPECT_EQ(alpha.ledger->size().value(), 1U);
}

TEST(Peers, other_keys_under_a_pinned_origin_are_refused) {
  MemoryNode alpha;
  const PeerRecord peer = bravo(alpha.entropy);
  ASSERT_TRUE(pin_peer(*alpha.node, peer));
  PeerRecord impostor = bravo(alpha.entropy);
  const auto refused = pin_peer(*alpha.node, impostor);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rules, std::vector<std::string>{"peer-key-changed"});
  EXPECT_EQ(find_peer(*alpha.node, peer.origin)->tls_key, peer.tls_key);
}

TEST(Peers, pinned_keys_under_another_origin_and_the_own_invitation_are_refused) {
  MemoryNode alpha;
  const PeerRecord peer = bravo(alpha.entropy);
  ASSERT_TRUE(pin_peer(*alpha.node, peer));
  PeerRecord other = bravo(alpha.entropy);
  other.origin = "charlie.example/1";
  other.name = "CERT Charlie";
  other.tls_key = peer.tls_key;
  EXPECT_EQ(pin_peer(*alpha.node, other).error().rules, std::vector<std::string>{"peer-key-shared"});
  other.tls_key = alpha.keys.tls.public_key();
  EXPECT_EQ(pin_peer(*alpha.node, other).error().kind, ErrorKind::bad_input);
  other = bravo(alpha.entropy);
  other.origin = "charlie.example/1";
  EXPECT_EQ(pin_peer(*alpha.node, other).error().kind, ErrorKind::conflict) << "the name is taken";
}

TEST(Peers, suspension_and_resumption_are_recorded_once_each) {
  MemoryNode alpha;
  ASSERT_TRUE(pin_peer(*alpha.node, bravo(alpha.entropy)));
  EXPECT_EQ(set_peer_status(*alpha.node, "CERT Bravo", PeerStatus::suspended)->status, PeerStatus::suspended);
  EXPECT_TRUE(set_peer_status(*alpha.node, "CERT Bravo", PeerStatus::suspended));
  EXPECT_EQ(alpha.ledger->size().value(), 2U);
  EXPECT_EQ(set_peer_status(*alpha.node, "CERT Bravo", PeerStatus::active)->status, PeerStatus::active);
  EXPECT_EQ(alpha.ledger->size().value(), 3U);
}

TEST(Cursor, comes_back_only_to_its_own_list_and_node) {
  MemoryNode alpha;
  const std::string cursor = make_cursor(*alpha.node, "last-key", "filter");
  EXPECT_EQ(read_cursor(*alpha.node, cursor, "filter").value(), "last-key");
  EXPECT_EQ(read_cursor(*alpha.node, "", "filter").value(), "");
  EXPECT_FALSE(read_cursor(*alpha.node, cursor, "other"));
  MemoryNode bravo_node("CERT Bravo");
  EXPECT_FALSE(read_cursor(*bravo_node.node, cursor, "filter"));
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string forged = cursor;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    const auto read = read_cursor(*alpha.node, forged, "filter");
    EXPECT_FALSE(read && *read != "last-key") << i;
  }
}

TEST(Peers, a_peer_that_is_named_like_the_origin_of_another_does_not_stand_for_it) {
  MemoryNode alpha;
  const PeerRecord known = bravo(alpha.entropy);
  ASSERT_TRUE(pin_peer(*alpha.node, known));
  PeerRecord mallory = bravo(alpha.entropy);
  mallory.name = known.origin;
  mallory.origin = "a.example/mallory";
  const auto pinned = pin_peer(*alpha.node, mallory);
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().kind, ErrorKind::conflict);
  EXPECT_EQ(find_peer(*alpha.node, known.origin)->role_key, known.role_key);
}

}  // namespace
}  // namespace parley::exchange
