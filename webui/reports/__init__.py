"""Reports: calls and hours, who listened, what is due and how the disk fills; on the page, as PDF, CSV and e-mail."""
