#pragma once

namespace parley::crypto {

/// Lets libsodium choose its implementations for this processor; cheap after the first call. Every file that
/// calls libsodium calls this first, because no module of ours may rely on a start-up order.
void ensure_sodium();

}  // namespace parley::crypto
