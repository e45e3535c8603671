#include "exchange/received_abort.hpp"

#include <string>

#include "exchange/match_budget.hpp"
#include "exchange/recording.hpp"

namespace parley::exchange {

Result<bool> keep_abort(Node& node, std::string_view peer_origin, std::string_view jws) {
  const Result<Recorded> known = find_signed(node, jws);
  if (known) return false;
  if (known.error().kind != ErrorKind::not_found) return std::unexpected<Error>(known.error());
  const auto today = static_cast<std::uint64_t>(node.clock().now().day());
  PARLEY_TRY(const bool taken, take_abort_quota(node.store(), peer_origin, today));
  if (!taken) return false;
  PARLEY_CHECK(record_signed(node, std::string(jws)));
  return true;
}

}  // namespace parley::exchange
