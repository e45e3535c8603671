#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/entropy.hpp"
#include "base/parallel.hpp"
#include "lookup/label.hpp"
#include "lookup/set_file.hpp"
#include "oprf/key_pair.hpp"

namespace parley::lookup {

/// Builds the set of one peer, agreement and epoch under a fresh key, in steps that a node can put other work
/// between. What is in it: for each item its place and fingerprint, and with labels its label under its own
/// pad; the same of random bytes, under the same key, for the padding. Nothing in the finished file tells an
/// item from a dummy, and nothing in the number of steps and evaluations either: both depend on the padded
/// number alone. What it derived from items is wiped when it dies.
class SetBuilder {
 public:
  /// `items` are canonical bytes, sorted and each once, at most `max_items` (`max_labelled_items` with
  /// labels); what they view must outlive the builder. `labels` is empty or has one for each item. Bad input
  /// otherwise.
  static Result<SetBuilder> start(std::vector<BytesView> items, std::vector<EncodedLabel> labels,
                                  oprf::KeyPair key, Entropy& entropy);
  ~SetBuilder();
  SetBuilder(SetBuilder&&) noexcept = default;
  SetBuilder& operator=(SetBuilder&&) noexcept = delete;

  /// Does about 100 ms of work on one core: OPRF values first, the filter in the last step. True when done.
  /// An error ends the building.
  Result<bool> step(Parallel& parallel);
  /// OPRF values so far, and in all: those of dummies too.
  std::uint64_t done() const { return done_; }
  std::uint64_t total() const { return padded_; }

  /// The file, once `step` said so.
  Bytes take();
  const oprf::KeyPair& key() const { return key_; }

 private:
  SetBuilder(std::vector<BytesView> items, std::vector<EncodedLabel> labels, oprf::KeyPair key,
             Entropy& entropy);
  Result<void> evaluate_some(Parallel& parallel);
  Result<void> write();

  std::vector<BytesView> items_;
  std::vector<EncodedLabel> labels_;  // becomes ciphertext item by item
  oprf::KeyPair key_;
  Entropy* entropy_;
  SetId id_;
  std::uint32_t padded_ = 0;
  std::size_t done_ = 0;
  std::vector<FuseKey> places_;
  std::vector<Fingerprint> fingerprints_;
  Bytes file_;
};

}  // namespace parley::lookup
