parley_bench(bench_extract extract.cpp MODULES report LINK fmt::fmt)
if(TARGET bench_extract)
  target_compile_definitions(bench_extract PRIVATE PARLEY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endif()
