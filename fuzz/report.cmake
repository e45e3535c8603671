parley_fuzz(report_text report)
parley_fuzz(html_text document_reader)
