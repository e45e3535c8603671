parley_bench(bench_store bench_store.cpp MODULES log_file state_sqlite LINK fmt::fmt)
