parley_fuzz(stix_validate stix)
