parley_bench(bench_stix_validate stix_validate.cpp MODULES stix)
