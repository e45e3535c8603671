#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "exchange/lookup_ask.hpp"
#include "exchange/lookup_book.hpp"
#include "exchange/lookup_building.hpp"
#include "exchange/lookup_fixture.hpp"
#include "exchange/lookup_session.hpp"
#include "lookup/set_file.hpp"
#include "record/jws.hpp"
#include "record/match_statement.hpp"

namespace parley::exchange {
namespace {

using peer::Frame;
using peer::FrameType;
using World = LookupWorld;
using Outcome = LookupOutcome;

TEST(LookupHostilePeer, every_message_of_either_side_altered_anywhere_ends_without_a_finding) {
  const Wire honest = World().look_up(domains({"a.example.org", "x.example.org"})).wire;
  ASSERT_TRUE(honest.initiator_done && honest.responder_done);
  const std::size_t places = std::getenv("PARLEY_LONG") != nullptr ? 400 : 6;  // of each message
  std::size_t runs = 0;
  for (std::size_t number = 1; number < honest.seen.size(); ++number) {  // all but OPEN
    const auto& [from_initiator, frame] = honest.seen[number];
    if (frame.type == FrameType::lookup_progress) continue;
    const std::size_t stride = std::max<std::size_t>(1, frame.body.size() / places);
    for (std::size_t at = 0; at <= frame.body.size(); at += stride) {
      World world;
      const Outcome out = world.look_up(domains({"a.example.org", "x.example.org"}),
                                        [&, number = number](std::size_t n, bool, const Frame& passing) {
                                          Frame altered = passing;
                                          if (n == number && at < altered.body.size())
                                            altered.body[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
                                          else if (n == number)
                                            altered.body.push_back(0);
                                          return std::vector<Frame>{std::move(altered)};
                                        });
      EXPECT_FALSE(out.run) << peer::frame_name(frame.type) << " " << at;
      EXPECT_TRUE(out.findings.empty());
      EXPECT_FALSE(out.wire.initiator);
      ++runs;
    }
  }
  EXPECT_GT(runs, 40U);
}

TEST(LookupHostilePeer, messages_left_out_doubled_or_in_another_order_end_the_session) {
  const Wire honest = World().look_up(domains({"a.example.org"})).wire;
  const auto is_last = [&](std::size_t number) {
    for (std::size_t later = number + 1; later < honest.seen.size(); ++later)
      if (honest.seen[later].first == honest.seen[number].first) return false;
    return true;
  };
  for (std::size_t number = 1; number < honest.seen.size(); ++number) {
    if (honest.seen[number].second.type == FrameType::lookup_progress) continue;
    for (const std::size_t copies : {0U, 2U}) {
      // A second copy of a side's last message comes when the other side is done with the session.
      if (copies == 2 && is_last(number)) continue;
      World world;
      const Outcome out =
          world.look_up(domains({"a.example.org"}), [&](std::size_t n, bool, const Frame& passing) {
            return std::vector<Frame>(n == number ? copies : 1, passing);
          });
      EXPECT_FALSE(out.run) << number << " " << copies;
    }
  }
}

TEST(LookupHostilePeer, a_message_of_yesterday_is_worth_nothing_today) {
  World world;
  const Wire old = world.look_up(domains({"a.example.org"})).wire;
  world.nodes.alpha.clock.advance(std::chrono::days(1));
  world.nodes.bravo.clock.advance(std::chrono::days(1));
  for (const auto& [from_initiator, replayed] : old.seen) {
    if (replayed.type == FrameType::open || replayed.type == FrameType::lookup_progress ||
        replayed.type == FrameType::lookup_fetch)
      continue;
    ASSERT_TRUE(world.alpha_files.keep_only({}));  // so that the file is fetched, and can be replaced
    const Outcome out =
        world.look_up(domains({"a.example.org"}), [&](std::size_t, bool initiator, const Frame& passing) {
          const bool same = initiator == from_initiator && passing.type == replayed.type;
          return std::vector<Frame>{same ? replayed : passing};
        });
    EXPECT_FALSE(out.run) << peer::frame_name(replayed.type);
  }
}

bool was_asked(const Wire& wire) {
  return std::ranges::any_of(wire.seen,
                             [](const auto& seen) { return seen.second.type == FrameType::lookup_query; });
}

/// The offer and the statement in a frame, taken apart.
SignedLookupOffer opened(const Frame& frame) {
  ByteReader reader(frame.body);
  EXPECT_TRUE(reader.take(64));
  SignedLookupOffer out;
  out.offer = parse_lookup_offer(*reader.prefixed(max_lookup_ask_bytes)).value();
  out.set_jws = as_text(*reader.take(reader.remaining()));
  return out;
}

Frame resigned(const Frame& frame, const crypto::SigningKey& key,
               const std::function<void(record::LookupSetStatement&)>& change) {
  SignedLookupOffer offer = opened(frame);
  const auto statement = record::peek_statement(offer.set_jws).value();
  auto set = record::read_statement<record::LookupSetStatement>(statement).value();
  change(set);
  const std::string jws = record::sign_statement(set.to_json(), key).value();
  offer.offer.set = crypto::sha256(as_bytes(jws));
  return sign_lookup_offer(offer.offer, jws, key).value();
}

/// A peer that signs a statement of its own choice.
Outcome with_statement(World& world, const std::function<void(record::LookupSetStatement&)>& change) {
  return world.look_up(domains({"a.example.org"}), [&](std::size_t, bool, const Frame& passing) {
    if (passing.type != FrameType::lookup_set) return std::vector<Frame>{passing};
    return std::vector<Frame>{resigned(passing, world.nodes.bravo.keys.role, change)};
  });
}

TEST(LookupHostilePeer, a_statement_that_does_not_fit_the_session_is_refused) {
  using Set = record::LookupSetStatement;
  const std::vector<std::function<void(Set&)>> changes = {
      [](Set& set) { set.counterparty = "somebody.example"; },
      [](Set& set) { set.agreement = std::string(64, '0'); },
      [](Set& set) { set.purpose = "counter-terrorism"; },
      [](Set& set) { ++set.epoch; },
      [](Set& set) { --set.epoch; },
      [](Set& set) { set.types.pop_back(); },
      [](Set& set) { set.selector_version = "selector/2"; },
      [](Set& set) { set.items = 320; },
      [](Set& set) { set.items = 300; },
      [](Set& set) { set.items = std::uint64_t{1} << 40; },
      [](Set& set) { set.labels = true; },
      [](Set& set) { set.public_key = {}; },
      [](Set& set) { set.public_key[0] ^= 1; },
      [](Set& set) { set.set_hash[0] ^= 1; },
      [](Set& set) { --set.set_bytes; },
      [](Set& set) { ++set.set_bytes; },
      [](Set& set) { set.set_bytes = std::uint64_t{1} << 40; },
      [](Set& set) { set.set_bytes = 0; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    World world;
    const Outcome out = with_statement(world, changes[i]);
    EXPECT_FALSE(out.run) << i;
    EXPECT_TRUE(out.findings.empty()) << i;
  }
}

// Each member of each signed message, altered by the peer that signs it: the other side stops, or it is the
// result of an honest run, and never anything else.
template <class Statement>
Frame resigned_record(const Frame& frame, const crypto::SigningKey& key,
                      const std::function<void(Statement&)>& change) {
  const auto statement = record::peek_statement(as_text(frame.body)).value();
  auto out = record::read_statement<Statement>(statement).value();
  change(out);
  return {frame.type, to_bytes(record::sign_statement(out.to_json(), key).value())};
}

using Record = record::LookupStatement;
const std::vector<std::pair<const char*, std::function<void(Record&)>>> record_changes = {
    {"id", [](Record& r) { r.head.id = "00000000-0000-4000-8000-000000000009"; }},
    {"node", [](Record& r) { r.head.node = "somebody.example"; }},
    {"session", [](Record& r) { r.session = "00000000-0000-4000-8000-000000000009"; }},
    {"counterparty", [](Record& r) { r.counterparty = "somebody.example"; }},
    {"role", [](Record& r) { r.role = r.role == "initiator" ? "responder" : "initiator"; }},
    {"agreement", [](Record& r) { r.agreement = std::string(64, '0'); }},
    {"purpose", [](Record& r) { r.purpose = "counter-terrorism"; }},
    {"epoch", [](Record& r) { ++r.epoch; }},
    {"lookups", [](Record& r) { ++r.lookups; }},
    {"set_hash", [](Record& r) { r.set_hash[0] ^= 1; }},
    {"public_key", [](Record& r) { r.public_key[0] ^= 1; }},
    {"ask_hash", [](Record& r) { r.ask_hash[0] ^= 1; }},
    {"query_hash", [](Record& r) { r.query_hash[0] ^= 1; }},
    {"transcript_hash", [](Record& r) { r.transcript_hash[0] ^= 1; }},
    {"budget_before", [](Record& r) { ++r.budget_before; }},
    {"budget_after", [](Record& r) { ++r.budget_after; }},
    {"leak_statement", [](Record& r) { r.leak_statement = "nothing"; }},
};

TEST(LookupHostilePeer,
     every_member_of_a_record_that_its_signer_altered_stops_the_session_or_changes_nothing) {
  for (const bool by_asker : {true, false}) {
    for (const auto& [name, altered] : record_changes) {
      World world;
      const auto& key = (by_asker ? world.nodes.alpha : world.nodes.bravo).keys.role;
      const Outcome out =
          world.look_up(domains({"a.example.org", "x.example.org"}),
                        [&, &change = altered](std::size_t, bool from_initiator, const Frame& passing) {
                          if (passing.type != FrameType::lookup_record || from_initiator != by_asker)
                            return std::vector<Frame>{passing};
                          return std::vector<Frame>{resigned_record<Record>(passing, key, change)};
                        });
      // What a side says of itself alone (its own count, its own words) is its own affair.
      const std::string_view member = name;
      const bool own_affair = member == "id" || member == "leak_statement" ||
                              (by_asker && (member == "transcript_hash" || member.starts_with("budget")));
      // The responder of these runs hashes the record that it saw; the asker holds it against its own.
      if (own_affair && out.run)
        EXPECT_EQ(out.hits(), std::vector<std::string>{"a.example.org"}) << name;
      else
        EXPECT_FALSE(out.run) << name << (by_asker ? " asker" : " asked");
      EXPECT_TRUE(out.run || out.findings.empty()) << name;
      if (by_asker && !own_affair) {
        EXPECT_FALSE(out.wire.responder) << name;
        for (const auto& [initiator, frame] : out.wire.seen) EXPECT_NE(frame.type, FrameType::lookup_answer);
      }
    }
  }
}

TEST(LookupHostilePeer, every_member_of_a_question_or_offer_that_its_signer_altered_stops_the_session) {
  using Ask = LookupAsk;
  const std::vector<std::pair<const char*, std::function<void(Ask&)>>> asks = {
      {"session", [](Ask& a) { a.session = peer::SessionId(ByteArray<16>{1}); }},
      {"exporter", [](Ask& a) { a.exporter = peer::TlsExporter(ByteArray<32>{1}); }},
      {"hello", [](Ask& a) { a.hello[0] ^= 1; }},
      {"initiator", [](Ask& a) { a.initiator = "somebody.example"; }},
      {"responder", [](Ask& a) { a.responder = "somebody.example"; }},
      {"agreement", [](Ask& a) { a.agreement = std::string(64, '0'); }},
      {"purpose", [](Ask& a) { a.purpose = "counter-terrorism"; }},
      {"epoch", [](Ask& a) { ++a.epoch; }},
      {"lookups", [](Ask& a) { ++a.lookups; }},
      {"head", [](Ask& a) { a.head = "x"; }},
      {"peer_head", [](Ask& a) { a.peer_head = "x"; }},
  };
  for (const auto& [name, altered] : asks) {
    World world;
    const Outcome out = world.look_up(
        domains({"a.example.org"}), [&, &change = altered](std::size_t, bool, const Frame& passing) {
          if (passing.type != FrameType::lookup_ask) return std::vector<Frame>{passing};
          LookupAsk ask = parse_lookup_ask(BytesView(passing.body).subspan(64)).value();
          change(ask);
          return std::vector<Frame>{sign_lookup_ask(ask, world.nodes.alpha.keys.role).value()};
        });
    EXPECT_FALSE(out.run) << name;
    EXPECT_TRUE(out.findings.empty()) << name;
  }
  using Offer = LookupOffer;
  const std::vector<std::pair<const char*, std::function<void(Offer&)>>> offers = {
      {"ask", [](Offer& o) { o.ask[0] ^= 1; }},
      {"set", [](Offer& o) { o.set[0] ^= 1; }},
      {"head", [](Offer& o) { o.head = "x"; }},
      {"peer_head", [](Offer& o) { o.peer_head = "x"; }},
  };
  for (const auto& [name, altered] : offers) {
    World world;
    const Outcome out = world.look_up(
        domains({"a.example.org"}), [&, &change = altered](std::size_t, bool, const Frame& passing) {
          if (passing.type != FrameType::lookup_set) return std::vector<Frame>{passing};
          SignedLookupOffer offer = opened(passing);
          change(offer.offer);
          return std::vector<Frame>{
              sign_lookup_offer(offer.offer, offer.set_jws, world.nodes.bravo.keys.role).value()};
        });
    EXPECT_FALSE(out.run) << name;
    EXPECT_FALSE(was_asked(out.wire)) << name;
  }
}

TEST(LookupHostilePeer, other_elements_in_query_or_answer_give_an_error_or_the_result_of_an_honest_run) {
  const auto entropy_of = [](const char* label) {
    return crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{1}), label);
  };
  auto entropy = entropy_of("other element");
  const oprf::KeyPair other = oprf::KeyPair::generate(entropy);
  for (const FrameType type : {FrameType::lookup_query, FrameType::lookup_answer}) {
    for (const std::size_t at : {0U, 32U}) {
      World world;
      const Outcome out = world.look_up(
          domains({"a.example.org", "x.example.org"}), [&](std::size_t, bool, const Frame& passing) {
            Frame frame = passing;
            if (frame.type == type)
              std::ranges::copy(other.public_key(), frame.body.begin() + static_cast<std::ptrdiff_t>(at));
            return std::vector<Frame>{std::move(frame)};
          });
      EXPECT_FALSE(out.run);
      EXPECT_TRUE(out.findings.empty());
    }
  }
}

Frame with_key(const Frame& frame, const crypto::SigningKey& signer, const crypto::Hash256& public_key) {
  const auto statement = record::peek_statement(as_text(frame.body)).value();
  auto record = record::read_statement<record::LookupStatement>(statement).value();
  record.public_key = public_key;
  return {FrameType::lookup_record, to_bytes(record::sign_statement(record.to_json(), signer).value())};
}

TEST(LookupHostilePeer, that_answers_under_another_key_than_it_announced_is_caught_by_the_proof) {
  World world;
  auto entropy = crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{1}), "another key");
  const crypto::Hash256 announced = oprf::KeyPair::generate(entropy).public_key();
  // A peer that announces one key everywhere and answers under the other.
  const Outcome out =
      world.look_up(domains({"a.example.org"}), [&](std::size_t, bool from_initiator, const Frame& passing) {
        if (passing.type == FrameType::lookup_set)
          return std::vector<Frame>{
              resigned(passing, world.nodes.bravo.keys.role, [&](auto& set) { set.public_key = announced; })};
        if (passing.type != FrameType::lookup_record) return std::vector<Frame>{passing};
        return std::vector<Frame>{from_initiator ? with_key(passing, world.nodes.alpha.keys.role,
                                                            world.known(true)->statement.public_key)
                                                 : with_key(passing, world.nodes.bravo.keys.role, announced)};
      });
  EXPECT_TRUE(out.wire.responder_done);
  EXPECT_FALSE(out.run);
  ASSERT_FALSE(out.wire.initiator);
  EXPECT_NE(out.wire.initiator.error().message.find("VerifyError"), std::string::npos);
}

