# bench_vole: both parties of a VOLE in one process, CPU by phase.
parley_bench(bench_vole bench_vole.cpp MODULES base crypto group block vole LINK fmt::fmt)
