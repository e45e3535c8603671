#include "merkle/note.hpp"

#include <gtest/gtest.h>

#include "merkle/checkpoint.hpp"
#include "merkle/note_text.hpp"
#include "merkle/tile.hpp"
#include "merkle/tlog_proof.hpp"

namespace parley::merkle {
namespace {

// C2SP signed-note, "Example".
const std::string example_vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string example_note =
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

crypto::SigningKey key_of(std::uint8_t byte) {
  return *crypto::SigningKey::from_seed(Bytes(32, byte));
}
VerifierKey verifier(std::string name, std::uint8_t byte) {
  return {std::move(name), KeyType::ed25519, key_of(byte).public_key()};
}
std::string note_by(std::initializer_list<std::pair<const char*, std::uint8_t>> signers) {
  Note note{"text\n\nmore\n", {}};
  for (const auto& [name, byte] : signers)
    note.signatures.push_back(sign_note_text(note.text, name, key_of(byte)));
  return format_note(note);
}

TEST(Note, opens_the_example_of_the_specification) {
  const auto key = parse_vkey(example_vkey);
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(key->text(), example_vkey);
  const auto note = parse_note(example_note);
  ASSERT_TRUE(note) << note.error().text();
  EXPECT_EQ(note->text, "This is an example message.\n");
  EXPECT_TRUE(verify_note(*note, std::vector{*key}));
  EXPECT_EQ(format_note(*note), example_note);
}

TEST(Note, passes_over_unknown_keys_and_refuses_a_known_one_that_fails) {
  const std::vector<VerifierKey> known = {verifier("a.example", 1), verifier("b.example", 2)};
  const auto signers = [&](const std::string& text) { return verify_note(*parse_note(text), known); };
  EXPECT_EQ(*signers(note_by({{"a.example", 1}})), (std::vector<std::size_t>{0}));
  EXPECT_EQ(*signers(note_by({{"c.example", 3}, {"b.example", 2}})), (std::vector<std::size_t>{1}));
  // The same name with another key has another id: unknown, not false.
  EXPECT_EQ(*signers(note_by({{"a.example", 9}, {"a.example", 1}})), (std::vector<std::size_t>{0}));
  EXPECT_FALSE(signers(note_by({{"c.example", 3}})));

  Note forged = *parse_note(note_by({{"a.example", 1}, {"b.example", 2}}));
  forged.signatures[1].signature[5] ^= 1;
  EXPECT_FALSE(verify_note(forged, known)) << "one known signature that fails spoils the note";
  EXPECT_TRUE(verify_note(forged, std::vector{known[0]}));
}

TEST(Note, takes_sixteen_signatures_and_bounds_their_number) {
  Note note{"text\n", {}};
  for (int i = 0; i < 64; ++i)
    note.signatures.push_back(sign_note_text(note.text, "k" + std::to_string(i) + ".example", key_of(7)));
  EXPECT_TRUE(parse_note(format_note(note)));
  note.signatures.push_back(note.signatures[0]);
  EXPECT_FALSE(parse_note(format_note(note)));
  EXPECT_FALSE(parse_note(example_note, {.max_bytes = 100}));
}

TEST(Note, refuses_what_other_readers_would_read_otherwise) {
  const auto replaced = [](std::string_view what, std::string_view with) {
    std::string text = example_note;
    return text.replace(text.find(what), what.size(), with);
  };
  for (const std::string& text :
       {std::string(), std::string("text\n"), std::string("text\n\n"), replaced("This", "Th\ris"),
        replaced("This", std::string_view("\0his", 4)), replaced("This", "\xff"),
        replaced("This", "\xc0\xaf"), replaced("=\n", "=\n\n"), replaced("=\n", "="), replaced("=\n", " =\n"),
        replaced("\u2014 ", "- "), replaced("\u2014 ", "\u2014  "),
        replaced("example.com/foo", "example.com+foo"), replaced("example.com/foo", "ex\u2003ample"),
        replaced("IneyaQM=", "IneyaQN="), replaced("yaQM=", "yaQM"),
        replaced(
            "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=",
            "Uw2QOg==")})
    EXPECT_FALSE(parse_note(text)) << text;
}

TEST(Note, refuses_verifier_keys_that_are_not_what_they_say) {
  EXPECT_FALSE(parse_vkey(""));
  EXPECT_FALSE(parse_vkey("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"));
  EXPECT_FALSE(parse_vkey("example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"));
  EXPECT_FALSE(parse_vkey("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"));
  EXPECT_FALSE(parse_vkey("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"));
  EXPECT_FALSE(parse_vkey("example.com/foo+530d903a+Aeky"));
  EXPECT_FALSE(parse_vkey("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"));
}

TEST(Utf8, refuses_overlong_forms_surrogates_and_cut_sequences) {
  for (const char* good : {"", "a", "\u00e4", "\u20ac", "\U0001f600", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(good));
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Checkpoint, reads_only_the_form_it_writes) {
  const Checkpoint head{"node.example/alpha", TreeSize(7), leaf_hash({}), {"extension"}};
  EXPECT_EQ(*parse_checkpoint(head.text()), head);
  const std::string root = to_base64(head.root);
  for (const std::string& text :
       {std::string(), std::string("o\n"), "o\n07\n" + root + "\n", "o\n-1\n" + root + "\n",
        "o\n+1\n" + root + "\n", "o\n7\n" + root, "o\n7 \n" + root + "\n", "\n7\n" + root + "\n",
        "o\n7\n" + root + "\n\n", "o\n7\n" + root.substr(1) + "\n", "o\n0\n" + root + "\n",
        "o\n18446744073709551616\n" + root + "\n", "o\n9223372036854775808\n" + root + "\n",
        std::string(256, 'o') + "\n7\n" + root + "\n"})
    EXPECT_FALSE(parse_checkpoint(text)) << text;
  EXPECT_TRUE(parse_checkpoint(std::string(255, 'o') + "\n7\n" + root + "\n"));
}

TEST(Checkpoint, is_not_taken_under_another_origin) {
  // The right key signs under its own name a checkpoint that names another log.
  const Checkpoint other{"node.example/bravo", TreeSize(1), leaf_hash({}), {}};
  Note note{other.text(), {sign_note_text(other.text(), "node.example/alpha", key_of(1))}};
  EXPECT_FALSE(open_checkpoint(format_note(note), verifier("node.example/alpha", 1)));
  EXPECT_TRUE(open_checkpoint(sign_checkpoint(other, key_of(1)), verifier("node.example/bravo", 1)));
  EXPECT_FALSE(open_checkpoint(sign_checkpoint(other, key_of(2)), verifier("node.example/bravo", 1)));
}

TEST(Cosignature, of_an_impossible_time_is_refused) {
  const VerifierKey witness{"w.example", KeyType::cosignature_v1, key_of(2).public_key()};
  const Checkpoint head{"node.example/alpha", TreeSize(1), leaf_hash({}), {}};
  Note note{head.text(), {cosign(head.text(), "w.example", Timestamp::from_seconds(5), key_of(2))}};
  EXPECT_EQ(*verify_cosignature(note, witness), Timestamp::from_seconds(5));
  note.signatures[0].signature[7] = 6;  // the time is signed
  EXPECT_FALSE(verify_cosignature(note, witness));
  note.signatures[0].signature.resize(4);
  EXPECT_FALSE(verify_cosignature(note, witness));
  note.signatures = {cosign(head.text(), "w.example", Timestamp::from_seconds(253'402'300'800), key_of(2))};
  EXPECT_FALSE(verify_cosignature(note, witness));
}

TEST(TlogProof, reads_only_the_form_it_writes) {
  Tree tree;
  for (int i = 0; i < 3; ++i) tree.append(leaf_hash(as_bytes(std::to_string(i))));
  TlogProof proof{to_bytes("extra"), LeafIndex(1), *tree.prove_inclusion(LeafIndex(1), TreeSize(3)),
                  sign_checkpoint({"node.example/alpha", tree.size(), tree.root(), {}}, key_of(1))};
  const std::string text = format_tlog_proof(proof);
  const auto again = parse_tlog_proof(text);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(format_tlog_proof(*again), text);
  EXPECT_TRUE(verify_tlog_proof(*again, leaf_hash(as_bytes("1")), verifier("node.example/alpha", 1)));
  EXPECT_FALSE(parse_tlog_proof("x" + text));
  EXPECT_FALSE(parse_tlog_proof(text + "\n"));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_tlog_proof(text.substr(0, size)));
  proof.path.assign(64, tree.root());
  EXPECT_FALSE(parse_tlog_proof(format_tlog_proof(proof)));
}

TEST(Tile, paths_are_those_of_the_specification) {
  EXPECT_EQ(format_tile_path({0U, 1'234'067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(format_tile_path({std::nullopt, 273, 112}), "tile/entries/273.p/112");
  for (const TilePath& path : {TilePath{0U, 0, 256}, TilePath{3U, 999, 1}, TilePath{7U, 1000, 255},
                               TilePath{std::nullopt, 1'000'000'000, 256}})
    EXPECT_EQ(*parse_tile_path(format_tile_path(path)), path);
  for (const char* text : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/00/000",
                           "tile/8/000",
                           "tile/0/0",
                           "tile/0/0000",
                           "tile/0/x000/000",
                           "tile/0/001/000",
                           "tile/0/x001",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/05",
                           "tile/0/000.p/",
                           "tile/0/000/",
                           "tile/0//000",
                           "tile/entries/../000",
                           "tile/-1/000",
                           "tile/0/-01",
                           "tile/0/x999/x999/x999/x999/x999/x999/999"})
    EXPECT_FALSE(parse_tile_path(text)) << text;
}

TEST(Tile, widths_of_a_tree_of_seventy_thousand_are_those_of_the_specification) {
  const TreeSize size(70'000);
  EXPECT_EQ(tile_width_at({0U, 272, 256}, size), 256U);
  EXPECT_EQ(tile_width_at({0U, 273, 256}, size), 112U);
  EXPECT_EQ(tile_width_at({0U, 274, 256}, size), 0U);
  EXPECT_EQ(tile_width_at({1U, 0, 256}, size), 256U);
  EXPECT_EQ(tile_width_at({1U, 1, 256}, size), 17U);
  EXPECT_EQ(tile_width_at({2U, 0, 256}, size), 1U);
  EXPECT_EQ(tile_width_at({3U, 0, 256}, size), 0U);
}

TEST(Tile, a_hash_of_a_level_is_the_root_of_the_full_tile_below) {
  Tree tree;
  for (int i = 0; i < 600; ++i) tree.append(leaf_hash(as_bytes(std::to_string(i))));
  const Bytes above = *hash_tile(tree, {1U, 0, 2});
  CompactRange below;
  const Bytes first = *hash_tile(tree, {0U, 0, 256});
  for (std::size_t i = 0; i < 256; ++i) below.append(*to_array<32>(BytesView(first).subspan(32 * i, 32)));
  EXPECT_EQ(*to_array<32>(BytesView(above).first(32)), below.root());
  EXPECT_FALSE(hash_tile(tree, {1U, 0, 3}));
  EXPECT_FALSE(hash_tile(tree, {0U, 2, 89}));
  EXPECT_TRUE(hash_tile(tree, {0U, 2, 88}));
}

}  // namespace
}  // namespace parley::merkle
