"""Reports: rows of figures over a time, for Frappe's reports to show."""
