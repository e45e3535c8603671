# bench_lookup: look-ups against a set of another process over loopback; Threads for the cores of the builder.
parley_bench(bench_lookup bench_lookup.cpp MODULES base crypto group oprf lookup LINK fmt::fmt Threads::Threads)
