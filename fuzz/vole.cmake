parley_fuzz(vole base crypto group block vole)
