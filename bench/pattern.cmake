parley_bench(bench_pattern pattern.cpp MODULES pattern LINK benchmark::benchmark)
