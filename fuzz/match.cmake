parley_fuzz(match_wire base crypto encoding match)
parley_fuzz(leaf_opening base crypto encoding match)
