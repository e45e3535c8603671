#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "encoding/canonical.hpp"
#include "encoding/json.hpp"
#include "peer/abort.hpp"
#include "peer/invitation.hpp"
#include "peer/offer.hpp"
#include "record/match_statement.hpp"

namespace parley::peer {
namespace {

/// The worked examples of docs/spec/peer.md, by the name behind the three backticks.
std::string example(std::string_view name) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/docs/spec/peer.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::string open = "```" + std::string(name) + "\n";
  const std::size_t begin = all.find(open);
  if (begin == std::string::npos) return {};
  const std::size_t end = all.find("\n```", begin + open.size());
  return all.substr(begin + open.size(), end - begin - open.size());
}

Bytes hex_example(std::string_view name) {
  std::string digits = example(name);
  std::erase_if(digits, [](char c) { return c == ' ' || c == '\n'; });
  return from_hex(digits).value_or(Bytes());
}

Frame only_frame(const Bytes& stream) {
  FrameDecoder decoder;
  EXPECT_TRUE(decoder.feed(stream));
  auto frame = decoder.next();
  EXPECT_TRUE(frame && *frame);
  EXPECT_TRUE(decoder.at_boundary());
  return frame && *frame ? std::move(**frame) : Frame{};
}

TEST(PeerSpec, the_example_hello_is_read_as_described) {
  const Bytes stream = hex_example("hello");
  const Frame frame = only_frame(stream);
  EXPECT_EQ(frame.type, FrameType::hello);
  EXPECT_EQ(encode_frame(frame), stream);
  const auto hello = parse_hello(frame.body);
  ASSERT_TRUE(hello) << hello.error().text();
  EXPECT_EQ(hello->side, Side::initiator);
  EXPECT_EQ(hello->versions, (VersionRange{1, 1}));
  EXPECT_EQ(hello->features, (std::vector<std::string>{"match/1", "seal/1"}));
  EXPECT_EQ(hello->origin.value(), "node.example.org/alpha");
  EXPECT_EQ(hello->nonce.value()[2], 3);
}

TEST(PeerSpec, the_example_open_is_read_as_described) {
  const auto open = read_open(only_frame(hex_example("open")));
  ASSERT_TRUE(open);
  EXPECT_EQ(open->kind, SessionKind::match);
  EXPECT_EQ(to_hex(open->session.value()), "eee3f803f7a8477086238c5c1fd331dd");
}

TEST(PeerSpec, the_example_offer_has_the_hash_and_signature_shown) {
  const std::string text = example("offer");
  const auto offer = parse_offer(as_bytes(text));
  ASSERT_TRUE(offer) << offer.error().text();
  EXPECT_EQ(to_hex(offer_hash(as_bytes(text))), example("offer-hash"));
  const auto signature = crypto::parse_signature(hex_example("offer-signature"));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(verify_offer(as_bytes(text), Side::responder, offer->responder->role_key, *signature));
}

TEST(PeerSpec, the_example_abort_is_a_canonical_payload) {
  const std::string text = example("abort");
  const auto json = encoding::parse_json(text);
  ASSERT_TRUE(json);
  EXPECT_EQ(encoding::canonical_json(*json).value(), text);
  EXPECT_TRUE(record::AbortStatement::from_json(*json));
}

TEST(PeerSpec, the_example_invitation_verifies) {
  const auto invitation = read_invitation(example("invitation"), *parse_time("2026-05-02T00:00:00Z"));
  ASSERT_TRUE(invitation) << invitation.error().text();
  EXPECT_EQ(invitation->name, "CERT Alpha");
  EXPECT_EQ(fingerprint(*invitation), "60263 67203 41816 88038 98410 46330 02063 13995");
}

TEST(PeerSpec, the_table_of_frames_has_every_type_with_its_limit) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/docs/spec/peer.md");
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| 0x")) continue;
    const auto type = static_cast<FrameType>(std::stoul(line.substr(4, 2), nullptr, 16));
    ASSERT_TRUE(frame_limit(type)) << line;
    EXPECT_NE(line.find("| " + std::string(frame_name(type)) + " |"), std::string::npos) << line;
    std::string limit = line.substr(line.rfind('|', line.size() - 2) + 1);
    std::erase_if(limit, [](char c) { return c < '0' || c > '9'; });
    EXPECT_EQ(std::stoul(limit), *frame_limit(type)) << line;
    ++rows;
  }
  std::size_t known = 0;
  for (unsigned number = 0; number < 256; ++number)
    known += frame_limit(static_cast<FrameType>(number)).has_value();
  EXPECT_EQ(rows, known);
}

}  // namespace
}  // namespace parley::peer
