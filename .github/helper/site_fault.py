"""Says what is missing from a site: `env/bin/python - SITE < site_fault.py`, in `sites/`.

Promises that the last line it prints is `whole`, or says what is not; it changes nothing.
"""

import json
import os
import sys

import frappe

NEEDED = ("frappe", "erpnext", "erp_connect")


def find_fault(site: str) -> str:
	"""The first thing that is not as the set-up leaves it, or `whole`."""
	try:
		with open(os.path.join(site, "site_config.json")) as file:
			json.load(file)
	except (OSError, ValueError):
		return "its site_config.json cannot be read"
	try:
		frappe.init(site=site)
		frappe.connect()
		missing = [app for app in NEEDED if app not in frappe.get_installed_apps()]
		companies = [] if missing else frappe.db.sql("SELECT name FROM tabCompany LIMIT 1")
	except (Exception, SystemExit) as error:
		return f"its database does not answer: {type(error).__name__}"
	if missing:
		return f"{missing[0]} is not installed on it"
	return "whole" if companies else "it has no company"


def main(site: str) -> None:
	"""Print what is to be said of `site`."""
	print(find_fault(site))
	frappe.destroy()


main(sys.argv[1])
