#include <gmock/gmock.h>

#include "exchange/head_guard.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_evidence.hpp"
#include "exchange/release_fixture.hpp"
#include "exchange/release_store.hpp"
#include "ledger/evidence.hpp"

namespace parley::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Release, two_officers_of_two_units_let_it_go_and_the_receipt_comes_back) {
  ReleaseWorld world;
  const Release proposed = world.propose();
  EXPECT_EQ(proposed.state, ReleaseState::proposed);
  EXPECT_EQ(proposed.needs.count, 2U);
  const auto first = world.approve(proposed, "Olga");
  ASSERT_TRUE(first) << text_of(first);
  EXPECT_EQ(first->state, ReleaseState::proposed);
  const auto second = world.approve(proposed, "Lena");
  ASSERT_TRUE(second) << text_of(second);
  EXPECT_EQ(second->state, ReleaseState::approved);

  const auto delivered = world.deliver(proposed.id);
  ASSERT_TRUE(delivered.wire.initiator) << text_of(delivered.wire.initiator);
  ASSERT_TRUE(delivered.wire.responder) << text_of(delivered.wire.responder);
  ASSERT_TRUE(delivered.sent && delivered.received);
  EXPECT_EQ(delivered.sent->state, ReleaseState::delivered);
  EXPECT_EQ(delivered.received->package_hash, proposed.terms.package_hash);
  EXPECT_EQ(delivered.sent->receipt_jws, delivered.received->receipt_jws);

  const auto held = world.bravo.store->snapshot().value()->find_object(stix_id("indicator", 1));
  ASSERT_TRUE(held && *held);
  EXPECT_EQ((*held)->raw, indicator(1, green_ref, "one.example.org"));
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/decision/1"), 1U);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/approval/1"), 2U);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/delivery/1"), 1U);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/receipt/1"), 1U);
  EXPECT_EQ(TwoNodes::count(world.bravo, "parley/receipt/1"), 1U);
}

TEST(Release, its_evidence_is_proven_to_whoever_trusts_both_nodes) {
  ReleaseWorld world;
  const Release release = world.approved();
  EXPECT_FALSE(release_evidence(*world.alpha.node, release.id, false));
  ASSERT_TRUE(world.deliver(release.id).sent);
  const auto input = release_evidence(*world.alpha.node, release.id, true);
  ASSERT_TRUE(input) << text_of(input);
  const auto bundle = ledger::build_bundle(*input, world.alpha.keys.role);
  ASSERT_TRUE(bundle) << text_of(bundle);
  ledger::Trust trust;
  for (const MemoryNode* node : {&world.alpha, &world.bravo}) {
    trust.logs.push_back({node->origin, merkle::KeyType::ed25519, node->keys.log.public_key()});
    trust.roles.push_back({node->origin, merkle::KeyType::ed25519, node->keys.role.public_key()});
  }
  const auto report = ledger::verify_bundle(*bundle, trust);
  ASSERT_TRUE(report) << text_of(report);
  EXPECT_EQ(report->verdict, ledger::Verdict::proven) << ledger::report_text(*report, false);
  // The content leaves with it only through the gate; the proof of the act needs none.
  EXPECT_TRUE(input->package);
  const policy::Policy closed = policy::Policy::closed("line 3");
  world.alpha.node->set_policy(closed);
  EXPECT_EQ(release_evidence(*world.alpha.node, release.id, true).error().rules,
            std::vector<std::string>{"policy-not-loaded"});
  EXPECT_FALSE(release_evidence(*world.alpha.node, release.id, false)->package);
}

