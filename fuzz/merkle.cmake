parley_fuzz(note merkle)
parley_fuzz(checkpoint merkle)
parley_fuzz(tlog_proof merkle)
