#include "merkle/tlog_proof.hpp"

#include "merkle/note_text.hpp"

namespace parley::merkle {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::size_t max_extra_bytes = std::size_t{64} * 1024;

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::bad_input, std::move(what));
}

}  // namespace

std::string format_tlog_proof(const TlogProof& proof) {
  std::string out(first_line);
  out += '\n';
  if (proof.extra) out += "extra " + to_base64(*proof.extra) + '\n';
  out += "index " + std::to_string(proof.index.value()) + '\n';
  for (const Hash& hash : proof.path) out += to_base64(hash) + '\n';
  return out + '\n' + proof.checkpoint;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
  TlogProof out;
  std::string_view line;
  if (!take_line(text, line) || line != first_line)
    return malformed("a proof begins with the line " + std::string(first_line));
  if (!take_line(text, line)) return malformed("a proof has an index");
  if (line.starts_with("extra ")) {
    if (line.size() > max_extra_bytes) return malformed("too much extra data in a proof");
    PARLEY_TRY(Bytes extra, from_base64(line.substr(6)));
    if (extra.empty()) return malformed("a proof without extra data has no line for it");
    out.extra = std::move(extra);
    if (!take_line(text, line)) return malformed("a proof has an index");
  }
  if (!line.starts_with("index ")) return malformed("a proof has an index");
  PARLEY_TRY(const std::uint64_t index, parse_decimal(line.substr(6)));
  out.index = LeafIndex(index);
  for (;;) {
    if (!take_line(text, line)) return malformed("a proof has an empty line before its checkpoint");
    if (line.empty()) break;
    if (out.path.size() == max_proof_hashes) return malformed("a proof with more than 63 hashes");
    PARLEY_TRY(const Bytes hash, from_base64(line));
    PARLEY_TRY(const Hash whole, to_array<32>(hash));
    out.path.push_back(whole);
  }
  out.checkpoint = text;
  PARLEY_TRY(const Note note, parse_note(out.checkpoint));
  PARLEY_CHECK(parse_checkpoint(note.text));
  return out;
}

Result<Checkpoint> verify_tlog_proof(const TlogProof& proof, const Hash& leaf, const VerifierKey& log) {
  PARLEY_TRY(Checkpoint checkpoint, open_checkpoint(proof.checkpoint, log));
  PARLEY_CHECK(verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root));
  return checkpoint;
}

}  // namespace parley::merkle
