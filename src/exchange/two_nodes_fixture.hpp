#pragma once

// Two nodes in memory that have pinned each other and signed an agreement, and a wire between two machines of
// theirs that a test may meddle with.

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "exchange/agreement_book.hpp"
#include "exchange/match_choice.hpp"
#include "exchange/match_session.hpp"
#include "exchange/node_fixture.hpp"
#include "exchange/peers.hpp"
#include "exchange/recording.hpp"
#include "merkle/note.hpp"

namespace parley::exchange {

inline constexpr std::string_view two_nodes_policy = R"(version = 1
purposes = ["fraud", "counter-terrorism"]
[[peer]]
name = "CERT Alpha"
tlp = "amber"
[[peer]]
name = "CERT Bravo"
tlp = "amber"
[approvals.match]
count = 0
)";

struct TwoNodes {
  MemoryNode alpha{"CERT Alpha", two_nodes_policy};
  MemoryNode bravo{"CERT Bravo", two_nodes_policy};
  MemoryRunStore alpha_runs;
  MemoryRunStore bravo_runs;
  std::string agreement;

  using Change = std::function<void(AgreementTerms&)>;
  explicit TwoNodes(const Change& change = {}) {
    pin(alpha, bravo, "CERT Bravo");
    pin(bravo, alpha, "CERT Alpha");
    agreement = agree(change);
  }

  static void pin(MemoryNode& at, const MemoryNode& peer, const std::string& name) {
    PeerRecord record;
    record.name = name;
    record.origin = peer.origin;
    record.kind = "national_cert";
    record.jurisdiction = "XB";
    record.address = "192.0.2.1:7443";
    record.role_key = peer.keys.role.public_key();
    record.tls_key = peer.keys.tls.public_key();
    record.log_vkey =
        merkle::VerifierKey{peer.origin, merkle::KeyType::ed25519, peer.keys.log.public_key()}.text();
    record.fingerprint = "12345";
    record.pairing_secret = Bytes(32, 1);
    record.own_secret = Bytes(32, 2);
    EXPECT_TRUE(pin_peer(*at.node, record));
  }

  /// Drafted and signed by alpha, signed by bravo; returns its hash.
  std::string agree(const Change& change = {}) {
    AgreementTerms terms;
    terms.peer = "CERT Bravo";
    terms.authority = "Act A";
    terms.peer_authority = "Act B";
    terms.purposes = {"fraud"};
    terms.types = {intel::SelectorType::ipv4_addr, intel::SelectorType::domain_name};
    terms.min_set = 1;
    terms.max_set = 4096;
    terms.runs_per_day = 2;
    terms.valid_to = alpha.clock.now() + std::chrono::days(10);
    if (change) change(terms);
    const auto draft = draft_agreement(*alpha.node, terms);
    EXPECT_TRUE(draft) << (draft ? "" : draft.error().text());
    const std::string hash = draft->state.agreement.hash;
    const auto ours = sign_agreement(*alpha.node, hash);
    EXPECT_TRUE(ours) << (ours ? "" : ours.error().text());
    EXPECT_TRUE(receive_agreement(*bravo.node, alpha.origin, ours->own_jws));
    const auto theirs = sign_agreement(*bravo.node, hash);
    EXPECT_TRUE(theirs) << (theirs ? "" : theirs.error().text());
    EXPECT_TRUE(receive_agreement(*alpha.node, bravo.origin, theirs->own_jws));
    return hash;
  }

