#pragma once

#include "base/bytes.hpp"

namespace parley::crypto {

/// MD5 (RFC 1321), for formats of others that name values by it and nothing else: it protects nothing.
ByteArray<16> md5(BytesView data);

}  // namespace parley::crypto
