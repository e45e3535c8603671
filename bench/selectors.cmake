parley_bench(bench_selectors selectors.cpp MODULES intel LINK benchmark::benchmark)
