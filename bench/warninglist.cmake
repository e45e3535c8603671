parley_bench(bench_warninglist warninglist.cpp MODULES intel)
