parley_fuzz(jws record)
parley_fuzz(leaf record)
