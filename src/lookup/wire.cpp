#include "lookup/wire.hpp"

#include <algorithm>

namespace parley::lookup {
namespace {

constexpr std::size_t element_bytes = 32;

std::vector<crypto::EncodedPoint> read_elements(BytesView bytes) {
  std::vector<crypto::EncodedPoint> out(bytes.size() / element_bytes);
  for (std::size_t i = 0; i < out.size(); ++i)
    std::ranges::copy(bytes.subspan(i * element_bytes, element_bytes), out[i].begin());
  return out;
}

}  // namespace

Bytes encode_query(std::span<const crypto::EncodedPoint> elements) {
  Bytes out;
  out.reserve(elements.size() * element_bytes);
  for (const crypto::EncodedPoint& element : elements) append(out, BytesView(element));
  return out;
}

Result<std::vector<crypto::EncodedPoint>> parse_query(BytesView body) {
  if (body.empty() || body.size() % element_bytes != 0 || body.size() / element_bytes > max_batch)
    return fail(ErrorKind::bad_input, "a look-up query of " + std::to_string(body.size()) + " bytes");
  return read_elements(body);
}

Bytes encode_answer(const Answer& answer) {
  Bytes out = encode_query(answer.elements);
  append(out, BytesView(answer.proof));
  return out;
}

Result<Answer> parse_answer(BytesView body, std::size_t count) {
  Answer out;
  if (body.size() != count * element_bytes + out.proof.size())
    return fail(ErrorKind::bad_input, "a look-up answer of " + std::to_string(body.size()) + " bytes for " +
                                          std::to_string(count) + " questions");
  out.elements = read_elements(body.first(count * element_bytes));
  std::ranges::copy(body.last(out.proof.size()), out.proof.begin());
  return out;
}

}  // namespace parley::lookup
