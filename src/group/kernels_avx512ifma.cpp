// Compiled for AVX-512 F, DQ, VL and IFMA: nothing here may run before `supported` was asked.
#include "group/kernels.hpp"

#if defined(__AVX512IFMA__)
#include "group/field_ifma.hpp"
#include "group/kernels_of.hpp"

namespace parley::group {

const Kernels& kernels_avx512ifma() {
  return KernelsOf<FieldIfma, 4, 2>::table;
}

}  // namespace parley::group
#else
namespace parley::group {

const Kernels& kernels_avx512ifma() {
  return kernels_portable();
}

}  // namespace parley::group
#endif
