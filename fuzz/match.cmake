parley_fuzz(match_wire base crypto encoding match)
parley_fuzz(leaf_opening base crypto encoding match)
parley_fuzz(match_vole base crypto encoding block okvs vole match)