TEST(Release, is_not_sent_twice_and_a_restored_backup_gets_the_same_receipt) {
  ReleaseWorld world;
  const Release release = world.approved();
  const auto first = world.deliver(release.id);
  ASSERT_TRUE(first.sent) << text_of(first.wire.initiator);
  const auto second = world.deliver(release.id);
  EXPECT_TRUE(refused_by(second.wire.initiator, "already-delivered")) << text_of(second.wire.initiator);
  EXPECT_TRUE(second.wire.seen.empty());

  // The node as it was before the delivery: the release is approved again, the other side knows better.
  auto stored = load_release(*world.alpha.node, release.id);
  ASSERT_TRUE(stored);
  stored->release.state = ReleaseState::approved;
  stored->release.receipt_jws.clear();
  ASSERT_TRUE(save_release(*world.alpha.node, *stored));
  const auto again = world.deliver(release.id);
  ASSERT_TRUE(again.sent) << text_of(again.wire.initiator);
  EXPECT_EQ(again.sent->receipt_jws, first.sent->receipt_jws);
  EXPECT_EQ(TwoNodes::count(world.bravo, "parley/receipt/1"), 1U);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/receipt/1"), 1U);
}

TEST(Release, a_restored_backup_cannot_resend) {
  ReleaseWorld world;
  const Release release = world.approved();
  ASSERT_TRUE(mark_restored(*world.alpha.node, "restored from a copy"));
  const auto sent = world.deliver(release.id);
  EXPECT_TRUE(refused_by(sent.wire.initiator, "ledger-unconfirmed")) << text_of(sent.wire.initiator);
  EXPECT_TRUE(sent.wire.seen.empty());
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/delivery/1"), 0U);
  ASSERT_TRUE(
      take_word_on_head(*world.alpha.node, world.bravo.origin, world.alpha.ledger->checkpoint(), true));
  EXPECT_TRUE(world.deliver(release.id).sent);
}

TEST(Release, the_same_person_approving_twice_is_refused) {
  ReleaseWorld world;
  const Release release = world.propose();
  const auto answer = world.sign(release, "Olga");
  ASSERT_TRUE(answer);
  ASSERT_TRUE(submit_approval(*world.alpha.node, *answer));
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *answer), "same-person-twice"));
  EXPECT_TRUE(refused_by(world.approve(release, "Olga"), "same-person-twice"));
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->approvals.size(), 1U);
}

TEST(Release, any_officer_may_still_say_no_and_a_revoked_one_may_not) {
  ReleaseWorld world;
  for (const char* objector : {"Olga", "Omar"}) {  // who said yes before, and one of the same unit
    const Release release = world.propose();
    ASSERT_TRUE(world.approve(release, "Olga"));
    const auto no = world.sign(release, objector, Verdict::reject);
    ASSERT_TRUE(no) << text_of(no);
    const auto rejected = submit_approval(*world.alpha.node, *no);
    ASSERT_TRUE(rejected) << text_of(rejected);
    EXPECT_EQ(rejected->state, ReleaseState::rejected);
    EXPECT_FALSE(world.approve(release, "Lena")) << "what was rejected takes no more signatures";
  }
  const Release release = world.propose();
  const auto no = world.sign(release, "Omar", Verdict::reject);
  ASSERT_TRUE(no);
  ASSERT_TRUE(revoke_officer(*world.alpha.node, "Omar", "left"));
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *no), "officer-revoked"));
}

TEST(Release, two_officers_of_one_unit_are_not_enough) {
  ReleaseWorld world;
  const Release release = world.propose();
  ASSERT_TRUE(world.approve(release, "Olga"));
  EXPECT_TRUE(refused_by(world.approve(release, "Omar"), "same-unit-twice"));
}

TEST(Release, one_key_under_two_names_is_not_enrolled) {
  ReleaseWorld world;
  const auto twin =
      add_officer(*world.alpha.node, "Olga B", "Legal", world.officer_keys.at("Olga").public_key());
  ASSERT_FALSE(twin);
  EXPECT_EQ(twin.error().kind, ErrorKind::conflict);
  EXPECT_FALSE(add_officer(*world.alpha.node, "Node", "Legal", world.alpha.keys.role.public_key()));
}

TEST(Release, only_officers_of_the_units_that_the_policy_names_count) {
  ReleaseWorld world;
  world.add_rules("[approvals.release]\ncount = 1\nunits = [\"Legal\"]\n");
  const Release release = world.propose();
  EXPECT_TRUE(refused_by(world.approve(release, "Olga"), "unit-not-needed"));
  const auto done = world.approve(release, "Lena");
  ASSERT_TRUE(done) << text_of(done);
  EXPECT_EQ(done->state, ReleaseState::approved);
}

