// Compiled for the instruction set; the tests that call it ask `supported` first.
#include "group/field_probe_fixture.hpp"

#if defined(__AVX512IFMA__)
#include "group/field_ifma.hpp"

namespace parley::group {

FieldProbe field_probe_avx512ifma() {
  return FieldProbeOf<FieldIfma>::probe();
}

}  // namespace parley::group
#else
namespace parley::group {

FieldProbe field_probe_avx512ifma() {
  return field_probe_portable();
}

}  // namespace parley::group
#endif
