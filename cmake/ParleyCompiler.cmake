# Compiler settings shared by every target. No -march=native: the library builds for the baseline
# processor and chooses vectorised code at run time.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# A compiler cache finds nothing again when a precompiled header of another folder stands in the command.
if(NOT PARLEY_PCH)
  find_program(PARLEY_CCACHE ccache)
  if(PARLEY_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${PARLEY_CCACHE}")
  endif()
endif()

# Not optimised: with sanitizers that halves the time of a build, and the hot loops are in libraries.
set(CMAKE_CXX_FLAGS_DEV "-O0 -g1 -fno-omit-frame-pointer")
set(CMAKE_EXE_LINKER_FLAGS_DEV "")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections")
set(CMAKE_EXE_LINKER_FLAGS_RELEASE "-pie -Wl,-z,relro,-z,now -Wl,--gc-sections -s")

# The same for every file, as a precompiled header must be.
add_compile_options(-pthread)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(PARLEY_UNITY)  # it would find names of other files shadowed; the tsan preset looks at each file alone
  add_compile_options(-Wno-shadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-subobject-linkage)  # it takes the files of a unit for headers
  endif()
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)
# Builds must not carry the builder's folder: paths in the binary are relative to the source tree.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(PARLEY_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside its own standard library at -O1 and above (GCC PR 105651, 105329, 107852).
  add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
                      -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-free-nonheap-object)
endif()
if(PARLEY_LINKER)
  add_link_options(-fuse-ld=${PARLEY_LINKER})
endif()
if(PARLEY_SANITIZE)
  add_compile_options(-fsanitize=${PARLEY_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PARLEY_SANITIZE})
endif()
if(PARLEY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
