#include "vole/layout.hpp"

#include <bit>

#include "base/assert.hpp"

namespace parley::vole {

unsigned expander_weight(Code code) {
  return code == Code::ex_conv_21x24 ? 21 : 7;
}

unsigned noise_weight(Code code) {
  return code == Code::ex_conv_21x24 ? 400 : 552;
}

Layout::Layout(const VoleParameters& parameters)
    : count(parameters.count),
      weight(expander_weight(parameters.code)),
      noise(noise_weight(parameters.code)),
      domain((2 * count + noise - 1) / noise),
      depth(static_cast<unsigned>(std::bit_width(domain - 1))),
      positions(noise * domain),
      folded(positions - count),
      words(noise + 1 + (choices() + delta_bits - 1) / delta_bits + 1) {
  PARLEY_ASSERT(count >= 1 && count <= max_count);
}

std::uint64_t message_bytes(VoleMessage type, const VoleParameters& parameters) {
  const Layout layout(parameters);
  switch (type) {
    case VoleMessage::hello:
      return layout.hello_bytes();
    case VoleMessage::correlation:
      return layout.correlation_bytes();
    case VoleMessage::trees:
      return layout.trees_bytes();
    case VoleMessage::check:
      return block_bytes;
    case VoleMessage::confirm:
      return hash_bytes;
  }
  return 0;
}

}  // namespace parley::vole
