// Property: nothing is proven without a trusted key, whatever the file says.
#include <cstdlib>

#include "ledger/opening.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const BytesView bytes(data, size);
  const auto report = ledger::verify_opening(as_text(bytes), {});
  if (report && report->verdict == ledger::Verdict::proven) std::abort();
  if (report && !ledger::is_opening(bytes) && bytes.front() != ' ' && bytes.front() > '\r') std::abort();
  return 0;
}
