// EXPECT: ok
// The control: an exit is written to with what the gate gave, so the other files fail for their own reason.
#include "exchange/gate.hpp"
#include "exchange/package_stream.hpp"

using namespace parley;

Result<void> deliver(exchange::Node& node, const exchange::PackageQuestion& question) {
  PARLEY_TRY(exchange::Cleared<Bytes> cleared, exchange::Gate(node).clear_package(question, "{}"));
  exchange::PackageStream stream(std::move(cleared));
  (void)stream.next();
  return {};
}
