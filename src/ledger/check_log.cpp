#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "ledger/findings.hpp"
#include "record/agreement_statement.hpp"

namespace parley::ledger {
namespace {

/// How far a statement may be dated after the leaf that commits to it: two clocks of one node do not differ
/// more.
constexpr std::chrono::microseconds max_postdated = std::chrono::minutes(5);

/// The log key to check with, and what is known about it.
struct LogKey {
  Finding finding;
  std::vector<merkle::VerifierKey> keys;
};

LogKey log_key(const Case& c) {
  LogKey out;
  const std::string& exporter = c.dossier.index.exporter;
  out.keys = c.trust.log_keys(exporter);
  if (!out.keys.empty()) return out;
  out.finding.miss("the trust file has no log key of " + exporter);
  if (const EvidenceParty* party = c.dossier.party(exporter); party != nullptr && party->log_key)
    out.keys.push_back({exporter, merkle::KeyType::ed25519, *party->log_key});
  return out;
}

Result<merkle::Checkpoint> open(const Case& c, std::string_view signed_checkpoint) {
  Error last{ErrorKind::not_proven, "no key for it", {}, {}};
  for (const merkle::VerifierKey& key : log_key(c).keys) {
    auto opened = merkle::open_checkpoint(signed_checkpoint, key);
    if (opened) return opened;
    last = opened.error();
  }
  return std::unexpected(last);
}

Finding check_piece(const Case& c, const Piece& piece, const merkle::Checkpoint& checkpoint) {
  Finding out;
  const EvidenceStatement::Recorded& recorded = *piece.recorded;
  const auto leaf = record::parse_leaf(recorded.proof.leaf);
  if (!leaf) {
    out.refute(piece.file + ": its leaf is malformed");
    return out;
  }
  if (leaf->commitment != record::commit(recorded.opening, piece.statement.jws))
    out.refute(piece.file + ": the leaf does not commit to this statement");
  if (recorded.proof.proof.checkpoint != c.dossier.checkpoint)
    out.refute(piece.file + ": its proof stands under another checkpoint than the bundle's");
  const auto included = merkle::verify_inclusion(merkle::leaf_hash(recorded.proof.leaf), recorded.index,
                                                 checkpoint.size, recorded.proof.proof.path, checkpoint.root);
  if (!included) out.refute(piece.file + ": " + included.error().message);
  if (piece.statement.created > leaf->time + max_postdated)
    out.refute(piece.file + ": it is dated after it was recorded");
  return out;
}

/// What the exporter itself said, and so must have recorded. Both signatures of an agreement stand over the
/// drafter's payload; there the key tells who signed.
bool is_own(const Case& c, const Piece& piece) {
  const std::string& exporter = c.dossier.index.exporter;
  if (piece.statement.schema != record::AgreementStatement::schema) return piece.statement.node == exporter;
  std::vector<crypto::PublicKey> keys = c.trust.role_keys(exporter);
  if (const EvidenceParty* party = c.dossier.party(exporter)) keys.push_back(party->role_key);
  return std::any_of(keys.begin(), keys.end(), [&](const crypto::PublicKey& key) {
    return record::key_id(key) == piece.statement.key_id;
  });
}

}  // namespace

Claim check_checkpoint(const Case& c) {
  Finding out = log_key(c).finding;
  const auto opened = open(c, c.dossier.checkpoint);
  if (!opened) out.refute(opened.error().message);
  return out.claim("The head of the log is signed by " + c.dossier.display(c.dossier.index.exporter),
                   opened ? fmt::format("checkpoint over {} entries", opened->size.value()) : "",
                   "the log key in the trust file");
}

Claim check_recorded(const Case& c) {
  Finding out = log_key(c).finding;
  std::size_t count = 0;
  const auto checkpoint = open(c, c.dossier.checkpoint);
  if (!checkpoint) out.miss("there is no checkpoint to prove it under");
  for (const Piece& piece : c.dossier.pieces) {
    if (piece.recorded) {
      ++count;
      if (checkpoint) out.join(check_piece(c, piece, *checkpoint));
    } else if (is_own(c, piece)) {
      out.miss(piece.file + ": no proof that it is in the log");
    }
  }
  if (count == 0) out.miss("no statement in the bundle is proven to be in the log");
  return out.claim("The statements are recorded in the log of " + c.dossier.display(c.dossier.index.exporter),
                   fmt::format("{} statements open their leaves and lie under the checkpoint", count),
                   "SHA-256 and the log key; the order of entries cannot be changed under one checkpoint");
}

Claim check_witnesses(const Case& c) {
  Finding out;
  const std::string text = "Others outside the two nodes have seen this head of the log";
  const bool wanted = c.trust.quorum != "none";
  std::vector<std::string> cosigned;
  std::optional<Timestamp> last;
  const auto note = merkle::parse_note(c.dossier.checkpoint);
  if (note) {
    for (const TrustedWitness& witness : c.trust.witnesses) {
      const auto time = merkle::verify_cosignature(*note, witness.key);
      if (!time) {
        for (const merkle::NoteSignature& signature : note->signatures)
          if (signature.name == witness.key.name && signature.id == witness.key.id())
            out.refute("a cosignature under the name of " + witness.key.name + " is not its own");
        continue;
      }
      cosigned.push_back(witness.name);
      if (!last || *time > *last) last = *time;
    }
  }
  if (cosigned.empty())
    out.miss(
        "no witness of the trust file has cosigned the checkpoint: the node could show others another log");
  else if (!c.trust.quorum_met(cosigned))
    out.miss(
        fmt::format("{} witnesses cosigned, which is fewer than the trust file asks for", cosigned.size()));
  return out.claim(
      text,
      last ? fmt::format("{} witnesses cosigned, the last at {}", cosigned.size(), format_time(*last)) : "",
      "the witnesses of the trust file", wanted);
}

}  // namespace parley::ledger
