parley_bench(bench_search bench_search.cpp MODULES state_sqlite LINK fmt::fmt PkgConfig::sqlite3)
