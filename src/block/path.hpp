#pragma once

#include <string_view>
#include <vector>

namespace parley::block {

/// The instruction sets for which there is code. Every function that takes a Path gives the same answer on
/// each; the argument exists for tests and benches, the default is the best this processor has.
enum class Path {
  portable,  ///< any processor: integer arithmetic, AES by OpenSSL
  aesni,     ///< AES-NI, PCLMULQDQ, SSE4.1
  avx512,    ///< VAES, VPCLMULQDQ, AVX512F/BW/DQ/VL
};

/// The best path that processor and operating system support; found once.
Path best_path();
/// Every path that works here, `portable` first.
std::vector<Path> available_paths();
std::string_view name_of(Path path);

}  // namespace parley::block
