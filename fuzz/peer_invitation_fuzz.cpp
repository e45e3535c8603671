// Property: an invitation that is accepted is short, in force at the time of reading, and its fingerprint has
// the form that people compare.
#include <cstdlib>

#include "peer/invitation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const Timestamp now = Timestamp::from_seconds(1'777'636'800);  // 2026-05-01T12:00:00Z
  const auto invitation = peer::read_invitation(as_text(BytesView(data, size)), now);
  if (!invitation) return 0;
  if (size > peer::max_invitation_bytes || invitation->expires <= now) std::abort();
  if (peer::fingerprint(*invitation).size() != 47) std::abort();
  return 0;
}
