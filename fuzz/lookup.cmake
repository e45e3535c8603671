parley_fuzz(lookup_set base crypto group oprf lookup)
parley_fuzz(lookup_wire base crypto group oprf lookup)
parley_fuzz(lookup_ask base crypto encoding intel merkle match lookup record state log policy ledger peer exchange)