  static void hold(MemoryNode& node, std::vector<intel::Selector> selectors,
                   state::MarkingCode marking = state::MarkingCode::green, bool open_case = false) {
    std::ranges::sort(selectors);
    const auto stored =
        state::write(*node.store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
          state::Source source;
          source.name = "list";
          source.kind = "file";
          source.imported_at = node.clock.now();
          state::HoldingBatch batch;
          PARLEY_TRY(batch.source, t.add_source(source));
          PARLEY_TRY(batch.labels, t.add_labels({}));
          batch.marking = marking;
          batch.first_seen = batch.last_seen = node.clock.now();
          batch.open_case = open_case;
          PARLEY_CHECK(t.load_holdings(batch, selectors));
          return {};
        });
    EXPECT_TRUE(stored) << (stored ? "" : stored.error().text());
  }

  peer::PeerSession session(peer::Side side) const {
    const MemoryNode& own = side == peer::Side::initiator ? alpha : bravo;
    const MemoryNode& other = side == peer::Side::initiator ? bravo : alpha;
    peer::PeerSession out;
    out.side = side;
    out.version = 1;
    out.own_origin = peer::Origin(own.origin);
    out.peer_origin = peer::Origin(other.origin);
    out.peer_role_key = other.keys.role.public_key();
    out.exporter = peer::TlsExporter(ByteArray<32>{42});
    out.features = match_features();
    out.transcript = crypto::Hash256{43};
    return out;
  }

  MatchQuestion question(policy::MatchOutput output = policy::MatchOutput::items) const {
    MatchQuestion out;
    out.peer = "CERT Bravo";
    out.agreement = agreement;
    out.purpose = "fraud";
    out.output = output;
    return out;
  }

  /// How many statements of a schema stand in a ledger.
  static std::size_t count(MemoryNode& node, std::string_view schema) {
    std::size_t found = 0;
    for (std::uint64_t index = 0; index < node.ledger->size().value(); ++index) {
      const auto recorded = recorded_at(*node.node, index);
      EXPECT_TRUE(recorded);
      found += recorded && recorded->kind == schema;
    }
    return found;
  }
};

/// What a meddler makes of one frame: nothing, it, something else, several.
using Meddle =
    std::function<std::vector<peer::Frame>(std::size_t number, bool from_initiator, const peer::Frame&)>;

/// How a session over the wire ended.
struct Wire {
  Result<void> initiator;
  Result<void> responder;
  bool initiator_done = false;
  bool responder_done = false;
  std::vector<std::pair<bool, peer::Frame>> seen;  ///< as sent; true: by the initiator
};

/// Drives both machines as the channel does: one frame at a time, `resume` while there is more, the abort of
/// one side ends the other, silence ends both. The OPEN frame makes the responder and is not given to it.
inline Wire drive(peer::Machine& initiator, peer::Machine& responder, const Meddle& meddle = {}) {
  constexpr std::size_t most_steps = 10'000;
  Wire out;
  std::deque<peer::Frame> to_initiator;
  std::deque<peer::Frame> to_responder;
  bool opened = false;
  const auto settle = [&](peer::Machine& machine, bool is_initiator, Result<peer::Step> step) {
    auto& result = is_initiator ? out.initiator : out.responder;
    auto& done = is_initiator ? out.initiator_done : out.responder_done;
    for (std::size_t guard = 0; guard < most_steps; ++guard) {
      if (!step) {
        result = std::unexpected(step.error());
        machine.on_abort(step.error());
        return;
      }
      for (peer::Frame& frame : step->send) {
        const std::size_t number = out.seen.size();
        out.seen.emplace_back(is_initiator, frame);
        std::vector<peer::Frame> delivered;
        if (meddle)
          delivered = meddle(number, is_initiator, frame);
        else
          delivered.push_back(std::move(frame));
        for (peer::Frame& one : delivered)
          (is_initiator ? to_responder : to_initiator).push_back(std::move(one));
      }
      done = step->done;
      if (done || !step->more) return;
      step = machine.resume();
    }
    ADD_FAILURE() << "a machine has more and more to do";
  };
  settle(responder, false, responder.start());
  settle(initiator, true, initiator.start());
  const Error aborted{ErrorKind::peer, "the other side aborted the session", {}, {}};
  for (std::size_t steps = 0; steps < most_steps; ++steps) {
    const bool left_open = out.initiator && !out.initiator_done;
    const bool right_open = out.responder && !out.responder_done;
    if (!left_open && !right_open) return out;
    if (right_open && !to_responder.empty()) {
      const peer::Frame frame = std::move(to_responder.front());
      to_responder.pop_front();
      if (!opened && frame.type == peer::FrameType::open) {
        opened = true;
        continue;
      }
      settle(responder, false, responder.on_frame(frame));
    } else if (left_open && !to_initiator.empty()) {
      const peer::Frame frame = std::move(to_initiator.front());
      to_initiator.pop_front();
      settle(initiator, true, initiator.on_frame(frame));
    } else {
      // Nothing is under way: the other side has ended, or both wait until a deadline ends them.
      if (left_open) {
        out.initiator = std::unexpected(aborted);
        initiator.on_abort(aborted);
      }
      if (right_open) {
        out.responder = std::unexpected(aborted);
        responder.on_abort(aborted);
      }
    }
  }
  ADD_FAILURE() << "the session does not come to an end";
  return out;
}

}  // namespace parley::exchange
