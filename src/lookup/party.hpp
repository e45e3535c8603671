#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "crypto/hash.hpp"
#include "lookup/label.hpp"
#include "lookup/set_file.hpp"
#include "oprf/client.hpp"
#include "oprf/key_pair.hpp"

namespace parley::lookup {

/// What the asker learns of one item.
struct Finding {
  bool hit = false;
  std::optional<Label> label;  ///< for a hit in a set with labels
};

/// SHA-256 over set hash, query and answer, each with its length and a label in front: what both sides sign.
crypto::Hash256 transcript_hash(const crypto::Hash256& set_hash, BytesView query, BytesView answer);

/// The side that asks: one batch against one set. Knows the set's file and the key that was announced for it.
class Asker {
 public:
  /// `set` must outlive it.
  Asker(const SetFile& set, const crypto::EncodedPoint& public_key) : set_(set), public_key_(public_key) {}

  /// The query for 1 to `max_batch` items (canonical bytes); blinds come from `entropy`. A second call begins
  /// anew.
  Result<Bytes> ask(std::vector<Bytes> items, Entropy& entropy, Parallel& parallel);
  /// The findings, in the order of the items. `bad_input` for a malformed answer, `peer` when its proof does
  /// not show that the announced key answered; the batch is then lost.
  Result<std::vector<Finding>> take(BytesView answer, Parallel& parallel);

 private:
  const SetFile& set_;
  crypto::EncodedPoint public_key_;
  std::vector<Bytes> items_;
  oprf::Blinding blinding_;
};

/// The side that is asked, which learns the number of look-ups. Whoever calls it has counted them first.
/// Bad input for a malformed query, an encoding that is no element, or the identity.
Result<Bytes> answer_query(const oprf::KeyPair& key, BytesView query, Entropy& entropy, Parallel& parallel);

}  // namespace parley::lookup
