parley_fuzz(csv encoding)
