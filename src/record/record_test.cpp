#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/entropy.hpp"
#include "record/agreement_statement.hpp"
#include "record/disclosure.hpp"
#include "record/leaf.hpp"
#include "record/match_statement.hpp"
#include "record/node_statement.hpp"
#include "record/release_statement.hpp"

namespace parley::record {
namespace {

class FixedEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

crypto::PublicKey key_of(std::uint8_t byte) {
  return crypto::SigningKey::from_seed(Bytes(32, byte))->public_key();
}
const Head head{"01890000-0000-7000-8000-000000000001", "node.example/alpha",
                Timestamp::from_seconds(1'800'000'000)};
crypto::Hash256 hash_of(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

TEST(Disclosure, digests_as_rfc_9901_does) {
  // RFC 9901 section 4.2.1: the array ["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"] with a space after
  // each comma, and section 4.2.3: its digest.
  const std::string encoded = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
  const auto disclosure = parse_disclosure(encoded);
  ASSERT_TRUE(disclosure) << disclosure.error().text();
  EXPECT_EQ(disclosure->name, "family_name");
  EXPECT_EQ(*disclosure->value.if_string(), "Möbius");
  EXPECT_EQ(disclosure->digest, "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
}

TEST(Disclosure, opens_the_digest_in_its_payload_and_no_other) {
  FixedEntropy entropy;
  const auto name = *make_disclosure("name", Json("A. Person"), entropy);
  const auto again = *make_disclosure("name", Json("A. Person"), entropy);
  EXPECT_NE(name.digest, again.digest) << "the salt hides that they are equal";
  Json payload = Json::object({{"unit", "Operations"}});
  add_digests(payload, std::vector{name});
  EXPECT_TRUE(discloses(payload, name));
  EXPECT_FALSE(discloses(payload, again));
  EXPECT_EQ(parse_disclosure(name.encoded)->digest, name.digest);
  payload.set("name", "somebody else");
  EXPECT_FALSE(discloses(payload, name)) << "a plain member of that name would speak against it";
  EXPECT_FALSE(discloses(Json::object(), name));
}

TEST(Disclosure, refuses_malformed_arrays_short_salts_and_reserved_names) {
  const auto encoded = [](std::string_view json) { return to_base64url(as_bytes(json)); };
  EXPECT_TRUE(parse_disclosure(encoded(R"(["AAAAAAAAAAAAAAAAAAAAAA","a",1])")));
  for (const char* json :
       {"[]", "{}", R"(["AAAAAAAAAAAAAAAAAAAAAA","a"])", R"(["AAAAAAAAAAAAAAAAAAAAAA","a",1,2])",
        R"(["AAAAAAAAAAAAAAAA","a",1])", R"([1,"a",1])", R"(["AAAAAAAAAAAAAAAAAAAAAA",1,1])",
        R"(["AAAAAAAAAAAAAAAAAAAAAA","_sd",1])", R"(["AAAAAAAAAAAAAAAAAAAAAA","...",1])"})
    EXPECT_FALSE(parse_disclosure(encoded(json))) << json;
  EXPECT_FALSE(parse_disclosure("not base64url!"));
  FixedEntropy entropy;
  EXPECT_FALSE(make_disclosure("_sd", Json(1), entropy));
}

TEST(Leaf, has_256_bytes_and_one_form) {
  rc::check("a leaf reads back as it was written, and no changed leaf reads as the same", [] {
    Leaf leaf;
    leaf.time = Timestamp::from_microseconds(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000));
    for (std::uint8_t& byte : leaf.commitment) byte = *rc::gen::arbitrary<std::uint8_t>();
    const LeafBytes bytes = make_leaf(leaf);
    const auto read = parse_leaf(bytes);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->time == leaf.time && read->commitment == leaf.commitment);
    LeafBytes changed = bytes;
    const auto at = *rc::gen::inRange<std::size_t>(0, leaf_size);
    changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1U << *rc::gen::inRange(0, 8));
    const auto other = parse_leaf(changed);
    const bool differs = !other || other->time != leaf.time || other->commitment != leaf.commitment;
    RC_ASSERT(differs);
  });
}

TEST(Leaf, refuses_other_lengths_spellings_and_versions) {
  const LeafBytes good = make_leaf({Timestamp::from_seconds(1), {}});
  EXPECT_FALSE(parse_leaf(BytesView(good).first(255)));
  const auto with = [&](std::string text) {
    text.resize(leaf_size, ' ');
    return parse_leaf(as_bytes(text)).has_value();
  };
  const std::string zeros(64, '0');
  EXPECT_TRUE(with(R"({"commitment":")" + zeros + R"(","time":"1970-01-01T00:00:01Z","v":1})"));
  EXPECT_FALSE(with(R"({"commitment":")" + zeros + R"(","time":"1970-01-01T00:00:01Z","v":2})"));
  EXPECT_FALSE(with(R"({"commitment":")" + zeros + R"(","time":"1970-01-01T00:00:01.0Z","v":1})"));
  EXPECT_FALSE(with(R"({"commitment":")" + zeros + R"(","time":"1970-01-01T00:00:01Z", "v":1})"));
  EXPECT_FALSE(with(R"({"commitment":")" + zeros + R"(","time":"1970-01-01T00:00:01Z","v":1,"w":1})"));
  EXPECT_FALSE(with(R"( {"commitment":")" + zeros + R"(","time":"1970-01-01T00:00:01Z","v":1})"));
  EXPECT_FALSE(
      with(R"({"commitment":")" + std::string(62, '0') + R"(","time":"1970-01-01T00:00:01Z","v":1})"));
}

TEST(Commitment, hides_and_binds) {
  Opening opening{};
  const Commitment commitment = commit(opening, "a.b.c");
  opening[31] = 1;
  EXPECT_NE(commit(opening, "a.b.c"), commitment);
  opening[31] = 0;
  EXPECT_NE(commit(opening, "a.b.d"), commitment);
}

/// Through the JSON and back, by the JSON that comes of it.
template <class S>
void expect_round_trip(const S& statement) {
  const Json json = statement.to_json();
  const auto read = S::from_json(json);
  ASSERT_TRUE(read) << S::schema << ": " << read.error().text();
  EXPECT_EQ(read->to_json(), json) << S::schema;
  ASSERT_NE(json.if_object(), nullptr);
  // Every member counts: without it, or with another kind of value, the statement is refused.
  for (const auto& [name, value] : *json.if_object()) {
    Json less = json;
    less.erase(name);
    EXPECT_TRUE(!S::from_json(less) || name == "_sd") << S::schema << " without " << name;
    Json other = json;
    other.set(name, Json(nullptr));
    EXPECT_FALSE(S::from_json(other)) << S::schema << " with " << name << " null";
  }
}

AgreementStatement agreement() {
  AgreementStatement out;
  out.head = head;
  out.parties[0] = {"node.example/alpha", "CERT Alpha", "national_cert", "AA", key_of(1), "Act 1"};
  out.parties[1] = {"node.example/bravo", "CERT Bravo", "national_cert", "BB", key_of(2), "Act 2"};
  out.purposes = {"a", "b"};
  out.match_policy.types = {"domain-name"};
  out.valid_from = Timestamp::from_seconds(1'800'000'000);
  out.valid_to = Timestamp::from_seconds(1'900'000'000);
  return out;
}

ReleaseTerms terms() {
  return {"r1",
          hash_of("package"),
          {"node.example/bravo"},
          "agreement",
          "a",
          {"Act 1"},
          "policy",
          Timestamp::from_seconds(1'850'000'000)};
}

TEST(Statements, of_nodes_and_officers_read_back) {
  const NodeKeys keys{key_of(1), key_of(2), key_of(3)};
  expect_round_trip(NodeStatement{head, "CERT Alpha", "national_cert", "AA", keys});
  expect_round_trip(
      PeerStatement{head, "node.example/bravo", "CERT Bravo", "bank", "BB", keys, "finger", "active"});
  expect_round_trip(OfficerRevocation{head, "o1", key_of(4), "left"});
  const OfficerStatement officer{head, "o1", "Operations", key_of(4), {"digest"}};
  expect_round_trip(officer);
  Json named = officer.to_json();
  named.set("name", "A. Person");
  EXPECT_FALSE(OfficerStatement::from_json(named)) << "a name in plain text";
  Json unnamed = officer.to_json();
  unnamed.erase("_sd");
  EXPECT_FALSE(OfficerStatement::from_json(unnamed)) << "an officer without a sealed name";
}

TEST(Statements, of_acts_read_back) {
  expect_round_trip(agreement());
  expect_round_trip(AbortStatement{head, "s1", "node.example/bravo", "match"});
  expect_round_trip(RefusalStatement{head, "match", "s1", "node.example/bravo", {"rule"}, "policy"});
  MatchStatement match;
  match.head = head;
  match.role = "initiator";
  match.output = "items";
  match.security = "semi-honest";
  match.types = {"domain-name"};
  match.leak_statement = "two\nlines";
  match.sealed = {"digest"};
  expect_round_trip(match);
  DecisionStatement decision;
  decision.head = head;
  decision.terms = terms();
  decision.items = {{"indicator--1", "TLP:GREEN", {"/x"}, {"rule"}}};
  decision.reasons = {{"off_limits", 2}};
  decision.verdict = "permit";
  expect_round_trip(decision);
  ApprovalStatement approval{{"o1", "Operations", key_of(4), "approve", {}}, head, terms()};
  expect_round_trip(approval);
  expect_round_trip(
      DeliveryStatement{head, "r1", "node.example/bravo", "agreement", "a", hash_of("p"), 3, hash_of("d")});
  expect_round_trip(ReceiptStatement{head,
                                     "r1",
                                     "node.example/alpha",
                                     "agreement",
                                     "a",
                                     hash_of("p"),
                                     3,
                                     Timestamp::from_seconds(5),
                                     {"none"},
                                     "checkpoint\n"});
}

TEST(Agreement, holds_from_its_first_moment_until_before_its_last) {
  const AgreementStatement a = agreement();
  EXPECT_FALSE(a.in_force(a.valid_from - std::chrono::microseconds(1)));
  EXPECT_TRUE(a.in_force(a.valid_from));
  EXPECT_FALSE(a.in_force(a.valid_to));
  EXPECT_TRUE(a.allows_purpose("b"));
  EXPECT_FALSE(a.allows_purpose("c"));
}

TEST(Agreement, refuses_one_party_twice_no_purpose_and_lists_out_of_order) {
  AgreementStatement same = agreement();
  same.parties[1].origin = same.parties[0].origin;
  EXPECT_FALSE(AgreementStatement::from_json(same.to_json()));
  same = agreement();
  same.parties[1].role_key = same.parties[0].role_key;
  EXPECT_FALSE(AgreementStatement::from_json(same.to_json()));
  AgreementStatement none = agreement();
  none.purposes.clear();
  EXPECT_FALSE(AgreementStatement::from_json(none.to_json()));
  AgreementStatement unsorted = agreement();
  unsorted.purposes = {"b", "a"};
  EXPECT_FALSE(AgreementStatement::from_json(unsorted.to_json()));
  AgreementStatement foreign = agreement();
  foreign.head.node = "node.example/charlie";
  EXPECT_FALSE(AgreementStatement::from_json(foreign.to_json()));
}

TEST(Agreement, is_named_by_its_canonical_payload_whoever_signs) {
  const auto read = [&](std::uint8_t byte) {
    const auto key = crypto::SigningKey::from_seed(Bytes(32, byte));
    return *peek_statement(*sign_statement(agreement().to_json(), *key));
  };
  EXPECT_EQ(*agreement_id(read(1)), *agreement_id(read(2)));
  Statement spaced = read(1);
  spaced.payload.insert(1, " ");
  EXPECT_FALSE(agreement_id(spaced));
}

TEST(ReleaseTerms, any_changed_member_is_another_decision) {
  const ReleaseTerms whole = terms();
  std::vector<ReleaseTerms> changed(8, whole);
  changed[0].release = "r2";
  changed[1].package_hash[31] ^= 1;
  changed[2].recipients.push_back("node.example/charlie");
  changed[3].agreement = "other";
  changed[4].purpose = "b";
  changed[5].authorities.clear();
  changed[6].policy_version = "other";
  changed[7].expiry = changed[7].expiry + std::chrono::microseconds(1);
  for (const ReleaseTerms& other : changed) EXPECT_NE(other.hash(), whole.hash());
  Json more = whole.to_json();
  more.set("note", "not covered");
  EXPECT_FALSE(ReleaseTerms::from_json(more));
  Json odd = whole.to_json();
  odd.set("expiry", "2028-08-16T00:53:20.000Z");
  EXPECT_FALSE(ReleaseTerms::from_json(odd)) << "the same moment in another spelling would hash otherwise";
}

TEST(Approval, is_signed_by_the_officers_own_key_over_the_hash) {
  const auto officer = *crypto::SigningKey::from_seed(Bytes(32, 9));
  ApprovalStatement approval{{"o1", "Operations", officer.public_key(), "approve", {}}, head, terms()};
  EXPECT_FALSE(approval.officer_signed());
  approval.signature = officer.sign(approval_message(terms().hash()));
  EXPECT_TRUE(approval.officer_signed());
  approval.verdict = "reject";
  EXPECT_FALSE(approval.officer_signed()) << "a yes is no no";
  Json lying = approval.to_json();
  lying.set("decision_hash", to_hex(hash_of("other")));
  EXPECT_FALSE(ApprovalStatement::from_json(lying));
}

}  // namespace
}  // namespace parley::record
