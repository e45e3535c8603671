parley_fuzz(misp_sync misp_sync)
