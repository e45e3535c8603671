#include "block/path.hpp"

namespace parley::block {

namespace {

Path find_best() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // The AVX-512 bits of these builtins include the operating system's part (XGETBV).
  const bool aesni =
      __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  const bool avx512 = aesni && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq");
  if (avx512) return Path::avx512;
  if (aesni) return Path::aesni;
#endif
  return Path::portable;
}

}  // namespace

Path best_path() {
  static const Path best = find_best();
  return best;
}

std::vector<Path> available_paths() {
  std::vector<Path> out = {Path::portable};
  if (best_path() >= Path::aesni) out.push_back(Path::aesni);
  if (best_path() >= Path::avx512) out.push_back(Path::avx512);
  return out;
}

std::string_view name_of(Path path) {
  switch (path) {
    case Path::portable:
      return "portable";
    case Path::aesni:
      return "aesni";
    case Path::avx512:
      return "avx512";
  }
  return "?";
}

}  // namespace parley::block
