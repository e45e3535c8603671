// The tree against two references: the recursive definition of RFC 6962 section 2.1, written as it stands
// there, and the eight-leaf tree whose roots every implementation of Certificate Transparency tests.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>

#include "merkle/proof.hpp"
#include "merkle/tree.hpp"

namespace parley::merkle {
namespace {

Hash reference_root(std::span<const Bytes> entries) {
  if (entries.empty()) return crypto::sha256({});
  if (entries.size() == 1) return leaf_hash(entries[0]);
  const std::size_t k = std::bit_floor(entries.size() - 1);
  return node_hash(reference_root(entries.first(k)), reference_root(entries.subspan(k)));
}

std::vector<Bytes> numbered(std::size_t count) {
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(to_bytes("entry " + std::to_string(i)));
  return out;
}

Tree tree_of(std::span<const Bytes> entries) {
  Tree tree;
  for (const Bytes& entry : entries) tree.append(leaf_hash(entry));
  return tree;
}

TEST(Tree, hashes_leaves_and_nodes_as_rfc_6962_says) {
  EXPECT_EQ(to_hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(leaf_hash({})), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(to_hex(leaf_hash(as_bytes("L123456"))),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

TEST(Tree, has_the_roots_of_the_eight_leaf_reference_tree) {
  Tree tree;
  CompactRange range;
  const std::vector<std::string> entries = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {"6e340b9c", "fac54203", "aeb6bcfe", "d37ee418",
                                          "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Hash leaf = leaf_hash(*from_hex(entries[i]));
    tree.append(leaf);
    range.append(leaf);
    EXPECT_EQ(to_hex(tree.root()).substr(0, 8), roots[i]);
    EXPECT_EQ(range.root(), tree.root());
  }
  EXPECT_EQ(to_hex(tree.root()), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Tree, agrees_with_the_recursive_definition_at_every_size) {
  const std::vector<Bytes> entries = numbered(300);
  const Tree whole = tree_of(entries);
  CompactRange range;
  EXPECT_EQ(range.root(), empty_root());
  for (std::size_t n = 0; n <= entries.size(); ++n) {
    const Hash root = reference_root(std::span(entries).first(n));
    EXPECT_EQ(whole.root_at(TreeSize(n)), root) << n;
    EXPECT_EQ(range.root(), root) << n;
    EXPECT_EQ(tree_of(std::span(entries).first(n)).edge().root(), root) << n;
    if (n < entries.size()) range.append(leaf_hash(entries[n]));
  }
}

TEST(Proof, proves_every_leaf_of_every_small_tree_and_nothing_else) {
  const std::vector<Bytes> entries = numbered(34);
  const Tree tree = tree_of(entries);
  for (std::uint64_t size = 1; size <= entries.size(); ++size) {
    const Hash root = tree.root_at(TreeSize(size));
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto path = tree.prove_inclusion(LeafIndex(i), TreeSize(size));
      ASSERT_TRUE(path);
      const Hash leaf = leaf_hash(entries[i]);
      EXPECT_TRUE(verify_inclusion(leaf, LeafIndex(i), TreeSize(size), *path, root));
      for (std::uint64_t other = 0; other < size; ++other)
        if (other != i) {
          EXPECT_FALSE(verify_inclusion(leaf, LeafIndex(other), TreeSize(size), *path, root));
        }
      EXPECT_FALSE(verify_inclusion(leaf, LeafIndex(size), TreeSize(size), *path, root));
    }
    EXPECT_FALSE(tree.prove_inclusion(LeafIndex(size), TreeSize(size)));
  }
  EXPECT_FALSE(tree.prove_inclusion(LeafIndex(0), TreeSize(35)));
}

TEST(Proof, proves_consistency_of_every_pair_of_small_sizes_and_of_no_fork) {
  const std::vector<Bytes> entries = numbered(34);
  const Tree tree = tree_of(entries);
  for (std::uint64_t from = 1; from <= entries.size(); ++from) {
    std::vector<Bytes> forked(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(from));
    forked.back().push_back('!');
    const Hash old_root = tree.root_at(TreeSize(from));
    for (std::uint64_t to = from; to <= entries.size(); ++to) {
      const auto path = tree.prove_consistency(TreeSize(from), TreeSize(to));
      ASSERT_TRUE(path);
      const Hash new_root = tree.root_at(TreeSize(to));
      EXPECT_TRUE(verify_consistency(TreeSize(from), TreeSize(to), old_root, new_root, *path));
      EXPECT_FALSE(verify_consistency(TreeSize(from), TreeSize(to), reference_root(forked), new_root, *path));
    }
  }
  EXPECT_FALSE(tree.prove_consistency(TreeSize(0), TreeSize(3)));
  EXPECT_FALSE(tree.prove_consistency(TreeSize(4), TreeSize(3)));
  EXPECT_FALSE(verify_consistency(TreeSize(0), TreeSize(3), empty_root(), tree.root_at(TreeSize(3)), {}));
}

TEST(Proof, no_changed_path_verifies) {
  rc::check("a path with one bit changed, a hash more or a hash less leads elsewhere", [] {
    const auto size = *rc::gen::inRange<std::uint64_t>(2, 200);
    const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
    const std::vector<Bytes> entries = numbered(size);
    const Tree tree = tree_of(entries);
    std::vector<Hash> path = *tree.prove_inclusion(LeafIndex(index), TreeSize(size));
    const Hash leaf = leaf_hash(entries[index]);
    const auto holds = [&] {
      return verify_inclusion(leaf, LeafIndex(index), TreeSize(size), path, tree.root()).has_value();
    };
    RC_ASSERT(holds());
    const auto at = *rc::gen::inRange<std::size_t>(0, path.size());
    const auto byte = *rc::gen::inRange<std::size_t>(0, 32);
    const auto bit = *rc::gen::inRange(0, 8);
    path[at][byte] = static_cast<std::uint8_t>(path[at][byte] ^ 1U << bit);
    RC_ASSERT(!holds());
    path[at][byte] = static_cast<std::uint8_t>(path[at][byte] ^ 1U << bit);
    path.push_back(path[0]);
    RC_ASSERT(!holds());
    path.pop_back();
    path.erase(path.begin() + static_cast<std::ptrdiff_t>(at));
    RC_ASSERT(!holds());
  });
}

}  // namespace
}  // namespace parley::merkle
