#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/ristretto.hpp"
#include "oprf/proof.hpp"

namespace parley::lookup {

/// Look-ups in one batch, and so in one message.
inline constexpr std::size_t max_batch = 8192;

/// The body of a query: one blinded element of 32 bytes for each look-up, nothing else.
Bytes encode_query(std::span<const crypto::EncodedPoint> elements);
/// Bad input for no element, too many, or a torn one. The encodings are checked where they are used.
Result<std::vector<crypto::EncodedPoint>> parse_query(BytesView body);

/// The body of an answer: one evaluated element for each, in the same order, and one proof for all.
struct Answer {
  std::vector<crypto::EncodedPoint> elements;
  oprf::Proof proof{};
};
Bytes encode_answer(const Answer& answer);
/// Bad input unless it has exactly `count` elements.
Result<Answer> parse_answer(BytesView body, std::size_t count);

}  // namespace parley::lookup
