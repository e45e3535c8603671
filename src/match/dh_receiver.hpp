#pragma once

#include "match/dh_party.hpp"
#include "match/prefix_table.hpp"

namespace parley::match {

/// The receiver A: sends H(x)^a, gets H(y)^b, computes the tags of H(y)^ba, gets the tags of H(x)^ab,
/// compares. The scalars are a and b; the points of A stand in A's secret order, and with Output::items the
/// tags too.
class DhReceiver final : public DhParty {
 public:
  DhReceiver(const Parameters& parameters, const crypto::Secret<32>& seed, ItemSet items, Parallel& parallel);

 protected:
  Result<Step> begin() override;
  Result<Step> receive(DhMessage type, BytesView body) override;
  Result<Step> go_on() override;

 private:
  Step send_points();
  Result<Step> take_points(BytesView body);
  Result<Step> take_tags(BytesView body);
  Result<Step> finish();

  PrefixTable own_points_;  // to know one's own points when they come back
  PrefixTable peer_tags_;   // of H(y)^ba
  PrefixTable seen_tags_;   // of what the sender sent, to find a repeated one
  Outcome found_;
};

}  // namespace parley::match