TEST(Release, a_signature_by_another_key_or_over_another_decision_is_refused) {
  ReleaseWorld world;
  const Release release = world.propose();
  const auto request = request_approval(*world.alpha.node, release.id, "Olga");
  ASSERT_TRUE(request);
  const auto forged = sign_approval(*request, Verdict::approve, world.officer_keys.at("Omar"),
                                    world.alpha.clock, world.alpha.entropy);
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *forged), "officer-signature"));
  ApprovalRequest other = *request;
  other.terms.purpose = "counter-terrorism";
  const auto changed = sign_approval(other, Verdict::approve, world.officer_keys.at("Olga"),
                                     world.alpha.clock, world.alpha.entropy);
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *changed), "decision-changed"));
  // A no is not turned into a yes.
  auto no = sign_approval(*request, Verdict::reject, world.officer_keys.at("Olga"), world.alpha.clock,
                          world.alpha.entropy);
  no->replace(no->find("reject"), 6, "approve");
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *no), "officer-signature"));
  EXPECT_FALSE(submit_approval(*world.alpha.node, "{}"));
  EXPECT_FALSE(submit_approval(*world.alpha.node, std::string(100'000, ' ')));
}

TEST(Release, a_no_ends_it) {
  ReleaseWorld world;
  const Release release = world.propose();
  const auto no = world.sign(release, "Lena", Verdict::reject);
  const auto rejected = submit_approval(*world.alpha.node, *no);
  ASSERT_TRUE(rejected) << text_of(rejected);
  EXPECT_EQ(rejected->state, ReleaseState::rejected);
  EXPECT_TRUE(refused_by(world.approve(release, "Olga"), "release-state"));
}

TEST(Release, an_agreement_expiring_during_approval_voids_it) {
  ReleaseWorld world;
  world.import({indicator(1, green_ref, "one.example.org")});
  world.alpha.clock.advance(std::chrono::days(9));
  const auto release = propose_release(*world.alpha.node, world.asked({stix_id("indicator", 1)}));
  ASSERT_TRUE(release) << text_of(release);
  ASSERT_TRUE(world.approve(*release, "Olga"));
  const auto late = world.sign(*release, "Lena");
  world.alpha.clock.advance(std::chrono::days(1));
  const auto refused = submit_approval(*world.alpha.node, *late);
  EXPECT_TRUE(refused_by(refused, "release-state")) << text_of(refused);
  EXPECT_NE(find_release(*world.alpha.node, release->id)->state, ReleaseState::approved);
  // The clock put back does not bring it to life.
  world.alpha.clock.advance(-std::chrono::hours(2));
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *late), "release-state"));
}

TEST(Release, a_suspended_agreement_stops_it_after_the_approvals_too) {
  ReleaseWorld world;
  const Release release = world.approved();
  ASSERT_TRUE(suspend_agreement(*world.alpha.node, world.agreement, "test"));
  const auto delivered = world.deliver(release.id);
  EXPECT_TRUE(refused_by(delivered.wire.initiator, "agreement-not-in-force"))
      << text_of(delivered.wire.initiator);
  EXPECT_TRUE(delivered.wire.seen.empty());
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::voided);
}

TEST(Release, changed_rules_void_it) {
  ReleaseWorld world;
  const Release release = world.approved();
  world.add_rules("# one more remark\n");
  const auto delivered = world.deliver(release.id);
  EXPECT_TRUE(refused_by(delivered.wire.initiator, "policy-changed")) << text_of(delivered.wire.initiator);
}

TEST(Release, a_revoked_officer_takes_the_approval_along) {
  ReleaseWorld world;
  const Release release = world.approved();
  ASSERT_TRUE(revoke_officer(*world.alpha.node, "Lena"));
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::proposed);
  EXPECT_FALSE(world.deliver(release.id).sent);
  EXPECT_TRUE(refused_by(world.approve(release, "Lena"), "officer-revoked"));
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/officer-revocation/1"), 1U);
}

