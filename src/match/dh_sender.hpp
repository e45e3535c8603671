#pragma once

#include "match/dh_party.hpp"

namespace parley::match {

/// The sender B: gets H(x)^a and keeps the tags of H(x)^ab, sends H(y)^b, then the tags; in A's order for
/// Output::items, in an order of its own for Output::size.
class DhSender final : public DhParty {
 public:
  DhSender(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items, Parallel& parallel);

 protected:
  Result<Step> begin() override;
  Result<Step> receive(DhMessage type, BytesView body) override;
  Result<Step> go_on() override;

 private:
  /// All points of the receiver are there: refuses repeats, and hides the order if only the size is wanted.
  Result<void> close_tags();

  Bytes tags_;
};

}  // namespace parley::match
