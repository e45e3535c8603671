// A peer that drops, repeats, reorders, cuts, changes or throws back every frame of a session, one at a time:
// the honest side ends with an error and one uniform abort, its ledger whole, and never waits for ever.
#include <fmt/format.h>

#include <set>

#include "exchange/match_budget.hpp"
#include "exchange/match_recovery.hpp"
#include "exchange/two_nodes_fixture.hpp"

namespace parley::exchange {
namespace {

using intel::Selector;
using intel::SelectorType;
using Frames = std::vector<peer::Frame>;

Selector ip(unsigned number) {
  return {SelectorType::ipv4_addr, "192.0.2." + std::to_string(number)};
}

struct Match {
  TwoNodes nodes;
  std::unique_ptr<MatchInitiator> initiator;
  std::unique_ptr<MatchResponder> responder;
  Wire wire;

  /// Nodes of another `fate` draw other randomness.
  explicit Match(const Meddle& meddle, unsigned fate = 0, const std::function<void(TwoNodes&)>& before = {}) {
    for (unsigned i = 0; i < fate; ++i) {
      nodes.alpha.entropy.array<32>();
      nodes.bravo.entropy.array<32>();
    }
    TwoNodes::hold(nodes.alpha, {ip(1), ip(2), ip(3)});
    TwoNodes::hold(nodes.bravo, {ip(2), ip(3), ip(4)});
    if (before) before(nodes);
    initiator = std::make_unique<MatchInitiator>(*nodes.alpha.node, nodes.alpha_runs,
                                                 nodes.session(peer::Side::initiator), nodes.question());
    responder = std::make_unique<MatchResponder>(*nodes.bravo.node, nodes.bravo_runs,
                                                 nodes.session(peer::Side::responder), initiator->session());
    wire = drive(*initiator, *responder, meddle);
  }
};

/// What must hold on one side, however the session was disturbed.
void expect_sound(MemoryNode& node, bool failed, bool has_result, std::string_view what) {
  EXPECT_EQ(failed, !has_result) << what;
  EXPECT_EQ(TwoNodes::count(node, "parley/abort/1"), failed ? 1U : 0U) << what;
  const auto runs = list_runs(*node.node);
  ASSERT_TRUE(runs) << what;
  for (const MatchRun& run : *runs) {
    EXPECT_EQ(run.status, has_result ? RunStatus::done : RunStatus::aborted) << what;
    EXPECT_EQ(find_run(*node.node, run.id)->matches.empty(), !has_result || run.role == peer::Side::responder)
        << what;
  }
  // The ledger opens again, every check passed, and serves a proof of every entry.
  const std::uint64_t size = node.ledger->size().value();
  node.reopen();
  EXPECT_EQ(node.ledger->size().value(), size) << what;
  for (std::uint64_t index = 0; index < size; ++index)
    EXPECT_TRUE(node.ledger->prove(ledger::LeafIndex(index))) << what;
}

void expect_sound(Match& match, std::string_view what) {
  const bool left = match.initiator->result().has_value();
  const bool right = match.responder->result().has_value();
  // The machines go before their nodes are opened anew.
  match.initiator.reset();
  match.responder.reset();
  expect_sound(match.nodes.alpha, !match.wire.initiator, left, fmt::format("{}, initiator", what));
  expect_sound(match.nodes.bravo, !match.wire.responder, right, fmt::format("{}, responder", what));
}

struct Attack {
  const char* name;
  /// `held`: a place to keep a frame back in.
  std::function<Frames(const peer::Frame&, std::optional<peer::Frame>& held)> act;
};

peer::Frame flipped(peer::Frame frame, std::size_t at) {
  if (!frame.body.empty()) frame.body[at % frame.body.size()] ^= 0x10;
  return frame;
}

const std::vector<Attack>& attacks() {
  static const std::vector<Attack> all = {
      {"dropped", [](const peer::Frame&, auto&) { return Frames{}; }},
      {"sent twice", [](const peer::Frame& f, auto&) { return Frames{f, f}; }},
      {"first byte changed", [](const peer::Frame& f, auto&) { return Frames{flipped(f, 0)}; }},
      {"middle changed", [](const peer::Frame& f, auto&) { return Frames{flipped(f, f.body.size() / 2)}; }},
      {"last byte changed",
       [](const peer::Frame& f, auto&) { return Frames{flipped(f, f.body.size() - 1)}; }},
      {"cut short",
       [](const peer::Frame& f, auto&) {
         return Frames{{f.type, Bytes(f.body.begin(),
                                      f.body.begin() + static_cast<std::ptrdiff_t>(f.body.size() / 2))}};
       }},
      {"emptied", [](const peer::Frame& f, auto&) { return Frames{{f.type, {}}}; }},
      {"made longer",
       [](const peer::Frame& f, auto&) {
         peer::Frame longer = f;
         longer.body.push_back(0);
         return Frames{longer};
       }},
      {"of another type",
       [](const peer::Frame& f, auto&) { return Frames{{peer::FrameType::statement, f.body}}; }},
      {"after the next",
       [](const peer::Frame& f, std::optional<peer::Frame>& held) {
         held = f;
         return Frames{};
       }},
  };
  return all;
}

std::size_t honest_frames() {
  static const std::size_t count = [] {
    Match match({});
    EXPECT_TRUE(match.wire.initiator && match.wire.responder);
    expect_sound(match, "undisturbed");
    return match.wire.seen.size();
  }();
  return count;
}

TEST(HostilePeer, every_frame_disturbed_in_every_way_ends_in_one_abort_on_the_honest_side) {
  const std::size_t frames = honest_frames();
  ASSERT_GE(frames, 7U);
  for (const Attack& attack : attacks()) {
    // The OPEN frame is the driver's, and tested with it.
    for (std::size_t target = 1; target < frames; ++target) {
      std::optional<peer::Frame> held;
      bool held_from = false;
      Match match([&](std::size_t number, bool from_initiator, const peer::Frame& frame) {
        if (number == target) {
          held_from = from_initiator;
          return attack.act(frame, held);
        }
        Frames out{frame};
        if (held && from_initiator == held_from) {
          out.push_back(*held);
          held.reset();
        }
        return out;
      });
      const std::string what = fmt::format("frame {} {}", target, attack.name);
      // A second copy of a record reaches a side that has finished: that session was whole.
      const bool harmless = target + 2 >= frames && std::string_view(attack.name) == "sent twice";
      EXPECT_EQ(match.initiator->result().has_value(), harmless) << what;
      expect_sound(match, what);
    }
  }
}

TEST(HostilePeer, a_peer_that_throws_everything_back_gets_nothing) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.alpha, {ip(1)});
  TwoNodes::hold(nodes.bravo, {ip(1)});
  MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                           nodes.question());
  auto step = initiator.start();
  ASSERT_TRUE(step);
  const peer::Frame proposal = step->send.at(1);
  EXPECT_FALSE(initiator.on_frame(proposal));
  EXPECT_FALSE(initiator.on_frame(proposal));
  EXPECT_FALSE(initiator.resume());
}

