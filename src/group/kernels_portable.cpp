#include "group/field_portable.hpp"
#include "group/kernels.hpp"
#include "group/kernels_of.hpp"

namespace parley::group {

const Kernels& kernels_portable() {
  return KernelsOf<FieldPortable, 1, 1>::table;
}

}  // namespace parley::group
