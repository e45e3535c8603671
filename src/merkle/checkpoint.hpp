#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "merkle/note.hpp"
#include "merkle/tree.hpp"

namespace parley::merkle {

/// Longest origin that is accepted, in bytes (what one length byte of C2SP tlog-cosignature holds).
inline constexpr std::size_t max_origin_bytes = 255;

/// The head of a log (C2SP tlog-checkpoint).
struct Checkpoint {
  std::string origin;
  TreeSize size;
  Hash root{};
  std::vector<std::string> extensions;  ///< opaque lines, kept

  std::string text() const;
  bool operator==(const Checkpoint&) const = default;
};

/// Reads the text of a checkpoint (without signatures): no leading zeros, strict base64, no empty lines.
Result<Checkpoint> parse_checkpoint(std::string_view text);

/// Signs as the log named by the checkpoint's origin.
std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::SigningKey& log_key);

/// Verifies that `log` signed it and that its origin is the key's name.
Result<Checkpoint> open_checkpoint(std::string_view signed_checkpoint, const VerifierKey& log);

/// The time that a cosignature names, when it verifies under `witness` (type cosignature/v1).
Result<Timestamp> verify_cosignature(const Note& checkpoint, const VerifierKey& witness);

/// A witness's cosignature over the text of a checkpoint at a time (whole seconds).
NoteSignature cosign(std::string_view checkpoint_text, std::string_view witness_name, Timestamp time,
                     const crypto::SigningKey& key);

}  // namespace parley::merkle
