// Property: an accepted proof is written back byte for byte, and verifies under no key but the one of its
// log.
#include "base/assert.hpp"
#include "merkle/tlog_proof.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::merkle;
  const std::string_view text = as_text({data, size});
  if (const auto proof = parse_tlog_proof(text)) {
    PARLEY_ASSERT(format_tlog_proof(*proof) == text);
    static const crypto::SigningKey key = *crypto::SigningKey::from_seed(Bytes(32, 77));
    const VerifierKey log{"node.example/disclosures", KeyType::ed25519, key.public_key()};
    PARLEY_ASSERT(!verify_tlog_proof(*proof, leaf_hash(as_bytes("disclosure-2")), log));
    // A path that leads to a root leads to one root only, and to another one from another leaf.
    const TreeSize tree(proof->index.value() + 1);
    const auto root = root_from_inclusion(leaf_hash({}), proof->index, tree, proof->path);
    if (root)
      PARLEY_ASSERT(*root != *root_from_inclusion(leaf_hash(as_bytes("x")), proof->index, tree, proof->path));
  }
  return 0;
}
