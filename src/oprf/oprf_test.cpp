#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

#include "crypto/seeded.hpp"
#include "oprf/client.hpp"
#include "oprf/server.hpp"

namespace parley::oprf {
namespace {

using Line = std::vector<std::string>;

std::vector<Line> lines(const std::string& kind) {
  std::ifstream in(PARLEY_SOURCE_DIR "/tests/vectors/oprf/ristretto255_sha512.txt");
  std::vector<Line> out;
  for (std::string text; std::getline(in, text);) {
    std::istringstream words(text);
    std::string word;
    words >> word;
    if (word != kind) continue;
    Line fields;
    while (words >> word) fields.push_back(word);
    out.push_back(std::move(fields));
  }
  EXPECT_FALSE(out.empty()) << kind;
  return out;
}

std::vector<Bytes> unhex_list(const std::string& text) {
  std::vector<Bytes> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) out.push_back(from_hex(part).value());
  return out;
}

std::vector<BytesView> views(const std::vector<Bytes>& all) {
  return {all.begin(), all.end()};
}

std::vector<crypto::EncodedPoint> points(const std::string& text) {
  std::vector<crypto::EncodedPoint> out;
  for (const Bytes& one : unhex_list(text)) out.push_back(to_array<32>(one).value());
  return out;
}

std::vector<crypto::Scalar> scalars(const std::string& text) {
  std::vector<crypto::Scalar> out;
  for (const Bytes& one : unhex_list(text)) out.push_back(crypto::Scalar::decode(one).value());
  return out;
}

KeyPair key_of(Mode mode) {
  const Line line = lines("key").at(mode == Mode::oprf ? 0 : 1);
  const Bytes seed = from_hex(line.at(1)).value();
  return KeyPair::derive(mode, crypto::Secret<32>::from(seed).value(), from_hex(line.at(2)).value()).value();
}

crypto::SeededEntropy seeded(std::string_view label) {
  return crypto::SeededEntropy(crypto::Secret<32>(ByteArray<32>{9}), label);
}

std::string hex_list(const Outputs& outputs) {
  std::string out;
  for (std::size_t i = 0; i < outputs.size(); ++i) out += (i == 0 ? "" : ",") + to_hex(outputs[i]);
  return out;
}

TEST(Oprf, derives_the_key_pairs_of_the_rfc) {
  for (const Line& line : lines("key")) {
    const Mode mode = line.at(0) == "oprf" ? Mode::oprf : Mode::voprf;
    const KeyPair key = key_of(mode);
    EXPECT_EQ(to_hex(key.secret().view()), line.at(3));
    if (line.at(4) != "-") {
      EXPECT_EQ(to_hex(key.public_key()), line.at(4));
    }
  }
}

TEST(Oprf, gives_the_values_of_appendix_a_1_1) {
  SerialParallel serial;
  const KeyPair key = key_of(Mode::oprf);
  for (const Line& line : lines("oprf")) {
    const std::vector<Bytes> inputs = unhex_list(line.at(0));
    const auto blinding = blind_with(Mode::oprf, views(inputs), scalars(line.at(1)), serial).value();
    EXPECT_EQ(blinding.elements, points(line.at(2)));
    const auto evaluated = blind_evaluate(blinding.elements, key, serial).value();
    EXPECT_EQ(evaluated, points(line.at(3)));
    EXPECT_EQ(hex_list(finalize(views(inputs), blinding, evaluated, serial).value()), line.at(4));
    EXPECT_EQ(hex_list(evaluate(Mode::oprf, views(inputs), key, serial).value()), line.at(4));
  }
}

TEST(Oprf, gives_the_values_of_appendix_a_1_2_with_their_batch) {
  SerialParallel serial;
  const KeyPair key = key_of(Mode::voprf);
  for (const Line& line : lines("voprf")) {
    const std::vector<Bytes> inputs = unhex_list(line.at(0));
    const auto blinding = blind_with(Mode::voprf, views(inputs), scalars(line.at(1)), serial).value();
    EXPECT_EQ(blinding.elements, points(line.at(2)));
    const auto evaluated = blind_evaluate(blinding.elements, key, serial).value();
    EXPECT_EQ(evaluated, points(line.at(3)));
    const auto random = scalars(line.at(5));
    const auto proof = generate_proof_with(key, blinding.elements, evaluated, random.front(), serial).value();
    EXPECT_EQ(to_hex(proof), line.at(4));
    const auto output =
        finalize_verified(views(inputs), blinding, evaluated, key.public_key(), proof, serial);
    ASSERT_TRUE(output);
    EXPECT_EQ(hex_list(*output), line.at(6));
    EXPECT_EQ(hex_list(evaluate(Mode::voprf, views(inputs), key, serial).value()), line.at(6));
  }
}

struct Batch {
  std::vector<Bytes> inputs;
  KeyPair key;
  Blinding blinding;
  VerifiableEvaluation answer;

