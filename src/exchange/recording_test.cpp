#include "exchange/recording.hpp"

#include "exchange/head_guard.hpp"
#include "exchange/node_fixture.hpp"
#include "merkle/note.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

TEST(Recording, a_statement_is_found_again_by_its_id_and_by_its_index) {
  MemoryNode alpha;
  const encoding::Json payload = alpha.node->new_payload("parley/refusal/1");
  const auto recorded = record(*alpha.node, payload);
  ASSERT_TRUE(recorded) << recorded.error().text();
  EXPECT_EQ(recorded->index, 0U);
  EXPECT_EQ(alpha.ledger->size().value(), 1U);
  EXPECT_EQ(find_recorded(*alpha.node, recorded->id)->jws, recorded->jws);
  EXPECT_EQ(recorded_at(*alpha.node, 0)->id, recorded->id);
  EXPECT_FALSE(recorded_at(*alpha.node, 1));
  EXPECT_FALSE(find_recorded(*alpha.node, recorded->id.substr(0, 20)));
}

TEST(Recording, several_statements_take_their_places_in_order) {
  MemoryNode alpha;
  std::vector<encoding::Json> payloads;
  for (int i = 0; i < 5; ++i) payloads.push_back(alpha.node->new_payload("parley/refusal/1"));
  const auto recorded = record_all(*alpha.node, payloads);
  ASSERT_TRUE(recorded);
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ((*recorded)[i].index, i);
    EXPECT_EQ(recorded_at(*alpha.node, i)->id, (*recorded)[i].id);
  }
}

TEST(Recording, one_payload_may_be_signed_by_two_and_both_are_kept) {
  MemoryNode alpha;
  const encoding::Json payload = alpha.node->new_payload("parley/refusal/1");
  const auto own = record(*alpha.node, payload);
  auto other_key = crypto::SigningKey::generate(alpha.entropy);
  const auto other = record_signed(*alpha.node, record::sign_statement(payload, other_key).value());
  ASSERT_TRUE(own && other);
  EXPECT_EQ(recorded_at(*alpha.node, own->index)->jws, own->jws);
  EXPECT_EQ(recorded_at(*alpha.node, other->index)->jws, other->jws);
}

TEST(Recording, a_peer_that_reuses_an_id_is_refused_and_the_home_still_opens) {
  MemoryNode alpha;
  encoding::Json payload = alpha.node->new_payload("parley/refusal/1");
  const auto own = record(*alpha.node, payload);
  ASSERT_TRUE(own);
  auto peer = crypto::SigningKey::generate(alpha.entropy);
  encoding::Json first = alpha.node->new_payload("parley/refusal/1");
  ASSERT_TRUE(record_signed(*alpha.node, record::sign_statement(first, peer).value()));
  const std::uint64_t size = alpha.ledger->size().value();
  // The id of its own earlier statement, and the id of ours, over something else.
  first.set("act", "other");
  payload.set("act", "other");
  for (const encoding::Json& again : {first, payload}) {
    const auto refused = record_signed(*alpha.node, record::sign_statement(again, peer).value());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  }
  // An id that begins like ours and would stand before it.
  payload.set("id", own->id + "@!");
  EXPECT_FALSE(record_signed(*alpha.node, record::sign_statement(payload, peer).value()));
  EXPECT_EQ(alpha.ledger->size().value(), size);
  EXPECT_EQ(find_recorded(*alpha.node, own->id)->jws, own->jws);
  alpha.reopen();
  EXPECT_TRUE(recover_recordings(*alpha.node));
}

/// A store whose commits fail from the nth on, as if the power went.
class CutStore final : public state::Store {
 public:
  explicit CutStore(state::Store& real) : real_(real) {}
  Result<std::unique_ptr<state::Transaction>> begin(state::Durability durability) override {
    if (left == 0) return fail(ErrorKind::internal, "the power is gone");
    --left;
    return real_.begin(durability);
  }
  Result<std::unique_ptr<state::Reader>> snapshot() const override { return real_.snapshot(); }
  std::uint64_t changes() const override { return real_.changes(); }
  int left = 0;

 private:
  state::Store& real_;
};