TEST(Release, a_copy_with_something_taken_out_stands_beside_the_whole_object) {
  ReleaseWorld world;
  const std::string whole = indicator(1, green_ref, "one.example.org", R"("x_note":"ours","x_more":"too")");
  world.import({whole});
  // Bravo has the object itself, from its author.
  const intel::WarninglistSet none;
  Import own(*world.bravo.node, {}, none, {});
  ASSERT_TRUE(own.begin_file("author.json", "author.json"));
  ASSERT_TRUE(own.feed(as_bytes(whole)));
  ASSERT_TRUE(own.end_file());
  ASSERT_EQ(own.finish()->imported, 1U);
  const auto release_without = [&](const std::string& properties) {
    world.add_rules("[strip]\nindicator = [" + properties + "]\n");
    const auto proposed = propose_release(*world.alpha.node, world.asked({stix_id("indicator", 1)}));
    ASSERT_TRUE(proposed) << text_of(proposed);
    ASSERT_TRUE(world.approve(*proposed, "Olga"));
    ASSERT_TRUE(world.approve(*proposed, "Lena"));
    const auto delivered = world.deliver(proposed->id);
    ASSERT_TRUE(delivered.received) << text_of(delivered.wire.responder);
    EXPECT_EQ(delivered.received->rejected, 0U) << "nothing collides";
  };
  // Two releases, which hold different things back.
  ASSERT_NO_FATAL_FAILURE(release_without(R"("x_note")"));
  ASSERT_NO_FATAL_FAILURE(release_without(R"("x_note", "x_more")"));
  const auto reader = world.bravo.store->snapshot();
  EXPECT_EQ((*reader)->find_object(stix_id("indicator", 1)).value()->raw, whole) << "the whole one counts";
  const auto versions = (*reader)->find_versions(stix_id("indicator", 1)).value();
  ASSERT_EQ(versions.size(), 3U);
  EXPECT_THAT(versions[0].raw, testing::Not(HasSubstr("x_more")));
  EXPECT_THAT(versions[1].raw, HasSubstr("x_more"));
  EXPECT_TRUE(versions[1].received);
  EXPECT_FALSE(versions[2].received);
}

TEST(Release, a_large_package_is_taken_in_piece_by_piece) {
  ReleaseWorld world;
  std::vector<std::string> objects;
  std::vector<std::string> ids;
  for (unsigned i = 1; i <= 40; ++i) {
    objects.push_back(indicator(i, green_ref, "h" + std::to_string(i) + ".example.org",
                                R"("x_data":")" + std::string(60'000, 'x') + "\""));
    ids.push_back(stix_id("indicator", i));
  }
  world.import(objects);
  const auto proposed = propose_release(*world.alpha.node, world.asked(ids));
  ASSERT_TRUE(proposed) << text_of(proposed);
  ASSERT_GT(proposed->package.size(), 2U << 20);
  ASSERT_TRUE(world.approve(*proposed, "Olga"));
  ASSERT_TRUE(world.approve(*proposed, "Lena"));
  ReleaseSender sender(*world.alpha.node, proposed->id);
  ReleaseReceiver receiver(*world.bravo.node, world.alpha.origin, sender.session());
  ASSERT_TRUE(receiver.start());
  std::size_t turns = 0;
  Result<peer::Step> answer = peer::Step{};
  for (auto step = sender.start();; step = sender.resume()) {
    ASSERT_TRUE(step) << text_of(step);
    for (const peer::Frame& frame : step->send) {
      if (frame.type == peer::FrameType::open) continue;
      answer = receiver.on_frame(frame);
      ASSERT_TRUE(answer) << text_of(answer);
    }
    if (!step->more) break;
  }
  for (; answer && answer->more; ++turns) {
    EXPECT_FALSE(receiver.result());
    answer = receiver.resume();
  }
  ASSERT_TRUE(answer) << text_of(answer);
  EXPECT_TRUE(answer->done);
  EXPECT_GE(turns, 3U);
  EXPECT_EQ(receiver.result()->objects, proposed->leaves.size());
}

