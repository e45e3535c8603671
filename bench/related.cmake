parley_bench(bench_related related.cpp MODULES exchange state_sqlite LINK fmt::fmt)
