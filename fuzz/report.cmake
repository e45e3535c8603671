parley_fuzz(report_text report)
parley_fuzz(html_text document_reader)
parley_fuzz(stored exchange state_sqlite log_file review document_reader)
