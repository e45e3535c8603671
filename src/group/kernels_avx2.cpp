// Compiled for AVX2 and FMA: nothing here may run before `supported` was asked.
#include "group/kernels.hpp"

#if defined(__AVX2__) && defined(__FMA__)
#include "group/field_fma.hpp"
#include "group/kernels_of.hpp"

namespace parley::group {

const Kernels& kernels_avx2() {
  return KernelsOf<FieldFma, 2, 1>::table;
}

}  // namespace parley::group
#else
namespace parley::group {

const Kernels& kernels_avx2() {
  return kernels_portable();
}

}  // namespace parley::group
#endif
