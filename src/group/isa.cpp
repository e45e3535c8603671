#include "group/isa.hpp"

#include <array>
#include <cstddef>

#include "base/assert.hpp"
#include "group/kernels.hpp"

namespace parley::group {
namespace {

struct Found {
  std::array<Isa, 3> isas{};
  std::size_t count = 0;
};

Found find() {
  Found found;
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512ifma})
    if (supported(isa)) found.isas[found.count++] = isa;
  return found;
}

}  // namespace

bool supported(Isa isa) {
#if defined(__x86_64__)
  // These also ask whether the operating system saves the registers.
  __builtin_cpu_init();
  switch (isa) {
    case Isa::portable:
      return true;
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    case Isa::avx512ifma:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
             __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512ifma") != 0;
  }
  return false;
#else
  return isa == Isa::portable;
#endif
}

std::span<const Isa> supported_isas() {
  static const Found found = find();
  return std::span(found.isas).first(found.count);
}

Isa best_isa() {
  return supported_isas().back();
}

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return "portable";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512ifma:
      return "avx512ifma";
  }
  return {};
}

const Kernels& kernels(Isa isa) {
  PARLEY_ASSERT(supported(isa));
  switch (isa) {
    case Isa::portable:
      break;
    case Isa::avx2:
      return kernels_avx2();
    case Isa::avx512ifma:
      return kernels_avx512ifma();
  }
  return kernels_portable();
}

}  // namespace parley::group
