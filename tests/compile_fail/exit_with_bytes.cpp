// EXPECT: no matching (conversion|constructor)
// Plain bytes do not reach the wire.
#include "exchange/package_stream.hpp"

parley::exchange::PackageStream stream(parley::Bytes{1, 2, 3});
