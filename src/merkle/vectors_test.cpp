// The proof cases of transparency-dev/merkle (tests/vectors/merkle) and our own log of five entries
// (tests/vectors/tlog), every attribute used.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "encoding/json.hpp"
#include "merkle/proof.hpp"
#include "merkle/tile.hpp"
#include "merkle/tlog_proof.hpp"

namespace parley::merkle {
namespace {

using encoding::Json;

std::string read_file(const std::string& name) {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR "/tests/vectors/") + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Hashes of the cases may have a wrong length on purpose; then no hash of ours can hold them.
std::optional<Hash> hash_of(const Json& value) {
  const auto bytes = from_base64(*value.if_string());
  if (!bytes || bytes->size() != 32) return std::nullopt;
  return *to_array<32>(*bytes);
}

/// Some roots are words that are only compared ("don't care"): their hash stands for them.
std::optional<Hash> root_of(const Json& value) {
  if (const auto hash = hash_of(value)) return hash;
  return crypto::sha256(as_bytes(*value.if_string()));
}

std::optional<std::vector<Hash>> path_of(const Json& value) {
  std::vector<Hash> out;
  if (value.is_null()) return out;
  for (const Json& element : *value.if_array()) {
    const auto hash = hash_of(element);
    if (!hash) return std::nullopt;
    out.push_back(*hash);
  }
  return out;
}

/// Sizes of the cases go up to the whole range of 64 bits.
std::uint64_t number(const Json& object, std::string_view key) {
  return *object.find(key)->uint_value();
}

TEST(MerkleVectors, inclusion_cases_end_as_they_say) {
  const auto cases = encoding::parse_json(read_file("merkle/inclusion.json"));
  ASSERT_TRUE(cases);
  ASSERT_EQ(cases->size(), 98U);
  for (const Json& one : *cases->if_array()) {
    const auto leaf = hash_of(*one.find("leafHash"));
    const auto root = hash_of(*one.find("root"));
    const auto path = path_of(*one.find("proof"));
    const bool holds = leaf && root && path &&
                       verify_inclusion(*leaf, LeafIndex(number(one, "leafIdx")),
                                        TreeSize(number(one, "treeSize")), *path, *root);
    EXPECT_EQ(holds, !*one.find("wantErr")->if_bool())
        << *one.string_member("file") << ": " << *one.string_member("desc");
  }
}

TEST(MerkleVectors, consistency_cases_end_as_they_say) {
  const auto cases = encoding::parse_json(read_file("merkle/consistency.json"));
  ASSERT_TRUE(cases);
  ASSERT_EQ(cases->size(), 98U);
  for (const Json& one : *cases->if_array()) {
    const auto root1 = root_of(*one.find("root1"));
    const auto root2 = root_of(*one.find("root2"));
    const auto path = path_of(*one.find("proof"));
    const bool holds = root1 && root2 && path &&
                       verify_consistency(TreeSize(number(one, "size1")), TreeSize(number(one, "size2")),
                                          *root1, *root2, *path);
    EXPECT_EQ(holds, !*one.find("wantErr")->if_bool())
        << *one.string_member("file") << ": " << *one.string_member("desc");
  }
}

crypto::SigningKey key_of(std::uint8_t byte) {
  return *crypto::SigningKey::from_seed(Bytes(32, byte));
}

std::string trimmed(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

TEST(TlogVectors, our_keys_and_signatures_are_those_of_the_vector) {
  const VerifierKey log{"node.example/disclosures", KeyType::ed25519, key_of(1).public_key()};
  EXPECT_EQ(log.text(), trimmed(read_file("tlog/log.vkey")));
  const VerifierKey witness{"witness.example/w1", KeyType::cosignature_v1, key_of(2).public_key()};
  EXPECT_NE(read_file("tlog/policy").find("witness w1 " + witness.text() + "\n"), std::string::npos);

  // The whole file, made again from keys and entries.
  Tree tree;
  for (int i = 0; i < 5; ++i) tree.append(leaf_hash(as_bytes("disclosure-" + std::to_string(i))));
  const Checkpoint head{log.name, tree.size(), tree.root(), {}};
  Note note{head.text(),
            {sign_note_text(head.text(), log.name, key_of(1)),
             cosign(head.text(), witness.name, Timestamp::from_seconds(1'800'000'000), key_of(2))}};
  EXPECT_EQ(format_note(note), read_file("tlog/checkpoint"));
  const TlogProof proof{std::nullopt, LeafIndex(2), *tree.prove_inclusion(LeafIndex(2), TreeSize(5)),
                        format_note(note)};
  EXPECT_EQ(format_tlog_proof(proof), read_file("tlog/leaf2.tlog-proof"));

  EXPECT_EQ(as_text(*hash_tile(tree, {0, 0, 5})), read_file("tlog/tile/0/000.p/5"));
  Bytes bundle;
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(append_bundle_entry(bundle, as_bytes("disclosure-" + std::to_string(i))));
  EXPECT_EQ(as_text(bundle), read_file("tlog/tile/entries/000.p/5"));
}

TEST(TlogVectors, the_proof_verifies_with_its_log_key_and_its_witness) {
  const auto log = parse_vkey(trimmed(read_file("tlog/log.vkey")));
  ASSERT_TRUE(log) << log.error().text();
  const auto proof = parse_tlog_proof(read_file("tlog/leaf2.tlog-proof"));
  ASSERT_TRUE(proof) << proof.error().text();
  const auto checkpoint = verify_tlog_proof(*proof, leaf_hash(as_bytes(read_file("tlog/leaf2.rec"))), *log);
  ASSERT_TRUE(checkpoint) << checkpoint.error().text();
  EXPECT_EQ(checkpoint->size, TreeSize(5));
  EXPECT_EQ(to_hex(checkpoint->root), "f69e9a796d7752d8cde4c36d00b2df1d4d5c7bc4554572d9b7512f30aa276ebe");
  EXPECT_FALSE(verify_tlog_proof(*proof, leaf_hash(as_bytes("disclosure-3")), *log));

  const VerifierKey witness{"witness.example/w1", KeyType::cosignature_v1, key_of(2).public_key()};
  const auto note = parse_note(proof->checkpoint);
  ASSERT_TRUE(note);
  EXPECT_EQ(*verify_cosignature(*note, witness), Timestamp::from_seconds(1'800'000'000));
  EXPECT_FALSE(verify_cosignature(*note, *log));
}

TEST(TlogVectors, a_cosignature_of_an_unknown_type_is_passed_over) {
  const auto log = parse_vkey(trimmed(read_file("tlog/log.vkey")));
  const std::string text = read_file("tlog/checkpoint.mldsa");
  EXPECT_EQ(open_checkpoint(text, *log)->size, TreeSize(5));
  EXPECT_EQ(format_note(*parse_note(text)), text);
  EXPECT_FALSE(parse_vkey(trimmed(read_file("tlog/pq.vkey"))));
}

}  // namespace
}  // namespace parley::merkle