TEST(Recording, a_crash_between_the_log_and_the_index_loses_nothing) {
  MemoryNode alpha;
  CutStore cut(*alpha.store);
  Node node(alpha.node->identity(),
            Keys{alpha.keys.role.clone(), alpha.keys.log.clone(), alpha.keys.tls.clone()}, alpha.policy, "",
            Node::Parts{cut, *alpha.ledger, alpha.clock, alpha.entropy, alpha.parallel});
  cut.left = 1;  // the pending statement is stored, its index is not
  EXPECT_FALSE(record(node, node.new_payload("parley/refusal/1")));
  ASSERT_EQ(alpha.ledger->size().value(), 1U) << "the leaf is in the log";
  EXPECT_FALSE(recorded_at(*alpha.node, 0));
  alpha.reopen();
  ASSERT_TRUE(recover_recordings(*alpha.node));
  EXPECT_TRUE(recorded_at(*alpha.node, 0)) << "found again by its commitment";
  ASSERT_TRUE(recover_recordings(*alpha.node)) << "a second time changes nothing";
  EXPECT_EQ(head_guard(*alpha.node)->state, HeadState::current) << "a crash is no restore";
}

TEST(Recording, a_statement_recorded_again_after_a_failed_commit_does_not_stop_the_recovery) {
  MemoryNode alpha;
  CutStore cut(*alpha.store);
  Node node(alpha.node->identity(),
            Keys{alpha.keys.role.clone(), alpha.keys.log.clone(), alpha.keys.tls.clone()}, alpha.policy, "",
            Node::Parts{cut, *alpha.ledger, alpha.clock, alpha.entropy, alpha.parallel});
  const std::string jws =
      record::sign_statement(node.new_payload("parley/refusal/1"), alpha.keys.role).value();
  cut.left = 1;
  EXPECT_FALSE(record_once(node, jws));
  const auto again = record_once(*alpha.node, jws);
  ASSERT_TRUE(again);
  alpha.reopen();
  ASSERT_TRUE(recover_recordings(*alpha.node));
  EXPECT_EQ(recorded_at(*alpha.node, again->index)->jws, jws);
}

TEST(Recording, a_crash_before_the_log_leaves_no_trace) {
  MemoryNode alpha;
  alpha.disk.faults().fail_sync_in = 0;
  EXPECT_FALSE(record(*alpha.node, alpha.node->new_payload("parley/refusal/1")));
  alpha.disk.power_cut();
  alpha.ledger.reset();
  alpha.node.reset();
  alpha.log = log_file::open(alpha.disk.disk(), alpha.entropy).value();
  alpha.reopen();
  ASSERT_TRUE(recover_recordings(*alpha.node));
  const std::uint64_t size = alpha.ledger->size().value();
  for (std::uint64_t index = 0; index < size; ++index) EXPECT_TRUE(recorded_at(*alpha.node, index));
  const auto next = record(*alpha.node, alpha.node->new_payload("parley/refusal/1"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->index, size);
}

TEST(Recording, a_log_that_was_set_back_behind_the_store_stops_the_start) {
  MemoryNode alpha;
  ASSERT_TRUE(record(*alpha.node, alpha.node->new_payload("parley/refusal/1")));
  MemoryNode older;  // a log as it was before, with the store of today
  const auto open = [&] {
    Node node(alpha.node->identity(),
              Keys{alpha.keys.role.clone(), alpha.keys.log.clone(), alpha.keys.tls.clone()}, alpha.policy, "",
              Node::Parts{*alpha.store, *older.ledger, alpha.clock, alpha.entropy, alpha.parallel});
    return recover_recordings(node);
  };
  const auto empty = open();
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().kind, ErrorKind::conflict);
  ASSERT_TRUE(record(*older.node, older.node->new_payload("parley/refusal/1")));
  EXPECT_TRUE(open()) << "as long as what is known";
  ASSERT_TRUE(record(*alpha.node, alpha.node->new_payload("parley/refusal/1")));
  EXPECT_FALSE(open());
}

