parley_fuzz(zip encoding)
parley_fuzz(trust ledger)
parley_fuzz(evidence ledger)
if(TARGET fuzz_evidence)  # the two nodes that the tests of evidence tell of
  target_sources(fuzz_evidence PRIVATE ${CMAKE_SOURCE_DIR}/src/ledger/evidence_world_test.cpp)
endif()
parley_fuzz(match_opening ledger)