TEST(LookupHostilePeer, that_shows_a_second_key_in_one_epoch_is_caught_and_both_statements_are_kept) {
  World world;
  ASSERT_TRUE(world.look_up(domains({"a.example.org"})).run);
  auto entropy = crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{1}), "second key");
  const oprf::KeyPair other = oprf::KeyPair::generate(entropy);
  const auto second = [&](record::LookupSetStatement& set) { set.public_key = other.public_key(); };
  EXPECT_FALSE(was_asked(with_statement(world, second).wire));  // even under the id of the first statement
  const Outcome out = with_statement(world, [&](record::LookupSetStatement& set) {
    second(set);
    set.head.id = make_uuid7(1, entropy);
  });
  EXPECT_FALSE(out.run);
  ASSERT_FALSE(out.wire.initiator);
  EXPECT_EQ(out.wire.initiator.error().kind, ErrorKind::peer);
  EXPECT_EQ(TwoNodes::count(world.nodes.alpha, record::LookupSetStatement::schema), 2U);
  EXPECT_FALSE(was_asked(out.wire));
}

TEST(LookupHostilePeer, a_file_of_another_set_is_caught_by_its_hash_and_not_kept) {
  for (const bool truncated : {false, true}) {
    World world;
    const Outcome out =
        world.look_up(domains({"a.example.org"}), [&](std::size_t, bool, const Frame& passing) {
          Frame frame = passing;
          if (frame.type == FrameType::lookup_chunk && truncated) frame.body.pop_back();
          if (frame.type == FrameType::lookup_chunk && !truncated)
            std::ranges::fill(std::span(frame.body).subspan(lookup::set_header_bytes), 0);
          return std::vector<Frame>{std::move(frame)};
        });
    EXPECT_FALSE(out.run);
    EXPECT_EQ(world.alpha_files.size(), 0U);
  }
}

}  // namespace
}  // namespace parley::exchange
