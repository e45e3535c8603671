parley_fuzz(vole base crypto block vole)
