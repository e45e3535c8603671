// The worked example of docs/spec/matching.md, recomputed: the page and the program say the same.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "crypto/ristretto.hpp"
#include "crypto/seeded.hpp"
#include "match/commitment.hpp"
#include "match/domains.hpp"
#include "match/permutation.hpp"
#include "match/test_session.hpp"

namespace parley::match {
namespace {

/// The rows "| `name` | `value` |" below the heading "Worked example".
std::map<std::string, std::string> example() {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR) + "/docs/spec/matching.md");
  std::map<std::string, std::string> out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## Worked example";
    if (!inside || !line.starts_with("| `")) continue;
    const std::size_t end = line.find('`', 3);
    const std::size_t begin = line.find('`', end + 1);
    out[line.substr(3, end - 3)] = line.substr(begin + 1, line.rfind('`') - begin - 1);
  }
  return out;
}

std::string order_text(std::uint32_t padded, const crypto::Secret<32>& seed, std::string_view label) {
  crypto::SeededEntropy stream(seed, label);
  std::string out;
  for (const std::uint32_t index : make_permutation(padded, stream))
    out += (out.empty() ? "" : " ") + std::to_string(index);
  return out;
}

std::string scalar_hex(const crypto::Secret<32>& seed) {
  crypto::SeededEntropy stream(seed, domain::scalar_stream);
  return to_hex(crypto::Scalar::random(stream).view());
}

TEST(Specification, works_its_example) {
  std::map<std::string, std::string> computed;
  const std::vector<Bytes> receiver_items = {*from_hex("646f6d61696e2d6e616d6500612e6578616d706c652e6f7267"),
                                             *from_hex("646f6d61696e2d6e616d6500622e6578616d706c652e6f7267")};
  const std::vector<Bytes> sender_items = {*from_hex("646f6d61696e2d6e616d6500622e6578616d706c652e6f7267"),
                                           *from_hex("646f6d61696e2d6e616d6500632e6578616d706c652e6f7267"),
                                           *from_hex("697076342d61646472003139322e302e322e31")};
  const ItemSet receiver = *ItemSet::make(receiver_items);
  const ItemSet sender = *ItemSet::make(sender_items);
  Parameters parameters = test_parameters(receiver, sender, Output::items);
  parameters.offer_hash = crypto::sha256(as_bytes("offer"));
  computed["offer hash"] = to_hex(parameters.offer_hash);
  const crypto::Secret<32> receiver_seed = test_seed(1);
  const crypto::Secret<32> sender_seed = test_seed(2);
  computed["scalar a"] = scalar_hex(receiver_seed);
  computed["scalar b"] = scalar_hex(sender_seed);
  computed["order of the receiver"] = order_text(2, receiver_seed, domain::order_stream);
  computed["order of the sender"] = order_text(4, sender_seed, domain::order_stream);
  const std::string dst = std::string(domain::hash_to_group) + std::string(as_text(parameters.offer_hash));
  computed["H(domain-name 00 b.example.org)"] = to_hex(crypto::hash_to_group(receiver_items[1], dst).bytes());
  crypto::SeededEntropy dummies(sender_seed, domain::dummy_stream);
  computed["dummy of the sender"] = to_hex(dummies.array<64>());

  TestSession session(parameters, receiver, sender, receiver_seed, sender_seed);
  session.run();
  ASSERT_TRUE(session.receiver.done && session.sender.done);
  ASSERT_EQ(session.receiver.sent.size(), 1U);
  ASSERT_EQ(session.sender.sent.size(), 2U);
  computed["receiver_points"] = to_hex(session.receiver.sent[0].body);
  computed["sender_points"] = to_hex(session.sender.sent[0].body);
  computed["sender_tags"] = to_hex(session.sender.sent[1].body);
  computed["transcript hash"] = to_hex(session.receiver.party->transcript_hash());
  computed["sent hash of the receiver"] = to_hex(session.receiver.party->sent_hash());
  computed["sent hash of the sender"] = to_hex(session.sender.party->sent_hash());
  ASSERT_EQ(session.receiver.party->outcome()->items, std::vector<std::uint32_t>{1});
  computed["set root of the receiver"] = to_hex(set_root(receiver, receiver_seed, 2));
  computed["set root of the sender"] = to_hex(set_root(sender, sender_seed, 4));
  computed["commitment to the seed of the receiver"] = to_hex(commit_seed(receiver_seed, test_seed(3)));

  EXPECT_EQ(example(), computed);
}

}  // namespace
}  // namespace parley::match
