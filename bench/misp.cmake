# bench_misp is a script: it drives the program, PyMISP and misp-stix.
file(MAKE_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/bench_misp.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/bench_misp" SYMBOLIC)
