#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "merkle/checkpoint.hpp"
#include "merkle/proof.hpp"

namespace parley::merkle {

/// An inclusion proof that stands alone (C2SP tlog-proof): index, path, and the signed checkpoint.
struct TlogProof {
  std::optional<Bytes> extra;  ///< opaque and not authenticated
  LeafIndex index;
  std::vector<Hash> path;
  std::string checkpoint;  ///< verbatim
};

std::string format_tlog_proof(const TlogProof& proof);
/// Strict: format_tlog_proof(parse_tlog_proof(b)) gives b.
Result<TlogProof> parse_tlog_proof(std::string_view text);

/// That the entry with this leaf hash is in the log of `log`, under the checkpoint inside the proof.
Result<Checkpoint> verify_tlog_proof(const TlogProof& proof, const Hash& leaf, const VerifierKey& log);

}  // namespace parley::merkle
