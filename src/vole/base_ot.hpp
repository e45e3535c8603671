#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/parallel.hpp"
#include "block/block_vector.hpp"
#include "crypto/ristretto.hpp"
#include "vole/layout.hpp"

namespace parley::vole {

// 128 endemic oblivious transfers over ristretto255: Masny and Rindal, "Endemic Oblivious Transfer", CCS
// 2019, ePrint 2019/706, the Diffie-Hellman instance, secure against malicious parties in the
// random oracle model under CDH-type assumptions; every hash holds the session, the index and the bit, and
// each transfer has an exponent of its own on either side (the batching of one exponent needs the care of
// McQuoid, Rosulek and Roy, ePrint 2021/682). The party whose choices they are is the VOLE sender.

/// The chooser: for each index two elements (r_0, r_1), of which r_c + H(r_{1-c}) has a discrete logarithm
/// that it knows.
class BaseOtChooser {
 public:
  /// Draws everything.
  explicit BaseOtChooser(Entropy& entropy);
  BaseOtChooser(const BaseOtChooser&) = delete;
  BaseOtChooser& operator=(const BaseOtChooser&) = delete;
  ~BaseOtChooser();
  /// The part of `hello`: for each index r_0 ‖ r_1. Bit i of `choices` is the choice of transfer i. Constant
  /// time.
  Bytes offer(const crypto::Hash256& tag, block::Block choices, Parallel& parallel) const;
  /// The chosen keys from the other side's answer (128 elements). Bad input for what is no element, and for
  /// the identity.
  Result<block::BlockVector> keys(const crypto::Hash256& tag, block::Block choices, BytesView answer,
                                  Parallel& parallel) const;

 private:
  std::vector<crypto::Scalar> exponents_;
  std::vector<ByteArray<64>> uniform_;  // r_{1-c} before it became an element; would tell which one that is
};

/// The other side, the VOLE receiver: learns both keys of each transfer.
class BaseOtSender {
 public:
  explicit BaseOtSender(Entropy& entropy);
  /// A_i for each index.
  Bytes answer(Parallel& parallel) const;
  /// Keys 2i and 2i + 1 of transfer i, from the chooser's elements and the own answer. Bad input as above.
  Result<block::BlockVector> keys(const crypto::Hash256& tag, BytesView offer, BytesView answer,
                                  Parallel& parallel) const;

 private:
  std::vector<crypto::Scalar> exponents_;
};

}  // namespace parley::vole
