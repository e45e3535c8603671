#include "policy/agreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "crypto/hash.hpp"
#include "encoding/canonical.hpp"

namespace parley::policy {
namespace {

using encoding::Json;

record::AgreementStatement statement() {
  record::AgreementStatement out;
  out.head = {"01890000-0000-7000-8000-000000000001", "alpha.example/1",
              Timestamp::from_seconds(1'760'000'000)};
  for (std::size_t i = 0; i < 2; ++i) {
    record::AgreementParty& party = out.parties[i];
    party.origin = i == 0 ? "alpha.example/1" : "bravo.example/1";
    party.name = i == 0 ? "CERT Alpha" : "CERT Bravo";
    party.kind = "national_cert";
    party.jurisdiction = i == 0 ? "AA" : "BB";
    party.authority = "Example Act, section 1";
    ByteArray<32> key{};
    key[0] = static_cast<std::uint8_t>(i + 1);
    party.role_key = crypto::PublicKey(key);
  }
  out.purposes = {"incident-response"};
  out.match_policy.types = {"domain-name", "ipv4-addr"};
  out.match_policy.items_per_day = 1000;
  out.valid_from = Timestamp::from_seconds(1'760'000'000);
  out.valid_to = out.valid_from + std::chrono::days(30);
  return out;
}

TEST(Agreement, is_read_into_our_types_and_named_by_its_hash) {
  const Json payload = statement().to_json();
  const Result<Agreement> agreement = parse_agreement(payload);
  ASSERT_TRUE(agreement) << agreement.error().text();
  const Result<std::string> canonical = encoding::canonical_json(payload);
  ASSERT_TRUE(canonical);
  EXPECT_EQ(agreement->hash, to_hex(crypto::sha256(as_bytes(*canonical))));
  EXPECT_EQ(agreement->drafter, "alpha.example/1");
  EXPECT_EQ(agreement->counterpart("alpha.example/1")->name, "CERT Bravo");
  EXPECT_EQ(agreement->counterpart("charlie.example/1"), nullptr);
  EXPECT_TRUE(agreement->allows_type(intel::SelectorType::domain_name));
  EXPECT_FALSE(agreement->allows_type(intel::SelectorType::url));
  EXPECT_TRUE(agreement->allows_purpose("incident-response"));
  EXPECT_FALSE(agreement->allows_purpose(""));
  EXPECT_TRUE(agreement->allows_output(MatchOutput::size));
}

TEST(Agreement, output_size_does_not_allow_items) {
  record::AgreementStatement said = statement();
  said.match_policy.output = "size";
  const Result<Agreement> agreement = parse_agreement(said.to_json());
  ASSERT_TRUE(agreement) << agreement.error().text();
  EXPECT_TRUE(agreement->allows_output(MatchOutput::size));
  EXPECT_FALSE(agreement->allows_output(MatchOutput::items));
}

TEST(Agreement, refuses_payloads_that_make_no_sense_and_says_where) {
  using Change = std::function<void(record::AgreementStatement&)>;
  const std::vector<std::pair<std::string, Change>> cases = {
      {"/match_policy/min_set", [](auto& s) { s.match_policy.min_set = 0; }},
      {"/match_policy/min_set", [](auto& s) { s.match_policy.min_set = s.match_policy.max_set + 1; }},
      {"/match_policy/max_set", [](auto& s) { s.match_policy.max_set = (std::uint64_t{1} << 26) + 1; }},
      {"/match_policy/budgets/per_day", [](auto& s) { s.match_policy.runs_per_day = 0; }},
      {"/match_policy/budgets/per_day", [](auto& s) { s.match_policy.runs_per_day = 100'001; }},
      {"/match_policy/audit_days", [](auto& s) { s.match_policy.audit_days = 3661; }},
      {"/valid_to", [](auto& s) { s.valid_to = s.valid_from + std::chrono::days(3661); }},
      {"/match_policy/types", [](auto& s) { s.match_policy.types.clear(); }},
      {"/match_policy/types/0", [](auto& s) { s.match_policy.types = {"no-such-type"}; }},
      {"/match_policy/types/0", [](auto& s) { s.match_policy.types = {"mutex"}; }},
      {"/purposes/0", [](auto& s) { s.purposes = {std::string(513, 'x')}; }},
      {"/parties/1/authority", [](auto& s) { s.parties[1].authority = std::string(513, 'x'); }},
  };
  for (const auto& [where, change] : cases) {
    record::AgreementStatement said = statement();
    change(said);
    const Result<Agreement> agreement = parse_agreement(said.to_json());
    ASSERT_FALSE(agreement) << where;
    EXPECT_EQ(agreement.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(agreement.error().where, where) << agreement.error().text();
  }
}

TEST(Agreement, refuses_one_node_or_one_key_on_both_sides) {
  record::AgreementStatement said = statement();
  said.parties[1].origin = said.parties[0].origin;
  EXPECT_FALSE(parse_agreement(said.to_json()));
  said = statement();
  said.parties[1].role_key = said.parties[0].role_key;
  EXPECT_FALSE(parse_agreement(said.to_json()));
  said = statement();
  said.head.node = "charlie.example/1";
  EXPECT_FALSE(parse_agreement(said.to_json()));
}

TEST(AgreementState, passes_from_draft_to_in_force_to_expired) {
  const Result<Agreement> agreement = parse_agreement(statement().to_json());
  ASSERT_TRUE(agreement) << agreement.error().text();
  AgreementState state;
  state.agreement = *agreement;
  const Timestamp from = agreement->valid_from;
  EXPECT_EQ(state.status(from), AgreementStatus::draft);
  state.signed_by_peer = true;
  EXPECT_EQ(state.status(from), AgreementStatus::proposed);
  state.signed_by_us = true;
  EXPECT_EQ(state.status(from - std::chrono::microseconds(1)), AgreementStatus::not_yet);
  EXPECT_EQ(state.status(from), AgreementStatus::in_force);
  EXPECT_EQ(state.status(agreement->valid_to - std::chrono::microseconds(1)), AgreementStatus::in_force);
  EXPECT_EQ(state.status(agreement->valid_to), AgreementStatus::expired);
  state.suspended = true;
  EXPECT_EQ(state.status(from), AgreementStatus::suspended);
}

}  // namespace
}  // namespace parley::policy
