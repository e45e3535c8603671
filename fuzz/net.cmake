parley_fuzz(http_head net)
parley_fuzz(control_line net)
parley_fuzz(http_body net)
