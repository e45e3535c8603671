// Property: a trust file that is accepted is written and read back the same, and its quorum is met when all
// of its witnesses have cosigned.
#include "base/assert.hpp"
#include "ledger/trust.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  using namespace parley::ledger;
  const auto trust = parse_trust(as_text({data, size}));
  if (!trust) return 0;
  const auto again = parse_trust(format_trust(*trust));
  PARLEY_ASSERT(again && *again == *trust);
  std::vector<std::string> all;
  for (const TrustedWitness& witness : trust->witnesses) all.push_back(witness.name);
  PARLEY_ASSERT(trust->quorum_met(all));
  PARLEY_ASSERT(trust->quorum == "none" || !trust->quorum_met({}));
  return 0;
}
