parley_bench(bench_group bench_group.cpp MODULES base crypto encoding group LINK PkgConfig::sodium fmt::fmt)
