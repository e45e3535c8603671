#pragma once

#include <utility>

#include "base/result.hpp"
#include "vole/layout.hpp"
#include "vole/vole.hpp"

namespace parley::vole {

/// Every fault of a peer, whatever it was: which check failed is nobody's business.
inline std::unexpected<Error> peer_fault() {
  return fail(ErrorKind::peer, "the peer did not follow the VOLE protocol; the session is over");
}

/// Which call a machine waits for. `failed` is for ever.
enum class Stage { start, hello, correlation, trees, check, confirm, resume, done, failed };

/// Runs one call and ends the machine for good when it fails. What `call` reports about the peer's message is
/// made uniform; errors of other kinds (bad parameters) stay what they are.
template <class Call>
Result<Step> guarded(Stage& stage, const Call& call) {
  if (stage == Stage::failed) return peer_fault();
  Result<Step> out = call();
  if (out) return out;
  const bool parameters = stage == Stage::start && out.error().kind == ErrorKind::bad_input;
  stage = Stage::failed;
  if (parameters) return out;
  return peer_fault();
}

inline Result<void> check_parameters(const VoleParameters& parameters) {
  if (parameters.count < 1 || parameters.count > max_count)
    return fail(ErrorKind::bad_input, "a VOLE has 1 to 2^25 elements");
  if (parameters.code != Code::ex_conv_7x24 && parameters.code != Code::ex_conv_21x24)
    return fail(ErrorKind::bad_input, "unknown code");
  return {};
}

inline Message make_message(VoleMessage type, Bytes body) {
  return {static_cast<std::uint8_t>(type), std::move(body)};
}

}  // namespace parley::vole
