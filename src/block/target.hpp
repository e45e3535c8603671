#pragma once

/// PARLEY_TARGET_BEGIN("aes,…") … PARLEY_TARGET_END: the functions between are compiled for these extensions
/// of x86-64 and may run only where path.hpp found them. Everything else in the file, and what the standard
/// library's headers bring in, stays with the baseline, so that no linker can take a copy of an inline
/// function that needs more.
#if defined(__clang__)
#define PARLEY_PRAGMA_(text) _Pragma(#text)
#define PARLEY_TARGET_BEGIN(features) \
  PARLEY_PRAGMA_(clang attribute push(__attribute__((target(features))), apply_to = function))
#define PARLEY_TARGET_END _Pragma("clang attribute pop")
#elif defined(__GNUC__)
#define PARLEY_PRAGMA_(text) _Pragma(#text)
#define PARLEY_TARGET_BEGIN(features) _Pragma("GCC push_options") PARLEY_PRAGMA_(GCC target(features))
#define PARLEY_TARGET_END _Pragma("GCC pop_options")
#endif

#if defined(__x86_64__)
#define PARLEY_X86_64 1
#else
#define PARLEY_X86_64 0
#endif

/// What each path's functions are compiled for; `best_path` asks for all of it.
#define PARLEY_AESNI_FEATURES "aes,pclmul,ssse3,sse4.1"
#define PARLEY_AVX512_FEATURES "aes,pclmul,avx2,avx512f,avx512bw,avx512dq,avx512vl,vaes,vpclmulqdq,bmi,bmi2"
