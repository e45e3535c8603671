# bench_match: one session between two processes over a link; Threads for the cores of one party.
parley_bench(bench_match bench_match.cpp link.cpp turns.cpp MODULES base crypto encoding match LINK fmt::fmt Threads::Threads)
