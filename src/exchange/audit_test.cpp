#include "exchange/audit.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "exchange/sealed_run.hpp"
#include "exchange/two_nodes_fixture.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;

Selector ip(unsigned number) {
  return {intel::SelectorType::ipv4_addr, "192.0.2." + std::to_string(number)};
}

struct Audited {
  TwoNodes nodes;
  std::string run;
  Audited() {
    TwoNodes::hold(nodes.alpha, {ip(1), ip(2), ip(3)});
    TwoNodes::hold(nodes.bravo, {ip(2), ip(3), ip(4)});
    MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                             nodes.question());
    MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                             initiator.session());
    const Wire wire = drive(initiator, responder);
    EXPECT_TRUE(wire.initiator) << wire.initiator.error().text();
    if (initiator.result()) run = initiator.result()->id;
  }
};

std::string claims(const AuditReport& report) {
  return encoding::write_json(audit_json(report));
}

/// A store whose records were changed at one place.
class SpoiledStore final : public RunStore {
 public:
  SpoiledStore(const RunStore& inner, std::size_t record) : inner_(inner), record_(record) {}
  Result<void> append(std::string_view, BytesView) override { return {}; }
  Result<void> read(std::string_view run,
                    const std::function<Result<void>(BytesView)>& visit) const override {
    std::size_t number = 0;
    return inner_.read(run, [&](BytesView record) -> Result<void> {
      Bytes bytes = to_bytes(record);
      if (number++ == record_) bytes.back() ^= 1;
      return visit(bytes);
    });
  }
  Result<void> erase(std::string_view) override { return {}; }

 private:
  const RunStore& inner_;
  std::size_t record_;
};

TEST(Audit, proves_the_own_side_of_a_finished_run_on_both_nodes) {
  Audited audited;
  const auto alpha = audit_run(*audited.nodes.alpha.node, audited.nodes.alpha_runs, audited.run);
  const auto bravo = audit_run(*audited.nodes.bravo.node, audited.nodes.bravo_runs, audited.run);
  ASSERT_TRUE(alpha && bravo);
  EXPECT_EQ(alpha->verdict, AuditVerdict::proven) << claims(*alpha);
  EXPECT_EQ(bravo->verdict, AuditVerdict::proven) << claims(*bravo);
  EXPECT_EQ(alpha->claims.size(), 4U);
}

TEST(Audit, a_set_or_seed_other_than_the_committed_one_is_refuted) {
  // A node that keeps other secrets than it used: the records are sealed anew, under the right key.
  for (const bool other_set : {false, true}) {
    Audited audited;
    MemoryNode& node = audited.nodes.alpha;
    const auto key = run_key(*node.node, audited.run);
    ASSERT_TRUE(key);
    std::vector<match::Message> inbound;
    auto opened =
        open_run(audited.nodes.alpha_runs, audited.run, *key, [&](match::Message m) -> Result<void> {
          inbound.push_back(std::move(m));
          return {};
        });
    ASSERT_TRUE(opened);
    match::ItemSet items = opened->items;
    RunSecrets& secrets = opened->secrets;
    if (other_set)
      items =
          match::ItemSet::make(std::vector<Bytes>{intel::selector_bytes(ip(1)), intel::selector_bytes(ip(2))})
              .value();
    else
      secrets.seed = crypto::Secret<32>(ByteArray<32>{99});
    MemoryRunStore forged;
    SealedRunWriter writer(forged, audited.run, *key, node.entropy);
    ASSERT_TRUE(writer.begin(secrets, items));
    for (const match::Message& message : inbound) ASSERT_TRUE(writer.inbound(message));
    ASSERT_TRUE(writer.end());
    const auto report = audit_run(*node.node, forged, audited.run);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, AuditVerdict::refuted) << claims(*report);
    EXPECT_EQ(report->claims.at(1).verdict, other_set ? AuditVerdict::proven : AuditVerdict::refuted);
    EXPECT_EQ(report->claims.at(2).verdict, AuditVerdict::refuted);
    EXPECT_EQ(report->claims.at(3).verdict, AuditVerdict::refuted);
  }
}

