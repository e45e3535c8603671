#include "exchange/recording.hpp"

#include "exchange/node_fixture.hpp"
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

}  // namespace
}  // namespace parley::exchange
