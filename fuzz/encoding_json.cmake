parley_fuzz(json base encoding)
