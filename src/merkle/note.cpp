#include "merkle/note.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "merkle/note_text.hpp"

namespace parley::merkle {
namespace {

constexpr std::string_view dash = "\u2014 ";  // em dash and space: how a signature line begins
constexpr std::size_t max_name_bytes = 255;
constexpr std::size_t max_signature_bytes = 8192;  // ML-DSA-44 cosignatures of others have 2,432

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::bad_input, std::move(what));
}

std::uint32_t first_u32(BytesView bytes) {
  return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U |
         bytes[3];
}

std::string hex_id(NoteKeyId id) {
  Bytes bytes;
  append_u32(bytes, id.value());
  return to_hex(bytes);
}

/// The white space of Unicode beyond ASCII (property White_Space), as Go's unicode.IsSpace has it.
bool has_unicode_space(std::string_view text) {
  for (const std::string_view space :
       {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
        "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"})
    if (text.find(space) != std::string_view::npos) return true;
  return false;
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(dash)) return malformed("a signature line begins with an em dash and a space");
  line.remove_prefix(dash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return malformed("a signature line has a name and a signature");
  NoteSignature out;
  out.name = line.substr(0, space);
  if (!is_key_name(out.name)) return malformed("a signature line with a name that no key can have");
  PARLEY_TRY(const Bytes bytes, from_base64(line.substr(space + 1)));
  if (bytes.size() < 5 || bytes.size() > max_signature_bytes)
    return malformed("a signature has a four-byte key id and some bytes, not too many");
  out.id = NoteKeyId(first_u32(bytes));
  out.signature.assign(bytes.begin() + 4, bytes.end());
  return out;
}

/// What a key of this type signs: the text itself, or the text under a time (C2SP tlog-cosignature).
bool signature_holds(const VerifierKey& key, std::string_view text, BytesView signature) {
  Bytes message;
  if (key.type == KeyType::cosignature_v1) {
    ByteReader reader(signature);
    const auto time = reader.u64();
    if (!time) return false;
    message = to_bytes("cosignature/v1\ntime " + std::to_string(*time) + "\n");
    signature = signature.subspan(8);
  }
  append(message, text);
  const auto parsed = crypto::parse_signature(signature);
  return parsed && crypto::verify(key.key, message, *parsed);
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > max_name_bytes || !is_utf8(name) || has_unicode_space(name)) return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == '+';
  });
}

NoteKeyId VerifierKey::id() const {
  Bytes input = to_bytes(name);
  input.push_back('\n');
  input.push_back(static_cast<std::uint8_t>(type));
  append(input, key.value());
  return NoteKeyId(first_u32(crypto::sha256(input)));
}

std::string VerifierKey::text() const {
  Bytes material{static_cast<std::uint8_t>(type)};
  append(material, key.value());
  return name + '+' + hex_id(id()) + '+' + to_base64(material);
}

Result<VerifierKey> parse_vkey(std::string_view text) {
  const std::size_t first = text.find('+');
  if (first == std::string_view::npos || text.size() < first + 10 || text[first + 9] != '+')
    return malformed("a verifier key is written NAME+8 hexadecimal digits+base64");
  VerifierKey out;
  out.name = text.substr(0, first);
  if (!is_key_name(out.name))
    return malformed("a verifier key has a name without spaces and control characters");
  PARLEY_TRY(const Bytes material, from_base64(text.substr(first + 10)));
  if (material.size() != 33 || (material[0] != 0x01 && material[0] != 0x04))
    return malformed("a verifier key of another algorithm than Ed25519");
  out.type = static_cast<KeyType>(material[0]);
  PARLEY_TRY(out.key, crypto::parse_public_key(BytesView(material).subspan(1)));
  if (text.substr(first + 1, 8) != hex_id(out.id()))
    return malformed("the id of the verifier key does not belong to its name and key (copied wrongly?)");
  return out;
}

Result<Note> parse_note(std::string_view bytes, const NoteLimits& limits) {
  if (bytes.size() > limits.max_bytes)
    return malformed("a note longer than " + std::to_string(limits.max_bytes) + " bytes");
  if (!is_utf8(bytes)) return malformed("a note must be UTF-8");
  if (std::any_of(bytes.begin(), bytes.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }))
    return malformed("a note has no control characters but line breaks");
  if (!bytes.ends_with('\n')) return malformed("a note ends with a line break");
  // The last empty line parts text and signatures; the text may have empty lines of its own.
  const std::size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos) return malformed("a note has an empty line before its signatures");
  Note out;
  out.text = bytes.substr(0, blank + 1);
  std::string_view rest = bytes.substr(blank + 2);
  for (std::string_view line; take_line(rest, line);) {
    if (out.signatures.size() == limits.max_signatures)
      return malformed("a note with more than " + std::to_string(limits.max_signatures) + " signatures");
    PARLEY_TRY(NoteSignature signature, parse_signature_line(line));
    out.signatures.push_back(std::move(signature));
  }
  if (out.signatures.empty()) return malformed("a note without a signature");
  return out;
}

std::string format_note(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    Bytes bytes;
    append_u32(bytes, signature.id.value());
    append(bytes, signature.signature);
    out += std::string(dash) + signature.name + ' ' + to_base64(bytes) + '\n';
  }
  return out;
}

NoteSignature sign_note_text(std::string_view text, std::string_view name, const crypto::SigningKey& key) {
  const VerifierKey verifier{std::string(name), KeyType::ed25519, key.public_key()};
  const crypto::Signature signature = key.sign(as_bytes(text));
  return NoteSignature{verifier.name, verifier.id(), to_bytes(signature.value())};
}

Result<std::vector<std::size_t>> verify_note(const Note& note, std::span<const VerifierKey> keys) {
  std::vector<std::size_t> signers;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const NoteKeyId id = keys[i].id();
    bool signed_by_key = false;
    for (const NoteSignature& signature : note.signatures) {
      if (signature.name != keys[i].name || signature.id != id) continue;
      if (!signature_holds(keys[i], note.text, signature.signature))
        return fail(ErrorKind::not_proven,
                    "a signature under the name of " + keys[i].name + " is not its own");
      signed_by_key = true;
    }
    if (signed_by_key) signers.push_back(i);
  }
  if (signers.empty()) return fail(ErrorKind::not_proven, "no known key signed the note");
  return signers;
}

}  // namespace parley::merkle
