#include "group/comb.hpp"
#include "group/field_portable.hpp"
#include "group/power.hpp"

namespace parley::group {
namespace {

using F = FieldPortable;

// The multiples 1 to 8 of p; p becomes 256p.
void fill_position(Extended<F>& p, Words (&out)[8][3]) {
  const Cached<F> step = cached<F>(p);
  Extended<F> multiple[8];
  multiple[0] = p;
  for (int m = 1; m < 8; ++m) multiple[m] = extended<F>(added<F>(multiple[m - 1], step));
  for (int m = 0; m < 8; ++m) {
    Several<F, 1> z, inverse;
    z.v[0] = multiple[m].z;
    invert<F, 1>(inverse, z);
    const F::Fe x = F::mulf(multiple[m].x, inverse.v[0]);
    const F::Fe y = F::mulf(multiple[m].y, inverse.v[0]);
    const F::Fe values[3] = {F::carry(F::sub(y, x)), F::carry(F::add(y, x)),
                             F::mulf(F::mulf(x, y), F::constant(word_two_d))};
    for (int c = 0; c < 3; ++c) {
      std::uint64_t words[32];
      F::store(values[c], words);
      for (std::size_t w = 0; w < 4; ++w) out[m][c][w] = words[8 * w];
    }
  }
  p = multiple[7];
  for (int i = 0; i < 5; ++i) p = extended<F>(doubled<F>(p.x, p.y, p.z));
}

BaseWords make_words() {
  BaseWords out;
  const F::Fe x = F::constant(word_generator_x);
  const F::Fe y = F::constant(word_generator_y);
  Extended<F> p = {x, y, F::constant(word_one), F::mulf(x, y)};
  for (auto& position : out.entry) fill_position(p, position);
  return out;
}

}  // namespace

const BaseWords& base_words() {
  static const BaseWords words = make_words();
  return words;
}

}  // namespace parley::group
