// Property: a payload that is read as an agreement keeps its promises (two parties, bounds, order of the
// dates), and writing it and reading it again gives the same agreement under the same name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "encoding/canonical.hpp"
#include "policy/agreement.hpp"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const auto json = encoding::parse_json({reinterpret_cast<const char*>(data), size}, {1 << 16, 16, 10'000});
  if (!json) return 0;
  const Result<policy::Agreement> agreement = policy::parse_agreement(*json);
  if (!agreement) {
    require(agreement.error().kind == ErrorKind::bad_input);
    return 0;
  }
  require(agreement->valid_from < agreement->valid_to);
  require(agreement->min_set >= 1 && agreement->min_set <= agreement->max_set);
  require(agreement->parties[0].origin != agreement->parties[1].origin);
  require(!agreement->types.empty() && !agreement->purposes.empty());
  require(!agreement->is_valid_at(agreement->valid_to));
  const auto canonical = encoding::canonical_json(*json);
  require(canonical.has_value());
  const auto again = encoding::parse_json(*canonical);
  require(again.has_value());
  const Result<policy::Agreement> same = policy::parse_agreement(*again);
  require(same.has_value() && same->hash == agreement->hash && same->types == agreement->types);
  return 0;
}
