#include "ledger/ledger.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ledger/evidence_world.hpp"
#include "ledger/memory_log.hpp"
#include "merkle/tile.hpp"

namespace parley::ledger {
namespace {

using world::at;
using world::key;

const LedgerOptions alpha{.origin = "node.example/alpha"};

std::vector<Entry> entries(std::initializer_list<std::string_view> texts) {
  std::vector<Entry> out;
  for (const std::string_view text : texts) {
    Entry entry{text, {}};
    entry.opening.fill(static_cast<std::uint8_t>(text.size() + 1));
    out.push_back(entry);
  }
  return out;
}

/// After every step of every test: each leaf is proven under the checkpoint, by the rules of other people.
void expect_sound(const Ledger& ledger) {
  const auto checkpoint = merkle::open_checkpoint(ledger.checkpoint(), ledger.verifier_key());
  ASSERT_TRUE(checkpoint) << checkpoint.error().text();
  ASSERT_EQ(checkpoint->size, ledger.size());
  std::optional<Timestamp> last;
  for (std::uint64_t i = 0; i < ledger.size().value(); ++i) {
    const auto proof = ledger.prove(LeafIndex(i));
    ASSERT_TRUE(proof) << proof.error().text();
    const auto again = merkle::parse_tlog_proof(format_tlog_proof(proof->proof));
    ASSERT_TRUE(again);
    ASSERT_TRUE(verify_tlog_proof(*again, merkle::leaf_hash(proof->leaf), ledger.verifier_key()));
    const auto leaf = record::parse_leaf(proof->leaf);
    ASSERT_TRUE(leaf);
    ASSERT_TRUE(!last || *last <= leaf->time);
    last = leaf->time;
  }
}

TEST(Ledger, records_statements_and_proves_each) {
  MemoryLog log;
  Ledger ledger = *Ledger::open(log, key(2), alpha);
  EXPECT_EQ(ledger.size(), TreeSize(0));
  EXPECT_TRUE(ledger.checkpoint().empty());
  const auto batch = entries({"a", "bb", "ccc"});
  const auto receipts = ledger.append(batch, at(1));
  ASSERT_TRUE(receipts) << receipts.error().text();
  ASSERT_EQ(receipts->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*receipts)[i].index, LeafIndex(i));
    const auto leaf = record::parse_leaf(*ledger.leaf(LeafIndex(i)));
    EXPECT_EQ(leaf->commitment, record::commit(batch[i].opening, batch[i].jws));
    EXPECT_EQ(*ledger.find(leaf->commitment, 100), LeafIndex(i));
  }
  expect_sound(ledger);
  EXPECT_FALSE(ledger.prove(LeafIndex(3)));
  EXPECT_EQ(ledger.append({}, at(2))->size(), 0U);
  EXPECT_EQ(ledger.size(), TreeSize(3));
}

TEST(Ledger, is_the_same_after_it_was_opened_again) {
  MemoryLog log;
  std::string before;
  {
    Ledger ledger = *Ledger::open(log, key(2), alpha);
    ASSERT_TRUE(ledger.append(entries({"a", "bb"}), at(1)));
    ASSERT_TRUE(ledger.append(entries({"ccc"}), at(2)));
    before = ledger.checkpoint();
  }
  Ledger ledger = *Ledger::open(log, key(2), alpha);
  EXPECT_EQ(ledger.checkpoint(), before);
  EXPECT_EQ(ledger.last_time(), at(2));
  ASSERT_TRUE(ledger.append(entries({"dddd"}), at(3)));
  expect_sound(ledger);
}

