#include "record/jws.hpp"

#include <gtest/gtest.h>

namespace parley::record {
namespace {

crypto::SigningKey key_of(std::uint8_t byte) {
  return *crypto::SigningKey::from_seed(Bytes(32, byte));
}

Json payload() {
  return Json::object({{"schema", "parley/test/1"},
                       {"id", "01890000-0000-7000-8000-000000000001"},
                       {"node", "node.example/alpha"},
                       {"created", "2026-11-21T21:30:00Z"},
                       {"text", "Grüße"}});
}

std::string signed_over(std::string_view header, std::string_view body, const crypto::SigningKey& key) {
  const std::string text = to_base64url(as_bytes(header)) + '.' + to_base64url(as_bytes(body));
  return text + '.' + to_base64url(key.sign(as_bytes(text)).value());
}

std::string header_of(const crypto::SigningKey& key) {
  return R"({"alg":"Ed25519","kid":")" + key_id(key.public_key()) + R"("})";
}

const std::string body =
    R"({"created":"2026-11-21T21:30:00Z","id":"01890000-0000-7000-8000-000000000001","node":"node.example/alpha","schema":"parley/test/1"})";

TEST(Jws, verifies_what_it_signs) {
  const auto jws = sign_statement(payload(), key_of(1));
  ASSERT_TRUE(jws) << jws.error().text();
  const auto statement = verify_statement(*jws, key_of(1).public_key());
  ASSERT_TRUE(statement) << statement.error().text();
  EXPECT_EQ(statement->schema, "parley/test/1");
  EXPECT_EQ(statement->node, "node.example/alpha");
  EXPECT_EQ(*statement->members.string_member("text"), "Grüße");
  EXPECT_EQ(statement->jws, *jws);
  EXPECT_EQ(statement->signer, key_of(1).public_key());
  EXPECT_EQ(statement->payload.find(R"({"created":)"), 0U) << "canonical: members sorted";
  EXPECT_EQ(payload_hash(*statement), crypto::sha256(as_bytes(statement->payload)));
  EXPECT_EQ(*jws, *sign_statement(payload(), key_of(1))) << "Ed25519 is deterministic";
}

TEST(Jws, is_not_verified_by_another_key) {
  const auto jws = *sign_statement(payload(), key_of(1));
  const auto statement = verify_statement(jws, key_of(2).public_key());
  ASSERT_FALSE(statement);
  EXPECT_EQ(statement.error().kind, ErrorKind::not_proven);
}

TEST(Jws, has_no_second_form) {
  const auto jws = *sign_statement(payload(), key_of(1));
  for (std::size_t i = 0; i < jws.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = jws;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(verify_statement(changed, key_of(1).public_key())) << i << " bit " << bit;
    }
  for (const std::string& changed :
       {jws + "=", jws + "\n", " " + jws, jws + ".", jws.substr(1), jws.substr(0, jws.size() - 1)})
    EXPECT_FALSE(verify_statement(changed, key_of(1).public_key()));
}

TEST(Jws, keeps_the_payload_as_it_was_signed) {
  // Another writer may sign white space; the bytes stay, and only what needs a name asks for canonical form.
  const std::string spaced = "{ " + body.substr(1);
  const auto statement =
      verify_statement(signed_over(header_of(key_of(1)), spaced, key_of(1)), key_of(1).public_key());
  ASSERT_TRUE(statement) << statement.error().text();
  EXPECT_EQ(statement->payload, spaced);
}

TEST(Jws, takes_one_header_and_no_other) {
  const crypto::SigningKey key = key_of(1);
  const std::string kid = key_id(key.public_key());
  ASSERT_TRUE(verify_statement(signed_over(header_of(key), body, key), key.public_key()));
  for (const std::string& header : std::vector<std::string>{
           std::string("{}"), std::string(R"({"alg":"none"})"), R"({"alg":"EdDSA","kid":")" + kid + "\"}",
           R"({"alg":"HS256","kid":")" + kid + "\"}", R"({"kid":")" + kid + R"(","alg":"Ed25519"})",
           R"({"alg":"Ed25519","kid":")" + kid + R"(","crit":["exp"]})",
           R"({"alg": "Ed25519","kid":")" + kid + "\"}", R"({"alg":"Ed25519"})",
           R"({"alg":"Ed25519","kid":"0000000000000000"})", R"({"alg":"Ed25519","kid":"ABCDEF0123456789"})",
           header_of(key) + " ", std::string()})
    EXPECT_FALSE(verify_statement(signed_over(header, body, key), key.public_key())) << header;
}

TEST(Jws, refuses_payloads_that_are_no_statement) {
  const crypto::SigningKey key = key_of(1);
  const auto replaced = [](std::string_view what, std::string_view with) {
    std::string text = body;
    return text.replace(text.find(what), what.size(), with);
  };
  for (const std::string& text :
       {std::string("[]"), std::string("null"), std::string("{}"), replaced("parley/test/1", "parley/test/2"),
        replaced("parley/test/1", "parley/test/01"), replaced("parley/test/1", "parley//1"),
        replaced("parley/test/1", "parley/Test/1"), replaced("parley/test/1", "other/test/1"),
        replaced("parley/test/1", "parley/test"), replaced("2026-11-21T21:30:00Z", "yesterday"),
        replaced("\"id\":", "\"node\":"), replaced("node.example/alpha", ""), body + " x",
        replaced("{", "{\"a\":\"\xff\",")})
    EXPECT_FALSE(verify_statement(signed_over(header_of(key), text, key), key.public_key())) << text;
}

TEST(Jws, does_not_sign_what_it_would_not_read) {
  Json incomplete = payload();
  incomplete.erase("created");
  EXPECT_FALSE(sign_statement(incomplete, key_of(1)));
  Json inexact = payload();
  inexact.set("number", std::uint64_t{1} << 60U);
  EXPECT_FALSE(sign_statement(inexact, key_of(1)));
}

TEST(Jws, bounds_the_length) {
  Json large = payload();
  large.set("text", std::string(max_statement_bytes, 'x'));
  EXPECT_FALSE(sign_statement(large, key_of(1)));
  EXPECT_FALSE(peek_statement(std::string(max_statement_bytes + 1, 'x')));
}

}  // namespace
}  // namespace parley::record
