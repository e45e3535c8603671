parley_bench(bench_stix stix.cpp MODULES intel LINK benchmark::benchmark)
