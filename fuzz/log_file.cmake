parley_fuzz(wal log_file)