TEST(Ledger, grows_consistently) {
  rc::check("every later checkpoint extends every earlier one", [] {
    MemoryLog log;
    Ledger ledger = *Ledger::open(log, key(2), alpha);
    const auto batches = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 9));
    std::vector<std::pair<TreeSize, merkle::Hash>> heads;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      std::vector<Entry> batch(batches[i], Entry{"statement", {}});
      RC_ASSERT(ledger.append(batch, at(static_cast<std::int64_t>(i))).has_value());
      heads.emplace_back(ledger.size(), ledger.root());
    }
    for (const auto& [size, root] : heads) {
      const auto path = ledger.consistency(size, ledger.size());
      RC_ASSERT(path.has_value());
      RC_ASSERT(merkle::verify_consistency(size, ledger.size(), root, ledger.root(), *path).has_value());
    }
  });
}

TEST(LedgerClock, lets_times_stand_still_but_never_go_back) {
  MemoryLog log;
  Ledger ledger = *Ledger::open(log, key(2), alpha);
  ASSERT_TRUE(ledger.append(entries({"a"}), at(10)));
  const auto slightly_behind = ledger.append(entries({"b"}), at(6));
  ASSERT_TRUE(slightly_behind);
  EXPECT_EQ(slightly_behind->front().time, at(10));
  const auto far_behind = ledger.append(entries({"c"}), at(4));
  ASSERT_FALSE(far_behind);
  EXPECT_EQ(far_behind.error().kind, ErrorKind::conflict);
  EXPECT_EQ(ledger.size(), TreeSize(2));
  EXPECT_EQ(ledger.append(entries({"d"}), at(11))->front().time, at(11));
  expect_sound(ledger);
}

TEST(LedgerDamage, a_failed_write_hands_nothing_out) {
  MemoryLog log;
  Ledger ledger = *Ledger::open(log, key(2), alpha);
  ASSERT_TRUE(ledger.append(entries({"a"}), at(1)));
  const std::string before = ledger.checkpoint();
  log.fail_next_append();
  EXPECT_FALSE(ledger.append(entries({"b"}), at(2)));
  EXPECT_EQ(ledger.checkpoint(), before);
  EXPECT_EQ(ledger.size(), TreeSize(1));
  EXPECT_FALSE(ledger.append(entries({"b"}), at(2))) << "what the disk holds is unknown now";
  expect_sound(ledger);
}

/// A log of three entries with its checkpoint, to be damaged.
MemoryLog filled(const LedgerOptions& options = alpha, std::uint8_t with_key = 2) {
  MemoryLog log;
  Ledger ledger = *Ledger::open(log, key(with_key), options);
  EXPECT_TRUE(ledger.append(entries({"a", "bb", "ccc"}), at(1)));
  return log;
}

std::string refusal(MemoryLog& log) {
  const auto ledger = Ledger::open(log, key(2), alpha);
  if (ledger) return "opened";
  EXPECT_EQ(ledger.error().kind, ErrorKind::conflict);
  return ledger.error().message;
}

TEST(LedgerDamage, every_relation_of_log_and_checkpoint_but_equality_is_refused) {
  MemoryLog equal = filled();
  EXPECT_EQ(refusal(equal), "opened");

  MemoryLog behind = filled();  // entries are missing
  behind.entries().pop_back();
  EXPECT_NE(refusal(behind).find("covers 3 entries, the log has 2"), std::string::npos);

  MemoryLog ahead = filled();  // entries that no checkpoint covers
  ahead.entries().push_back(ahead.entries().back());
  EXPECT_NE(refusal(ahead).find("the log has 4 entries, its checkpoint covers 3"), std::string::npos);

  MemoryLog swapped = filled();
  std::swap(swapped.entries()[0], swapped.entries()[1]);
  EXPECT_NE(refusal(swapped).find("are not those that the checkpoint covers"), std::string::npos);

  MemoryLog rotten = filled();
  rotten.entries()[1][20] ^= 1;
  EXPECT_NE(refusal(rotten), "opened");
  rotten.entries()[1].resize(100);
  EXPECT_NE(refusal(rotten).find("entry 1 of the log is not a leaf"), std::string::npos);

  MemoryLog headless = filled();
  headless.stored_checkpoint().clear();
  EXPECT_NE(refusal(headless).find("no checkpoint"), std::string::npos);

  MemoryLog other_key = filled(alpha, 3);
  EXPECT_NE(refusal(other_key).find("not one of node.example/alpha"), std::string::npos);

  MemoryLog other_origin = filled({.origin = "node.example/bravo"});
  EXPECT_NE(refusal(other_origin).find("not one of node.example/alpha"), std::string::npos);

  MemoryLog garbage = filled();
  garbage.stored_checkpoint() = to_bytes("no note");
  EXPECT_NE(refusal(garbage), "opened");
}

