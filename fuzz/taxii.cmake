parley_fuzz(taxii_request taxii)
