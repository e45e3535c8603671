#pragma once

#include <memory>

#include "base/parallel.hpp"
#include "crypto/seeded.hpp"
#include "vole/vole.hpp"

namespace parley::match {

/// The receiver's half of a VOLE C = A·Δ + B, as the matching party needs it. The real one speaks with the
/// peer; a test puts in one that a trusted dealer filled.
class VoleReceiverEnd {
 public:
  virtual ~VoleReceiverEnd() = default;
  virtual Result<vole::Step> start() = 0;
  virtual Result<vole::Step> on_message(std::uint8_t type, BytesView body) = 0;
  virtual Result<vole::Step> resume() = 0;
  virtual bool computed() const = 0;
  virtual bool done() const = 0;
  virtual block::BlockVector take_a() = 0;
  virtual block::BlockVector take_c() = 0;
};

/// The sender's half.
class VoleSenderEnd {
 public:
  virtual ~VoleSenderEnd() = default;
  virtual Result<vole::Step> start() = 0;
  virtual Result<vole::Step> on_message(std::uint8_t type, BytesView body) = 0;
  virtual Result<vole::Step> resume() = 0;
  virtual bool computed() const = 0;
  virtual bool done() const = 0;
  virtual block::Block delta() const = 0;
  virtual block::BlockVector take_b() = 0;
};

/// The real ones; randomness from a stream of the session seed.
std::unique_ptr<VoleReceiverEnd> make_vole_receiver_end(const vole::VoleParameters& parameters,
                                                        const crypto::Secret<32>& seed, Parallel& parallel);
std::unique_ptr<VoleSenderEnd> make_vole_sender_end(const vole::VoleParameters& parameters,
                                                    const crypto::Secret<32>& seed, Parallel& parallel);

}  // namespace parley::match
