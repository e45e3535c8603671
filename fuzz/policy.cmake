parley_fuzz(policy policy)
parley_fuzz(agreement policy)