TEST(HostilePeer, frames_of_a_session_with_another_offer_do_not_fit) {
  // The protocol messages of one session fed into another one over the same sets.
  Match first({});
  ASSERT_TRUE(first.wire.initiator);
  std::size_t exchanged = 0;
  const auto exchange = [&](std::size_t number, bool from_initiator, const peer::Frame& frame) {
    if (frame.type != peer::FrameType::match_message || from_initiator) return Frames{frame};
    ++exchanged;
    return Frames{first.wire.seen.at(number).second};
  };
  Match second(exchange, 1);
  ASSERT_GT(exchanged, 0U);
  EXPECT_FALSE(second.wire.initiator);
  EXPECT_FALSE(second.initiator->result());
}

TEST(HostilePeer, every_abort_looks_alike_whatever_the_cause) {
  std::set<std::size_t> lengths;
  for (std::size_t target = 1; target < honest_frames(); ++target) {
    Match match([&](std::size_t number, bool, const peer::Frame& frame) {
      return number == target ? Frames{flipped(frame, 3)} : Frames{frame};
    });
    MemoryNode& node = match.wire.seen.at(target).first ? match.nodes.bravo : match.nodes.alpha;
    for (std::uint64_t index = 0; index < node.ledger->size().value(); ++index) {
      const auto recorded = recorded_at(*node.node, index);
      if (recorded->kind == "parley/abort/1") lengths.insert(recorded->jws.size() - node.origin.size());
    }
  }
  // Only the length of the node's own name may differ, and base64 rounds it.
  ASSERT_FALSE(lengths.empty());
  EXPECT_LE(*lengths.rbegin() - *lengths.begin(), 4U);
}

TEST(HostilePeer, aborts_beyond_the_daily_quota_do_not_fill_the_ledger) {
  TwoNodes nodes;
  TwoNodes::hold(nodes.bravo, {ip(1)});
  const auto fail_once = [&] {
    MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                             peer::make_session_id(nodes.alpha.entropy));
    EXPECT_TRUE(responder.start());
    const auto step = responder.on_frame({peer::FrameType::match_proposal, to_bytes("{}")});
    EXPECT_FALSE(step);
    responder.on_abort(step.error());
  };
  for (std::int64_t i = 0; i < max_recorded_aborts_per_day + 5; ++i) fail_once();
  EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/abort/1"),
            static_cast<std::size_t>(max_recorded_aborts_per_day));
  nodes.bravo.clock.advance(std::chrono::days(1));
  fail_once();
  EXPECT_EQ(TwoNodes::count(nodes.bravo, "parley/abort/1"),
            static_cast<std::size_t>(max_recorded_aborts_per_day) + 1);
}

