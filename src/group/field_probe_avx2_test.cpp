// Compiled for the instruction set; the tests that call it ask `supported` first.
#include "group/field_probe_fixture.hpp"

#if defined(__AVX2__)
#include "group/field_fma.hpp"

namespace parley::group {

FieldProbe field_probe_avx2() {
  return FieldProbeOf<FieldFma>::probe();
}

}  // namespace parley::group
#else
namespace parley::group {

FieldProbe field_probe_avx2() {
  return field_probe_portable();
}

}  // namespace parley::group
#endif
