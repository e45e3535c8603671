// The worked examples of docs/spec/{statement,ledger,evidence}.md, made again from what the text says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "encoding/canonical.hpp"
#include "ledger/bundle_format.hpp"
#include "ledger/evidence_world.hpp"
#include "merkle/tile.hpp"
#include "record/lookup_statement.hpp"
#include "record/lookup_terms.hpp"
#include "record/match_terms.hpp"

namespace parley::ledger {
namespace {

/// The fenced block behind `<!-- example: NAME -->`, without its last line break.
std::string example(const std::string& page, const std::string& name) {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR "/docs/spec/") + page);
  std::ostringstream buffer;
  buffer << in.rdbuf();
  const std::string text = buffer.str();
  const std::size_t marker = text.find("<!-- example: " + name + " -->");
  if (marker == std::string::npos) return "no example " + name;
  const std::size_t fence = text.find("```", marker);
  const std::size_t begin = text.find('\n', fence) + 1;
  return text.substr(begin, text.find("\n```", begin) - begin);
}

crypto::SigningKey role_key() {
  return world::key(1);
}
record::Json payload() {
  return *encoding::parse_json(example("statement.md", "payload"));
}
std::string jws() {
  return *record::sign_statement(payload(), role_key());
}

record::Opening opening() {
  record::Opening out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
  return out;
}

TEST(Specification, of_statements_has_a_true_example) {
  EXPECT_EQ(example("statement.md", "payload"), *encoding::canonical_json(payload()));
  EXPECT_EQ(example("statement.md", "key"), "public key  " + to_hex(role_key().public_key().value()) +
                                                "\nkid         " + record::key_id(role_key().public_key()));
  EXPECT_EQ(example("statement.md", "jws"), jws());
  const auto statement = record::verify_statement(jws(), role_key().public_key());
  ASSERT_TRUE(statement) << statement.error().text();
  EXPECT_TRUE(record::read_statement<record::OfficerStatement>(*statement));
  EXPECT_EQ(example("statement.md", "payload hash"), to_hex(record::payload_hash(*statement)));
  const auto disclosure = record::parse_disclosure(example("statement.md", "disclosure"));
  ASSERT_TRUE(disclosure) << disclosure.error().text();
  EXPECT_EQ(disclosure->name, "name");
  EXPECT_TRUE(record::discloses(statement->members, *disclosure));
}

TEST(Specification, of_approvals_has_a_true_example) {
  const auto json = encoding::parse_json(example("statement.md", "terms"));
  ASSERT_TRUE(json);
  const auto terms = record::ReleaseTerms::from_json(*json);
  ASSERT_TRUE(terms) << terms.error().text();
  EXPECT_EQ(example("statement.md", "decision hash"), to_hex(terms->hash()));
  EXPECT_EQ(example("statement.md", "approval"),
            to_hex(world::key(10).sign(record::approval_message(terms->hash())).value()));
}

TEST(Specification, of_the_ledger_has_a_true_example) {
  const record::Commitment commitment = record::commit(opening(), jws());
  EXPECT_EQ(example("ledger.md", "commitment"), to_hex(commitment));
  const record::LeafBytes leaf = record::make_leaf({world::at(1), commitment});
  const std::string text = example("ledger.md", "leaf");
  EXPECT_EQ(text, as_text(leaf).substr(0, text.size()));
  EXPECT_EQ(as_text(leaf).find_first_not_of(' ', text.size()), std::string_view::npos);
  EXPECT_EQ(example("ledger.md", "leaf hash"), to_hex(merkle::leaf_hash(leaf)));

  MemoryLog log;
  Ledger ledger = *Ledger::open(log, world::key(2), {.origin = world::alpha});
  const std::string statement = jws();
  const std::vector<Entry> entries(3, Entry{statement, opening()});
  ASSERT_TRUE(ledger.append(entries, world::at(1)));
  EXPECT_EQ(example("ledger.md", "checkpoint") + '\n', ledger.checkpoint());
  EXPECT_EQ(example("ledger.md", "vkey"), ledger.verifier_key().text());
  EXPECT_EQ(example("ledger.md", "tlog-proof") + '\n', format_tlog_proof(ledger.prove(LeafIndex(1))->proof));
  std::istringstream paths(example("ledger.md", "paths"));
  for (std::string line; std::getline(paths, line);)
    EXPECT_TRUE(ledger.resource(line.substr(0, line.find(' ')))) << line;
}

TEST(Specification, of_evidence_has_a_true_example) {
  const auto trust = parse_trust(example("evidence.md", "trust") + '\n');
  ASSERT_TRUE(trust) << trust.error().text();
  EXPECT_EQ(*trust, world::trust());
  // The members of the bundle that the tests tell of, as the page lists them.
  std::string names;
  const auto members = *encoding::read_zip(*world::bundle(world::release()));
  for (const auto& member : members)
    if (!member.name.starts_with("proofs/") || member.name.find("/0.") != std::string::npos ||
        member.name == bundle_name::proof_list)
      names += (names.empty() ? "" : "\n") + member.name;
  EXPECT_EQ(example("evidence.md", "members"), names);
  for (const auto& member : members)
    if (member.name == bundle_name::index) {
      const auto json = encoding::parse_json(as_text(member.content));
      EXPECT_EQ(example("evidence.md", "index entry"),
                *encoding::canonical_json((*json->find("statements")->if_array())[0]));
    }
}

TEST(Specification, names_every_schema) {
  std::ifstream in(PARLEY_SOURCE_DIR "/docs/spec/statement.md");
  std::ostringstream text;
  text << in.rdbuf();
  for (const std::string_view schema :
       {record::NodeStatement::schema, record::PeerStatement::schema, record::OfficerStatement::schema,
        record::OfficerRevocation::schema, record::AgreementStatement::schema, record::MatchStatement::schema,
        record::DecisionStatement::schema, record::ApprovalStatement::schema,
        record::DeliveryStatement::schema, record::ReceiptStatement::schema, record::AbortStatement::schema,
        record::LookupSetStatement::schema, record::LookupStatement::schema, record::RefusalStatement::schema,
        record::LookupApprovalStatement::schema, record::LookupSetRetiredStatement::schema,
        record::MatchApprovalStatement::schema, record::MatchChargeStatement::schema,
        record::HeadCheckStatement::schema})
    EXPECT_NE(text.str().find("### " + std::string(schema)), std::string::npos) << schema;
}

}  // namespace
}  // namespace parley::ledger
