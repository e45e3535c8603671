// Property: an accepted checkpoint and an accepted tile path are written back byte for byte, and a checkpoint
// that is signed again opens to the same head.
#include "base/assert.hpp"
#include "merkle/checkpoint.hpp"
#include "merkle/tile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::merkle;
  const std::string_view text = as_text({data, size});
  static const crypto::SigningKey key = *crypto::SigningKey::from_seed(Bytes(32, 77));
  if (const auto checkpoint = parse_checkpoint(text)) {
    PARLEY_ASSERT(checkpoint->text() == text);
    const VerifierKey log{checkpoint->origin, KeyType::ed25519, key.public_key()};
    if (is_key_name(checkpoint->origin)) {
      const auto opened = open_checkpoint(sign_checkpoint(*checkpoint, key), log);
      PARLEY_ASSERT(!opened || *opened == *checkpoint);
    }
  }
  if (const auto path = parse_tile_path(text)) PARLEY_ASSERT(format_tile_path(*path) == text);
  return 0;
}
