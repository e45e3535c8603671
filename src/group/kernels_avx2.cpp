// Compiled for AVX2 and FMA: nothing here may run before `supported` was asked.
#include "group/kernels.hpp"

namespace parley::group {

const Kernels& kernels_avx2() {
  return kernels_portable();
}

}  // namespace parley::group
