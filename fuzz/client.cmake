parley_fuzz(taxii_client client)