TEST(Release, a_clock_that_was_turned_back_holds_it_up_and_does_not_void_it) {
  ReleaseWorld world;
  const Release release = world.propose();
  ASSERT_TRUE(world.approve(release, "Olga"));
  const auto late = world.sign(release, "Lena");
  world.alpha.clock.advance(-std::chrono::minutes(6));
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::proposed);
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *late), "clock-skew"));
  world.alpha.clock.advance(std::chrono::minutes(6));
  ASSERT_TRUE(submit_approval(*world.alpha.node, *late));
  world.alpha.clock.advance(-std::chrono::hours(1));
  const auto held_up = world.deliver(release.id);
  EXPECT_TRUE(refused_by(held_up.wire.initiator, "clock-skew")) << text_of(held_up.wire.initiator);
  EXPECT_TRUE(held_up.wire.seen.empty());
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::approved);
  world.alpha.clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(world.deliver(release.id).sent);
}

TEST(Release, a_time_that_was_seen_counts_after_a_restart_though_nothing_was_recorded_at_it) {
  ReleaseWorld world;
  const Release release = world.approved();
  world.alpha.clock.advance(std::chrono::hours(73));
  ASSERT_TRUE(list_releases(*world.alpha.node));  // no entry, only a look
  const auto other = ReleaseWorld().approved();   // unrelated: another node has its own time
  EXPECT_EQ(other.state, ReleaseState::approved);
  world.alpha.reopen();
  world.alpha.clock.advance(-std::chrono::hours(72));
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::expired);
  const auto again = propose_release(*world.alpha.node, world.asked({stix_id("indicator", 1)}));
  EXPECT_TRUE(refused_by(again, "clock-skew")) << text_of(again);
  world.alpha.clock.advance(std::chrono::hours(72));
  EXPECT_TRUE(propose_release(*world.alpha.node, world.asked({stix_id("indicator", 1)})));
}

TEST(Release, expires) {
  ReleaseWorld world;
  const Release release = world.approved();
  world.alpha.clock.advance(std::chrono::hours(72));
  const auto delivered = world.deliver(release.id);
  EXPECT_FALSE(delivered.sent);
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::expired);
}

TEST(Release, a_package_changed_in_the_store_does_not_leave) {
  ReleaseWorld world;
  const Release release = world.approved();
  ASSERT_TRUE(
      state::write(*world.alpha.store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        std::string other = release.package;
        other.replace(other.find("one.example"), 3, "two");
        PARLEY_CHECK(
            t.put_document({"release_packages", release.id}, as_bytes(other), state::DocumentVersion(1)));
        return {};
      }));
  const auto delivered = world.deliver(release.id);
  EXPECT_TRUE(refused_by(delivered.wire.initiator, "decision-changed")) << text_of(delivered.wire.initiator);
}

TEST(Release, an_object_marked_more_strictly_after_the_approval_does_not_leave) {
  ReleaseWorld world;
  const Release release = world.approved();
  // Its author sends a second version, above this peer's ceiling.
  std::string newer = indicator(1, strict_ref, "one.example.org");
  newer.replace(newer.find("\"modified\":\"2025"), 16, "\"modified\":\"2026");
  world.import({newer});
  const auto delivered = world.deliver(release.id);
  EXPECT_TRUE(refused_by(delivered.wire.initiator, "tlp-ceiling")) << text_of(delivered.wire.initiator);
}

TEST(Release, clock_skew_beyond_the_limit_is_refused_by_the_receiver) {
  ReleaseWorld world;
  world.alpha.clock.advance(std::chrono::hours(1));
  world.bravo.clock.advance(std::chrono::minutes(56));
  const Release release = world.approved();
  EXPECT_TRUE(world.deliver(release.id).sent);
  ReleaseWorld far;
  far.alpha.clock.advance(std::chrono::hours(1));
  far.bravo.clock.advance(std::chrono::minutes(54));
  const Release other = far.approved();
  const auto delivered = far.deliver(other.id);
  EXPECT_FALSE(delivered.sent);
  EXPECT_TRUE(refused_by(delivered.wire.responder, "clock-skew")) << text_of(delivered.wire.responder);
}

