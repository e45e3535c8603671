#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/ed25519.hpp"

namespace parley::merkle {

/// Bounds on a note that is read (C2SP signed-note asks for at least 16 signatures).
struct NoteLimits {
  std::size_t max_bytes = std::size_t{512} * 1024;
  std::size_t max_signatures = 64;
};

/// Signature types of C2SP signed-note that Parley verifies.
enum class KeyType : std::uint8_t {
  ed25519 = 0x01,         ///< Ed25519 over the note text
  cosignature_v1 = 0x04,  ///< Ed25519 over time and note text (C2SP tlog-cosignature)
};

/// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
using NoteKeyId = Strong<struct NoteKeyIdTag, std::uint32_t>;

/// A key that verifies notes, under the name that it signs with.
struct VerifierKey {
  std::string name;
  KeyType type = KeyType::ed25519;
  crypto::PublicKey key;

  NoteKeyId id() const;
  /// `name+hex+base64`, C2SP signed-note "Verifier keys".
  std::string text() const;
  bool operator==(const VerifierKey&) const = default;
};

/// Reads a vkey; the key id must be the one that name, type and key give.
Result<VerifierKey> parse_vkey(std::string_view text);

/// Whether a key name may stand in a note: not empty, UTF-8, no spaces, no plus, no control characters.
bool is_key_name(std::string_view name);

struct NoteSignature {
  std::string name;
  NoteKeyId id;
  Bytes signature;
};

/// A note as written: nothing in it is verified.
struct Note {
  std::string text;  ///< with its final newline
  std::vector<NoteSignature> signatures;
};

Result<Note> parse_note(std::string_view bytes, const NoteLimits& limits = {});
/// The reverse: parse_note(format_note(n)) gives n, and format_note(parse_note(b)) gives b.
std::string format_note(const Note& note);

/// An Ed25519 signature (type 0x01) over `text` under `name`.
NoteSignature sign_note_text(std::string_view text, std::string_view name, const crypto::SigningKey& key);

/// Verifies every signature whose name and id belong to one of `keys`, of either type; all others are
/// ignored. Returns the indexes into `keys` of those that signed. `not_proven` when a known key's signature
/// fails, or when no known key signed.
Result<std::vector<std::size_t>> verify_note(const Note& note, std::span<const VerifierKey> keys);

}  // namespace parley::merkle
