# bench_taxii is a script: it drives the node, nginx and wrk.
file(MAKE_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/bench_taxii.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/bench_taxii" SYMBOLIC)