TEST(Release, an_officer_whose_clock_is_off_is_told_so) {
  ReleaseWorld world;
  const Release release = world.propose();
  const auto request = request_approval(*world.alpha.node, release.id, "Olga");
  ManualClock ahead(world.alpha.clock.now() + policy::clock_skew_limit + std::chrono::seconds(1));
  const auto answer =
      sign_approval(*request, Verdict::approve, world.officer_keys.at("Olga"), ahead, world.alpha.entropy);
  EXPECT_TRUE(refused_by(submit_approval(*world.alpha.node, *answer), "clock-skew"));
}

TEST(Release, every_frame_that_is_lost_repeated_or_changed_ends_the_delivery) {
  ReleaseWorld count;
  const std::size_t frames = count.deliver(count.approved().id).wire.seen.size();
  for (std::size_t at = 1; at < frames; ++at) {
    for (const int kind : {0, 1, 2}) {
      ReleaseWorld world;
      const Release release = world.approved();
      const auto delivered = world.deliver(
          release.id, [&](std::size_t number, bool, const peer::Frame& frame) -> std::vector<peer::Frame> {
            if (number != at) return {frame};
            if (kind == 0) return {};
            if (kind == 1) return {frame, frame};
            peer::Frame changed = frame;
            changed.body[changed.body.size() / 2] ^= 1;
            return {changed};
          });
      // Nothing waits any more for a second PACKAGE_END or a second receipt.
      const bool harmless = kind == 1 && at + 2 >= frames;
      EXPECT_EQ(delivered.sent.has_value(), harmless) << "frame " << at << " kind " << kind;
      if (at + 1 < frames && !harmless) {
        EXPECT_FALSE(delivered.received) << "frame " << at << " kind " << kind;
        EXPECT_TRUE(list_received(*world.bravo.node)->empty());
      }
    }
  }
}

TEST(Release, a_receiver_refuses_fewer_approvals_than_the_decision_calls_for) {
  ReleaseWorld world;
  const Release release = world.approved();
  std::size_t statements = 0;
  const auto delivered = world.deliver(
      release.id, [&](std::size_t, bool initiator, const peer::Frame& frame) -> std::vector<peer::Frame> {
        if (initiator && frame.type == peer::FrameType::statement && ++statements == 3) return {};
        return {frame};
      });
  EXPECT_TRUE(refused_by(delivered.wire.responder, "approvals")) << text_of(delivered.wire.responder);
}

TEST(Release, what_was_received_carries_the_label_of_its_origin) {
  ReleaseWorld world;
  ASSERT_TRUE(world.deliver(world.approved().id).sent);
  const auto held = world.bravo.store->snapshot().value()->find_object(stix_id("indicator", 1));
  ASSERT_TRUE(held && *held);
  EXPECT_THAT((*held)->labels, ElementsAre("parley-received-from:" + world.alpha.origin));
}

TEST(Release, shows_before_what_would_leave_and_stores_nothing) {
  ReleaseWorld world;
  world.import(
      {indicator(1, green_ref, "one.example.org", R"("created_by_ref":")" + stix_id("identity", 9) + "\"")});
  const auto preview = preview_release(*world.alpha.node, world.asked({stix_id("indicator", 1)}));
  ASSERT_TRUE(preview) << text_of(preview);
  EXPECT_EQ(preview->decision.outcome, policy::Outcome::needs_approval);
  ASSERT_FALSE(preview->removed.empty());
  EXPECT_EQ(preview->removed[0].what, stix_id("indicator", 1) + "#/created_by_ref");
  EXPECT_THAT(preview->removed[0].why, HasSubstr("not held here"));
  EXPECT_TRUE(list_releases(*world.alpha.node)->empty());
  const auto release = propose_release(*world.alpha.node, world.asked({stix_id("indicator", 1)}));
  ASSERT_TRUE(release);
  EXPECT_EQ(release->terms.package_hash, preview->package_hash);
  EXPECT_EQ(release->package, preview->package);
}