TEST(Recording, an_id_that_a_peer_used_before_is_refused_before_the_log_has_it) {
  MemoryNode alpha;
  const auto peer_key = crypto::SigningKey::generate(alpha.entropy);
  encoding::Json payload = alpha.node->new_payload("parley/refusal/1");
  ASSERT_TRUE(record_once(*alpha.node, record::sign_statement(payload, peer_key).value()));
  payload.set("act", "something else");
  const auto second = record_once(*alpha.node, record::sign_statement(payload, peer_key).value());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(alpha.ledger->size().value(), 1U) << "nothing went into the log";
  alpha.reopen();
  EXPECT_TRUE(recover_recordings(*alpha.node)) << "and the home opens";
}

TEST(Recording, a_statement_that_stands_in_the_log_twice_does_not_stop_a_start) {
  MemoryNode alpha;
  CutStore cut(*alpha.store);
  Node node(alpha.node->identity(),
            Keys{alpha.keys.role.clone(), alpha.keys.log.clone(), alpha.keys.tls.clone()}, alpha.policy, "",
            Node::Parts{cut, *alpha.ledger, alpha.clock, alpha.entropy, alpha.parallel});
  const std::string jws =
      record::sign_statement(alpha.node->new_payload("parley/refusal/1"), alpha.keys.role).value();
  cut.left = 1;  // in the log, not in the store
  EXPECT_FALSE(record_once(node, jws));
  ASSERT_TRUE(record_once(*alpha.node, jws)) << "asked again";
  alpha.reopen();
  ASSERT_TRUE(recover_recordings(*alpha.node));
  EXPECT_TRUE(recorded_at(*alpha.node, 0));
  EXPECT_TRUE(recorded_at(*alpha.node, 1));
  EXPECT_TRUE(find_signed(*alpha.node, jws));
}

TEST(Recording, a_peer_cannot_stand_its_statement_before_ours_by_taking_our_id) {
  MemoryNode alpha;
  const encoding::Json payload = alpha.node->new_payload("parley/refusal/1");
  const auto own = record(*alpha.node, payload);
  ASSERT_TRUE(own);
  for (int i = 0; i < 8; ++i) {
    const auto key = crypto::SigningKey::generate(alpha.entropy);
    ASSERT_TRUE(record_signed(*alpha.node, record::sign_statement(payload, key).value()));
  }
  EXPECT_EQ(find_recorded(*alpha.node, own->id)->jws, own->jws);
}

TEST(Recording, nothing_is_recorded_while_a_peer_has_seen_a_later_head_of_ours) {
  MemoryNode alpha;
  ASSERT_TRUE(record(*alpha.node, alpha.node->new_payload("parley/refusal/1")));
  merkle::Checkpoint later;
  later.origin = alpha.origin;
  later.size = merkle::TreeSize(8);
  ASSERT_TRUE(take_word_on_head(*alpha.node, "node.example/bravo",
                                merkle::sign_checkpoint(later, alpha.keys.log), false));
  const auto refused = record(*alpha.node, alpha.node->new_payload("parley/refusal/1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rules, std::vector<std::string>{"ledger-unconfirmed"});
  EXPECT_EQ(alpha.ledger->size().value(), 1U);
  alpha.reopen();
  EXPECT_TRUE(recover_recordings(*alpha.node)) << "the home opens all the same";
}

TEST(Recording, a_store_that_is_older_than_the_ledger_counts_as_restored) {
  MemoryNode alpha;
  ASSERT_TRUE(record(*alpha.node, alpha.node->new_payload("parley/refusal/1")));
  ASSERT_TRUE(recover_recordings(*alpha.node));
  EXPECT_EQ(head_guard(*alpha.node)->state, HeadState::current);
  MemoryNode older;  // a store as it was before, with the ledger of today
  Node node(alpha.node->identity(),
            Keys{alpha.keys.role.clone(), alpha.keys.log.clone(), alpha.keys.tls.clone()}, alpha.policy, "",
            Node::Parts{*older.store, *alpha.ledger, alpha.clock, alpha.entropy, alpha.parallel});
  ASSERT_TRUE(recover_recordings(node)) << "the home opens";
  EXPECT_EQ(head_guard(node)->state, HeadState::restored);
}

}  // namespace
}  // namespace parley::exchange
