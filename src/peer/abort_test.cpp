#include "peer/abort.hpp"

#include <gtest/gtest.h>

#include "peer/peer_fixture.hpp"
#include "record/match_statement.hpp"

namespace parley::peer {
namespace {

using testing::seeded;
using testing::TestNode;

Abort example() {
  Abort abort;
  abort.node = Origin("node.example.org/alpha");
  abort.counterparty = Origin("node.example.org/bravo");
  abort.kind = "match";
  abort.session = SessionId(ByteArray<16>{1, 2});
  abort.created = *parse_time("2026-05-01T12:00:00Z");
  return abort;
}

TEST(Abort, reads_back_as_it_was_signed) {
  const TestNode node("node.example.org/alpha");
  auto entropy = seeded("abort");
  Abort abort = example();
  abort.offer = ByteArray<32>{5};
  const auto jws = sign_abort(abort, entropy, node.role_key);
  ASSERT_TRUE(jws);
  const auto back = read_abort(*jws, node.role_key.public_key());
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->node, abort.node);
  EXPECT_EQ(back->counterparty, abort.counterparty);
  EXPECT_EQ(back->kind, abort.kind);
  EXPECT_EQ(back->session, abort.session);
  EXPECT_EQ(back->offer, abort.offer);
  EXPECT_EQ(back->created, abort.created);
  EXPECT_FALSE(read_abort(*jws, TestNode("node.example.org/bravo").role_key.public_key()));
}

TEST(Abort, of_every_kind_of_session_is_read_by_the_other_side) {
  const TestNode node("node.example.org/alpha");
  auto entropy = seeded("abort");
  for (const SessionKind kind : {SessionKind::agreement, SessionKind::match, SessionKind::release,
                                 SessionKind::heads, SessionKind::lookup}) {
    Abort abort = example();
    abort.kind = session_kind_name(kind);
    const auto jws = sign_abort(abort, entropy, node.role_key);
    ASSERT_TRUE(jws);
    const auto back = read_abort(*jws, node.role_key.public_key());
    ASSERT_TRUE(back) << abort.kind << ": " << back.error().text();
    EXPECT_EQ(back->kind, abort.kind);
  }
  Abort other = example();
  other.kind = "unknown";
  EXPECT_FALSE(read_abort(*sign_abort(other, entropy, node.role_key), node.role_key.public_key()));
}

TEST(Abort, looks_the_same_whatever_the_cause) {
  const TestNode node("node.example.org/alpha");
  auto entropy = seeded("abort");
  Abort early = example();
  Abort late = example();
  late.offer = ByteArray<32>{5};
  late.created = late.created + std::chrono::microseconds(123'456);
  const auto one = sign_abort(early, entropy, node.role_key);
  const auto two = sign_abort(late, entropy, node.role_key);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->size(), two->size());
  const auto names = [&](const std::string& jws) {
    std::vector<std::string> out;
    const auto statement =
        record::peek_statement(jws);  // named: g++ 12 does not extend its life in a range-for
    for (const auto& [name, value] : *statement->members.if_object()) out.push_back(name);
    return out;
  };
  EXPECT_EQ(names(*one), names(*two));
}

TEST(Abort, is_the_statement_that_ledgers_know) {
  const TestNode node("node.example.org/alpha");
  auto entropy = seeded("abort");
  const auto jws = sign_abort(example(), entropy, node.role_key);
  ASSERT_TRUE(jws);
  const auto statement = record::verify_statement(*jws, node.role_key.public_key());
  ASSERT_TRUE(statement);
  const auto read = record::read_statement<record::AbortStatement>(*statement);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->counterparty, "node.example.org/bravo");
  EXPECT_EQ(read->kind, "match");
}

}  // namespace
}  // namespace parley::peer