TEST(Release, two_sessions_at_once_are_one_delivery) {
  ReleaseWorld world;
  const Release release = world.approved();
  ReleaseSender late(*world.alpha.node, release.id);
  ASSERT_TRUE(late.start());
  const auto first = world.deliver(release.id);
  ASSERT_TRUE(first.sent) << text_of(first.wire.initiator);
  for (auto step = late.resume();; step = late.resume()) {
    ASSERT_TRUE(step) << text_of(step);
    if (!step->more) break;
  }
  const auto end = late.on_frame({peer::FrameType::statement, to_bytes(first.sent->receipt_jws)});
  ASSERT_TRUE(end) << text_of(end);
  EXPECT_TRUE(end->done);
  EXPECT_EQ(late.result()->delivery_jws, first.sent->delivery_jws);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/delivery/1"), 1U);
}

TEST(Release, an_agreement_suspended_in_the_middle_stops_the_rest_of_the_package) {
  ReleaseWorld world;
  const Release release = world.approved();
  ReleaseSender sender(*world.alpha.node, release.id);
  ASSERT_TRUE(sender.start());
  ASSERT_TRUE(suspend_agreement(*world.alpha.node, world.agreement, "pause"));
  EXPECT_TRUE(refused_by(sender.resume(), "agreement-not-in-force"));
}

TEST(Release, a_receipt_that_never_comes_is_in_the_ledger_as_an_abort) {
  ReleaseWorld world;
  const Release release = world.approved();
  const auto lost = world.deliver(release.id, [](std::size_t, bool from_sender, const peer::Frame& frame) {
    if (!from_sender) return std::vector<peer::Frame>{};
    return std::vector{frame};
  });
  EXPECT_FALSE(lost.sent);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/abort/1"), 1U);
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::attempted) << "asked for again";
  EXPECT_TRUE(world.deliver(release.id).sent);
  EXPECT_EQ(TwoNodes::count(world.alpha, "parley/delivery/1"), 1U) << "one statement for both attempts";
}

TEST(Release, a_crash_at_any_frame_leaves_in_the_ledger_that_the_package_may_have_left) {
  ReleaseWorld whole;
  const std::size_t frames = whole.deliver(whole.approved().id).wire.seen.size();
  for (std::size_t at = 0; at < frames; ++at) {
    ReleaseWorld world;
    const Release release = world.approved();
    {
      // Whatever leaves, the statement is in the ledger before; then the process is gone, told nothing.
      ReleaseSender sender(*world.alpha.node, release.id);
      std::size_t left = 0;
      for (auto step = sender.start(); left <= at; step = sender.resume()) {
        ASSERT_TRUE(step) << text_of(step);
        EXPECT_EQ(TwoNodes::count(world.alpha, "parley/delivery/1"), 1U) << "frame " << left;
        left += step->send.size();
        if (!step->more) break;
      }
    }
    world.alpha.reopen();
    const auto found = find_release(*world.alpha.node, release.id);
    ASSERT_TRUE(found) << text_of(found);
    EXPECT_EQ(found->state, ReleaseState::attempted) << "frame " << at;
    EXPECT_TRUE(found->receipt_jws.empty());
    EXPECT_TRUE(find_signed(*world.alpha.node, found->delivery_jws));
    const auto again = world.deliver(release.id);
    ASSERT_TRUE(again.sent) << text_of(again.wire.initiator);
    EXPECT_EQ(again.sent->state, ReleaseState::delivered);
    EXPECT_EQ(again.sent->delivery_jws, found->delivery_jws);
  }
}

TEST(Release, an_attempt_is_no_longer_void_but_is_not_repeated_under_other_rules) {
  ReleaseWorld world;
  const Release release = world.approved();
  ASSERT_TRUE(ReleaseSender(*world.alpha.node, release.id).start());
  world.add_rules("# one more remark\n");
  EXPECT_EQ(find_release(*world.alpha.node, release.id)->state, ReleaseState::attempted);
  const auto delivered = world.deliver(release.id);
  EXPECT_TRUE(refused_by(delivered.wire.initiator, "policy-changed")) << text_of(delivered.wire.initiator);
  EXPECT_TRUE(delivered.wire.seen.empty());
}

}  // namespace
}  // namespace parley::exchange
