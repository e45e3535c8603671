parley_fuzz(selector intel)
parley_fuzz(refang intel)
parley_fuzz(warninglist intel)