TEST(Audit, a_replay_under_other_parameters_than_the_offer_is_refuted) {
  Audited audited;
  MemoryNode& node = audited.nodes.alpha;
  const auto key = run_key(*node.node, audited.run);
  ASSERT_TRUE(key);
  std::vector<match::Message> inbound;
  auto opened = open_run(audited.nodes.alpha_runs, audited.run, *key, [&](match::Message m) -> Result<void> {
    inbound.push_back(std::move(m));
    return {};
  });
  ASSERT_TRUE(opened);
  // What the receiver sends does not depend on the output, so the hashes alone would not tell.
  opened->secrets.parameters.output = match::Output::size;
  MemoryRunStore forged;
  SealedRunWriter writer(forged, audited.run, *key, node.entropy);
  ASSERT_TRUE(writer.begin(opened->secrets, opened->items));
  for (const match::Message& message : inbound) ASSERT_TRUE(writer.inbound(message));
  ASSERT_TRUE(writer.end());
  const auto report = audit_run(*node.node, forged, audited.run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, AuditVerdict::refuted) << claims(*report);
  EXPECT_EQ(report->claims.at(3).verdict, AuditVerdict::refuted);
}

TEST(Audit, the_record_of_another_run_does_not_serve) {
  Audited audited;
  MemoryNode& node = audited.nodes.alpha;
  audited.nodes.alpha.clock.advance(std::chrono::days(1));
  audited.nodes.bravo.clock.advance(std::chrono::days(1));
  MatchInitiator initiator(*node.node, audited.nodes.alpha_runs, audited.nodes.session(peer::Side::initiator),
                           audited.nodes.question(policy::MatchOutput::size));
  MatchResponder responder(*audited.nodes.bravo.node, audited.nodes.bravo_runs,
                           audited.nodes.session(peer::Side::responder), initiator.session());
  ASSERT_TRUE(drive(initiator, responder).initiator);
  // The node keeps the papers of the second run under the name of the first.
  MatchRun forged = *initiator.result();
  ASSERT_NE(forged.id, audited.run);
  forged.id = audited.run;
  ASSERT_TRUE(state::write(*node.store, state::Durability::synced,
                           [&](state::Transaction& t) { return store_run(t, forged); }));
  const auto report = audit_run(*node.node, audited.nodes.alpha_runs, audited.run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, AuditVerdict::refuted) << claims(*report);
  EXPECT_EQ(report->claims.at(0).verdict, AuditVerdict::refuted);
}

TEST(Audit, damaged_or_missing_records_show_nothing) {
  Audited audited;
  for (const std::size_t record : {0U, 1U, 2U}) {
    SpoiledStore spoiled(audited.nodes.alpha_runs, record);
    const auto report = audit_run(*audited.nodes.alpha.node, spoiled, audited.run);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, AuditVerdict::not_shown) << claims(*report);
  }
  MemoryRunStore none;
  const auto report = audit_run(*audited.nodes.alpha.node, none, audited.run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, AuditVerdict::not_shown);
  EXPECT_EQ(audit_run(*audited.nodes.alpha.node, none, "00000000-0000").error().kind, ErrorKind::not_found);
}

TEST(Audit, is_not_shown_once_the_audit_period_is_over) {
  Audited audited;
  MemoryNode& node = audited.nodes.alpha;
  EXPECT_EQ(destroy_expired_run_keys(*node.node, audited.nodes.alpha_runs), 0U);
  node.clock.advance(std::chrono::days(30) - std::chrono::seconds(1));
  EXPECT_EQ(destroy_expired_run_keys(*node.node, audited.nodes.alpha_runs), 0U);
  node.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(destroy_expired_run_keys(*node.node, audited.nodes.alpha_runs), 1U);
  EXPECT_EQ(destroy_expired_run_keys(*node.node, audited.nodes.alpha_runs), 0U);
  const auto report = audit_run(*node.node, audited.nodes.alpha_runs, audited.run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, AuditVerdict::not_shown);
  EXPECT_EQ(report->claims.at(0).verdict, AuditVerdict::proven);
  EXPECT_FALSE(audited.nodes.alpha_runs.read(audited.run, [](BytesView) { return Result<void>(); }));
  EXPECT_EQ(find_run(*node.node, audited.run)->matches.size(), 2U);
}

