parley_fuzz(http_head net)
parley_fuzz(control_line net)
