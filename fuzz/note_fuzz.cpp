// Property: an accepted note is written back byte for byte, and verifier keys likewise; no key of ours is
// ever found to have signed what it did not sign.
#include "base/assert.hpp"
#include "merkle/note.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::merkle;
  const std::string_view text = as_text({data, size});
  static const crypto::SigningKey key = *crypto::SigningKey::from_seed(Bytes(32, 77));
  static const std::vector<VerifierKey> keys = {{"fuzz.example/log", KeyType::ed25519, key.public_key()}};
  if (const auto note = parse_note(text)) {
    PARLEY_ASSERT(format_note(*note) == text);
    PARLEY_ASSERT(!verify_note(*note, keys));
    Note cosigned = *note;
    cosigned.signatures.push_back(sign_note_text(note->text, keys[0].name, key));
    const auto again = parse_note(format_note(cosigned));
    PARLEY_ASSERT(!again || again->text == note->text);
  }
  if (const auto vkey = parse_vkey(text)) PARLEY_ASSERT(vkey->text() == text);
  return 0;
}