TEST(Audit, a_run_that_was_aborted_shows_nothing_and_keeps_no_secrets) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                           nodes.question());
  MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                           initiator.session());
  const Wire wire =
      drive(initiator, responder, [](std::size_t, bool from_initiator, const peer::Frame& frame) {
        std::vector<peer::Frame> out;
        if (from_initiator || frame.type != peer::FrameType::match_message) out.push_back(frame);
        return out;
      });
  ASSERT_FALSE(wire.initiator);
  const auto runs = list_runs(*nodes.alpha.node);
  ASSERT_TRUE(runs && runs->size() == 1);
  const std::string& id = runs->front().id;
  EXPECT_FALSE(run_key(*nodes.alpha.node, id));
  EXPECT_FALSE(nodes.alpha_runs.read(id, [](BytesView) { return Result<void>(); }));
  EXPECT_EQ(audit_run(*nodes.alpha.node, nodes.alpha_runs, id)->verdict, AuditVerdict::not_shown);
}

TEST(Audit, an_answer_whose_asker_broke_off_is_audited_all_the_same) {
  for (const auto learner : {match::Learner::receiver, match::Learner::both}) {
    TwoNodes nodes([](AgreementTerms& terms) { terms.both_may_learn = true; });
    TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
    TwoNodes::hold(nodes.bravo, {ip(2), ip(3)});
    MatchQuestion question = nodes.question();
    question.learner = learner;
    MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                             question);
    MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                             initiator.session());
    const Wire wire =
        drive(initiator, responder, [](std::size_t, bool from_initiator, const peer::Frame& frame) {
          std::vector<peer::Frame> out;
          if (!from_initiator || frame.type != peer::FrameType::match_record) out.push_back(frame);
          return out;
        });
    ASSERT_FALSE(wire.responder);
    EXPECT_FALSE(responder.result());
    const auto runs = list_runs(*nodes.bravo.node);
    ASSERT_TRUE(runs && runs->size() == 1);
    const MatchRun run = find_run(*nodes.bravo.node, runs->front().id).value();
    EXPECT_EQ(run.status, RunStatus::aborted);
    EXPECT_TRUE(run.matches.empty() && !run.size);
    EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/match/1"), 1U);
    const auto report = audit_run(*nodes.bravo.node, nodes.bravo_runs, run.id);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, AuditVerdict::proven) << claims(*report);
    nodes.bravo.clock.advance(std::chrono::days(30));
    EXPECT_EQ(destroy_expired_run_keys(*nodes.bravo.node, nodes.bravo_runs), 1U);
  }
}

TEST(FileRunStore, keeps_records_in_their_order_for_the_owner_alone) {
  const auto directory =
      std::filesystem::temp_directory_path() /
      ("parley-run-store-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "-" +
       std::to_string(::getpid()));
  std::filesystem::create_directories(directory);
  const std::string run = "01234567-89ab-4def-8123-456789abcdef";
  FileRunStore store(directory.string());
  ASSERT_TRUE(store.append(run, to_bytes("one")));
  ASSERT_TRUE(store.append(run, Bytes(max_run_record_bytes, 2)));
  std::vector<Bytes> read;
  const auto visit = [&](BytesView record) -> Result<void> {
    read.push_back(to_bytes(record));
    return {};
  };
  ASSERT_TRUE(store.read(run, visit));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0], to_bytes("one"));
  EXPECT_EQ(read[1].size(), max_run_record_bytes);
  const auto file = directory / (run + ".sealed");
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  // A torn end, a length beyond the limit, a name that leads elsewhere.
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_EQ(store.read(run, visit).error().kind, ErrorKind::bad_input);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << std::string("\xff\xff\xff\xff", 4) << "x";
  EXPECT_EQ(store.read(run, visit).error().kind, ErrorKind::bad_input);
  EXPECT_FALSE(store.append("../../../../../../../../tmp/elsewhere", to_bytes("x")));
  ASSERT_TRUE(store.erase(run));
  ASSERT_TRUE(store.erase(run));
  EXPECT_EQ(store.read(run, visit).error().kind, ErrorKind::not_found);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace parley::exchange
