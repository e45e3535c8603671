#include "merkle/checkpoint.hpp"

#include <array>

#include "merkle/note_text.hpp"

namespace parley::merkle {
namespace {

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::bad_input, std::move(what));
}

constexpr std::size_t max_extensions = 16;

std::string cosigned_text(std::string_view checkpoint_text, std::int64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(checkpoint_text);
}

}  // namespace

std::string Checkpoint::text() const {
  std::string out = origin + '\n' + std::to_string(size.value()) + '\n' + to_base64(root) + '\n';
  for (const std::string& line : extensions) out += line + '\n';
  return out;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint out;
  std::string_view line;
  if (!take_line(text, line) || line.empty() || line.size() > max_origin_bytes)
    return malformed("a checkpoint begins with the log's origin, 1 to 255 bytes");
  out.origin = line;
  if (!take_line(text, line)) return malformed("a checkpoint has a second line with the tree size");
  PARLEY_TRY(const std::uint64_t size, parse_decimal(line));
  out.size = TreeSize(size);
  if (!take_line(text, line)) return malformed("a checkpoint has a third line with the root hash");
  PARLEY_TRY(const Bytes root, from_base64(line));
  PARLEY_TRY(out.root, to_array<32>(root));
  if (size == 0 && out.root != empty_root()) return malformed("the tree of no entries has one root only");
  while (take_line(text, line)) {
    if (line.empty() || out.extensions.size() == max_extensions)
      return malformed("a checkpoint has no empty lines and at most 16 extension lines");
    out.extensions.emplace_back(line);
  }
  if (!text.empty()) return malformed("a checkpoint ends with a line break");
  return out;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::SigningKey& log_key) {
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note_text(note.text, checkpoint.origin, log_key));
  return format_note(note);
}

Result<Checkpoint> open_checkpoint(std::string_view signed_checkpoint, const VerifierKey& log) {
  PARLEY_TRY(const Note note, parse_note(signed_checkpoint));
  PARLEY_CHECK(verify_note(note, std::array{log}));
  PARLEY_TRY(Checkpoint out, parse_checkpoint(note.text));
  if (out.origin != log.name)
    return fail(ErrorKind::not_proven, "the checkpoint is of " + out.origin + ", the key of " + log.name);
  return out;
}

Result<Timestamp> verify_cosignature(const Note& checkpoint, const VerifierKey& witness) {
  if (witness.type != KeyType::cosignature_v1)
    return fail(ErrorKind::bad_input, "the key of " + witness.name + " is not a witness key");
  PARLEY_CHECK(verify_note(checkpoint, std::array{witness}));
  // Verified, so it is there and has its eight bytes of time; should a witness sign twice, the earlier
  // counts.
  std::optional<Timestamp> earliest;
  for (const NoteSignature& signature : checkpoint.signatures) {
    if (signature.name != witness.name || signature.id != witness.id()) continue;
    ByteReader reader(signature.signature);
    PARLEY_TRY(const std::uint64_t seconds, reader.u64());
    if (seconds > std::uint64_t{253'402'300'799})  // 9999-12-31T23:59:59Z
      return fail(ErrorKind::not_proven,
                  "the cosignature of " + witness.name + " is of no year that we can write");
    const Timestamp time = Timestamp::from_seconds(static_cast<std::int64_t>(seconds));
    if (!earliest || time < *earliest) earliest = time;
  }
  if (!earliest) return fail(ErrorKind::not_proven, witness.name + " did not cosign");
  return *earliest;
}

NoteSignature cosign(std::string_view checkpoint_text, std::string_view witness_name, Timestamp time,
                     const crypto::SigningKey& key) {
  const VerifierKey verifier{std::string(witness_name), KeyType::cosignature_v1, key.public_key()};
  const std::string message = cosigned_text(checkpoint_text, time.seconds());
  Bytes signature;
  append_u64(signature, static_cast<std::uint64_t>(time.seconds()));
  append(signature, key.sign(as_bytes(message)).value());
  return NoteSignature{verifier.name, verifier.id(), std::move(signature)};
}

}  // namespace parley::merkle