  explicit Batch(std::size_t size) : key(make_key()) {
    SerialParallel serial;
    auto entropy = seeded("batch");
    for (std::size_t i = 0; i < size; ++i) inputs.push_back(Bytes(i % 40, static_cast<std::uint8_t>(i)));
    blinding = blind(Mode::voprf, views(inputs), entropy, serial).value();
    answer = blind_evaluate_verifiably(blinding.elements, key, entropy, serial).value();
  }
  static KeyPair make_key() {
    auto entropy = seeded("key");
    return KeyPair::generate(entropy);
  }
  Result<Outputs> finish(const Proof& proof) const {
    SerialParallel serial;
    return finalize_verified(views(inputs), blinding, answer.elements, key.public_key(), proof, serial);
  }
};

TEST(Oprf, a_batch_of_any_size_equals_the_function_itself) {
  SerialParallel serial;
  for (const std::size_t size : {1U, 2U, 7U, 8U, 9U, 33U}) {
    const Batch batch(size);
    const auto output = batch.finish(batch.answer.proof);
    ASSERT_TRUE(output) << size;
    EXPECT_EQ(hex_list(*output),
              hex_list(evaluate(Mode::voprf, views(batch.inputs), batch.key, serial).value()));
  }
}

TEST(Oprf, the_two_modes_give_unrelated_values) {
  SerialParallel serial;
  const Batch batch(1);
  EXPECT_NE(hex_list(evaluate(Mode::oprf, views(batch.inputs), batch.key, serial).value()),
            hex_list(evaluate(Mode::voprf, views(batch.inputs), batch.key, serial).value()));
}

TEST(Oprf, every_altered_bit_of_a_proof_is_refused) {
  const Batch batch(2);
  for (std::size_t byte = 0; byte < 64; byte += 3) {
    Proof proof = batch.answer.proof;
    proof[byte] ^= static_cast<std::uint8_t>(1U << (byte % 8));
    const auto output = batch.finish(proof);
    ASSERT_FALSE(output) << byte;
    EXPECT_EQ(output.error().kind, ErrorKind::peer);
  }
}

TEST(Oprf, a_proof_scalar_that_is_not_canonical_is_refused) {
  // c + l is the same residue, and must not pass for it.
  const ByteArray<32> order = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                               0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                               0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  const Batch batch(2);
  for (const std::size_t half : {0U, 32U}) {
    Proof proof = batch.answer.proof;
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += proof[half + i] + order[i];
      proof[half + i] = static_cast<std::uint8_t>(carry & 0xff);
      carry >>= 8;
    }
    EXPECT_FALSE(batch.finish(proof));
  }
}

TEST(Oprf, one_answer_under_another_key_spoils_the_whole_batch) {
  SerialParallel serial;
  Batch batch(5);
  auto entropy = seeded("other");
  const KeyPair other = KeyPair::generate(entropy);
  const auto wrong = blind_evaluate(std::span(batch.blinding.elements).subspan(3, 1), other, serial).value();
  batch.answer.elements[3] = wrong.front();
  EXPECT_FALSE(batch.finish(batch.answer.proof));
  // Nor can the owner of the announced key prove what it did not do.
  const auto proof =
      generate_proof(batch.key, batch.blinding.elements, batch.answer.elements, entropy, serial).value();
  EXPECT_FALSE(batch.finish(proof));
}

TEST(Oprf, two_answers_in_each_others_place_are_refused) {
  Batch batch(4);
  std::swap(batch.answer.elements[0], batch.answer.elements[2]);
  EXPECT_FALSE(batch.finish(batch.answer.proof));
}

TEST(Oprf, a_proof_under_another_public_key_is_refused) {
  SerialParallel serial;
  const Batch batch(3);
  auto entropy = seeded("other");
  const KeyPair other = KeyPair::generate(entropy);
  EXPECT_FALSE(verify_proof(other.public_key(), batch.blinding.elements, batch.answer.elements,
                            batch.answer.proof, serial));
}

TEST(Oprf, the_identity_and_invalid_encodings_are_refused_on_both_sides) {
  SerialParallel serial;
  Batch batch(3);
  crypto::EncodedPoint negative{};
  negative[0] = 1;
  for (const crypto::EncodedPoint& bad : {crypto::EncodedPoint{}, negative}) {
    std::vector<crypto::EncodedPoint> elements = batch.blinding.elements;
    elements[1] = bad;
    EXPECT_FALSE(blind_evaluate(elements, batch.key, serial));
    std::vector<crypto::EncodedPoint> answers = batch.answer.elements;
    answers[1] = bad;
    EXPECT_FALSE(finalize(views(batch.inputs), batch.blinding, answers, serial));
    EXPECT_FALSE(
        verify_proof(batch.key.public_key(), batch.blinding.elements, answers, batch.answer.proof, serial));
  }
}

TEST(Oprf, an_empty_batch_has_no_proof_and_a_long_input_is_refused) {
  SerialParallel serial;
  auto entropy = seeded("empty");
  const KeyPair key = KeyPair::generate(entropy);
  EXPECT_FALSE(blind_evaluate_verifiably({}, key, entropy, serial));
  const Bytes longest(max_input_bytes, 1);
  const Bytes too_long(max_input_bytes + 1, 1);
  EXPECT_TRUE(evaluate(Mode::voprf, std::vector<BytesView>{longest}, key, serial));
  EXPECT_FALSE(evaluate(Mode::voprf, std::vector<BytesView>{too_long}, key, serial));
  EXPECT_FALSE(blind(Mode::voprf, std::vector<BytesView>{too_long}, entropy, serial));
}

RC_GTEST_PROP(OprfProperty, blinding_hides_nothing_from_the_result,
              (const std::vector<std::uint8_t>& input)) {
  SerialParallel serial;
  auto entropy = seeded("property");
  const KeyPair key = KeyPair::generate(entropy);
  const std::vector<BytesView> inputs{input};
  const auto first = blind(Mode::oprf, inputs, entropy, serial).value();
  const auto second = blind(Mode::oprf, inputs, entropy, serial).value();
  RC_ASSERT(first.elements != second.elements);
  const auto one =
      finalize(inputs, first, blind_evaluate(first.elements, key, serial).value(), serial).value();
  const auto two =
      finalize(inputs, second, blind_evaluate(second.elements, key, serial).value(), serial).value();
  RC_ASSERT(one[0] == two[0]);
}

}  // namespace
}  // namespace parley::oprf