TEST(HostilePeer, a_run_that_began_is_in_the_ledger_whatever_the_quota_of_aborts_says) {
  const auto spend_quotas = [](TwoNodes& nodes) {
    for (MemoryNode* node : {&nodes.alpha, &nodes.bravo}) {
      const std::string& peer = node == &nodes.alpha ? nodes.bravo.origin : nodes.alpha.origin;
      while (
          take_abort_quota(*node->store, peer, static_cast<std::uint64_t>(node->clock.now().day())).value()) {
      }
    }
  };
  std::size_t begun = 0;
  for (std::size_t cut = 1; cut < honest_frames(); ++cut) {
    // The connection breaks for good at this frame.
    Match match([&](std::size_t number, bool,
                    const peer::Frame& frame) { return number >= cut ? Frames{} : Frames{frame}; },
                0, spend_quotas);
    for (MemoryNode* node : {&match.nodes.alpha, &match.nodes.bravo}) {
      const auto runs = list_runs(*node->node);
      ASSERT_TRUE(runs);
      const bool done = !runs->empty() && runs->front().status == RunStatus::done;
      EXPECT_EQ(TwoNodes::count(*node, "parley/abort/1"), done ? 0U : runs->size()) << cut;
      begun += runs->size();
    }
  }
  EXPECT_GT(begun, 0U);
}

TEST(HostilePeer, a_run_that_a_crash_of_the_own_node_broke_off_is_closed_when_it_comes_back) {
  for (const bool crashed_asks : {true, false}) {
    TwoNodes nodes;
    TwoNodes::hold(nodes.alpha, {ip(1), ip(2)});
    TwoNodes::hold(nodes.bravo, {ip(2), ip(3)});
    MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                             nodes.question());
    MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                             initiator.session());
    MemoryNode& node = crashed_asks ? nodes.alpha : nodes.bravo;
    ASSERT_TRUE(responder.start());
    auto asked = initiator.start();
    auto answered = responder.on_frame(asked->send.at(1));
    while (answered && answered->more) answered = responder.resume();
    auto accepted = initiator.on_frame(answered->send.at(0));
    ASSERT_TRUE(accepted);
    if (!crashed_asks) {
      ASSERT_TRUE(responder.on_frame(accepted->send.at(0)));
    }
    // Nobody tells the machine: the process is gone.
    ASSERT_EQ(list_runs(*node.node)->front().status, RunStatus::begun);
    EXPECT_EQ(close_broken_runs(*node.node), 1U);
    EXPECT_EQ(list_runs(*node.node)->front().status, RunStatus::aborted);
    EXPECT_EQ(TwoNodes::count(node, "parley/abort/1"), 1U);
    EXPECT_TRUE(run_key(*node.node, list_runs(*node.node)->front().id)) << "an answer may have left: audited";
    EXPECT_EQ(close_broken_runs(*node.node), 0U);
    EXPECT_EQ(TwoNodes::count(node, "parley/abort/1"), 1U);
  }
}

TEST(HostilePeer, proposals_that_are_never_accepted_are_bounded_and_accepted_ones_are_not_counted) {
  TwoNodes nodes;
  const Selector host{SelectorType::domain_name, "a.example.org"};
  TwoNodes::hold(nodes.alpha, {ip(1), host});
  TwoNodes::hold(nodes.bravo, {ip(1), host});
  const auto about = [&](SelectorType type) {
    MatchQuestion question = nodes.question();
    question.types = {type};
    return question;
  };
  const auto propose = [&] {
    MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                             about(SelectorType::ipv4_addr));
    MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                             initiator.session());
    EXPECT_TRUE(responder.start());
    return responder.on_frame(initiator.start().value().send.at(1));
  };
  for (std::int64_t i = 1; i < max_unaccepted_proposals_per_day; ++i) ASSERT_TRUE(propose());
  // One place is left; a run that is accepted gives it back.
  MatchInitiator initiator(*nodes.alpha.node, nodes.alpha_runs, nodes.session(peer::Side::initiator),
                           about(SelectorType::domain_name));
  MatchResponder responder(*nodes.bravo.node, nodes.bravo_runs, nodes.session(peer::Side::responder),
                           initiator.session());
  ASSERT_TRUE(drive(initiator, responder).responder);
  EXPECT_TRUE(propose());
  const auto refused = propose();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rules, std::vector<std::string>{"match-proposals-per-day"});
  nodes.alpha.clock.advance(std::chrono::days(1));
  nodes.bravo.clock.advance(std::chrono::days(1));
  EXPECT_TRUE(propose());
}

}  // namespace
}  // namespace parley::exchange
