# Precompiled headers (PARLEY_PCH): the standard library's for libraries, and GoogleTest's besides for tests. They
# make a build from nothing faster. Only `./test` asks for them, for the dev preset: release and gcc go without, so
# that a forgotten #include still shows.
set(PARLEY_PCH_STANDARD
    <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
    <unordered_map> <utility> <variant> <vector> <fmt/format.h>)

# One of each is compiled and reused; that asks for the same flags, so a test is compiled as part of a program that
# may lie anywhere (-fPIE), and optimised libraries go without.
function(parley_make_pch)
  file(WRITE "${CMAKE_BINARY_DIR}/pch/empty.cpp" "")
  add_library(parley_pch OBJECT "${CMAKE_BINARY_DIR}/pch/empty.cpp")
  target_link_libraries(parley_pch PRIVATE fmt::fmt)
  target_precompile_headers(parley_pch PRIVATE ${PARLEY_PCH_STANDARD})
  if(PARLEY_TESTS)
    add_executable(parley_test_pch EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/pch/empty.cpp")
    target_link_libraries(parley_test_pch PRIVATE fmt::fmt GTest::gmock GTest::gtest_main)
    target_precompile_headers(parley_test_pch PRIVATE ${PARLEY_PCH_STANDARD} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endfunction()

function(parley_use_pch target pch)
  if(PARLEY_PCH)
    target_precompile_headers(${target} REUSE_FROM ${pch})
  endif()
endfunction()