TEST(LedgerDamage, times_that_run_backwards_in_the_log_are_refused) {
  MemoryLog log;
  merkle::CompactRange range;
  std::vector<Bytes> leaves;
  for (const int minute : {2, 1}) {
    leaves.push_back(to_bytes(record::make_leaf({at(minute), {}})));
    range.append(merkle::leaf_hash(leaves.back()));
  }
  const std::string head = merkle::sign_checkpoint({alpha.origin, range.size(), range.root(), {}}, key(2));
  ASSERT_TRUE(log.append(leaves, as_bytes(head)));
  EXPECT_NE(refusal(log).find("before the one ahead of it"), std::string::npos);
}

TEST(LedgerDamage, a_leaf_that_changed_after_the_start_is_not_handed_out) {
  MemoryLog log = filled();
  Ledger ledger = *Ledger::open(log, key(2), alpha);
  log.entries()[1] = to_bytes(record::make_leaf({at(1), {}}));
  EXPECT_TRUE(ledger.prove(LeafIndex(0)));
  EXPECT_FALSE(ledger.prove(LeafIndex(1)));
}

TEST(Ledger, refuses_an_origin_that_no_note_can_carry) {
  MemoryLog log;
  for (const std::string& origin :
       {std::string(), std::string("a b"), std::string("a+b"), std::string(256, 'a')})
    EXPECT_FALSE(Ledger::open(log, key(2), {.origin = origin}));
}

TEST(Ledger, bounds_a_batch) {
  MemoryLog log;
  Ledger ledger = *Ledger::open(log, key(2), {.origin = "node.example/alpha", .max_batch = 2});
  EXPECT_FALSE(ledger.append(entries({"a", "b", "c"}), at(1)));
  EXPECT_TRUE(ledger.append(entries({"a", "b"}), at(1)));
}

TEST(LedgerTiles, give_anybody_the_whole_log) {
  MemoryLog log;
  Ledger ledger = *Ledger::open(log, key(2), alpha);
  EXPECT_FALSE(ledger.resource("checkpoint"));
  std::vector<Entry> batch(300, Entry{"statement", {}});
  ASSERT_TRUE(ledger.append(batch, at(1)));
  EXPECT_EQ(as_text(*ledger.resource("checkpoint")), ledger.checkpoint());

  // Rebuild the tree from the entry bundles alone, as a monitor does, and compare with the hash tiles.
  merkle::Tree tree;
  for (const char* path : {"tile/entries/000", "tile/entries/001.p/44"}) {
    const auto bundle = ledger.resource(path);
    ASSERT_TRUE(bundle) << path;
    ByteReader reader(*bundle);
    while (!reader.at_end()) tree.append(merkle::leaf_hash(*reader.take(*reader.u16())));
  }
  EXPECT_EQ(tree.size(), TreeSize(300));
  EXPECT_EQ(tree.root(), ledger.root());
  for (const char* path : {"tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"})
    EXPECT_EQ(*ledger.resource(path), *merkle::hash_tile(tree, *merkle::parse_tile_path(path))) << path;
  for (const char* path : {"tile/0/001.p/45", "tile/0/002.p/1", "tile/entries/001.p/45", "tile/entries/001",
                           "tile/2/000.p/1", "../checkpoint", "tile/x", ""})
    EXPECT_FALSE(ledger.resource(path)) << path;
}

}  // namespace
}  // namespace parley::ledger
