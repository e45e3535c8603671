#include "vole/transcript.hpp"

namespace parley::vole {

Transcript::Transcript(const VoleParameters& parameters) {
  Bytes sizes;
  append_u64(sizes, parameters.count);
  sizes.push_back(static_cast<std::uint8_t>(parameters.code));
  state_ =
      crypto::Sha256().update(domain::session).update(BytesView(parameters.session)).update(sizes).finish();
}

void Transcript::absorb(BytesView bytes) {
  Bytes length;
  append_u64(length, bytes.size());
  state_ =
      crypto::Sha256().update(domain::absorb).update(BytesView(state_)).update(length).update(bytes).finish();
}

block::Block Transcript::derive(std::string_view name) const {
  const crypto::Hash256 hash =
      crypto::Sha256().update(domain::derive).update(BytesView(state_)).update(name).finish();
  return block::load(hash.data());
}

Bytes confirmation(const Transcript& transcript, block::Block value) {
  const crypto::Hash256 hash = crypto::Sha256()
                                   .update(domain::confirm)
                                   .update(BytesView(transcript.state()))
                                   .update(block::bytes_of({&value, 1}))
                                   .finish();
  return to_bytes(BytesView(hash));
}

}  // namespace parley::vole
