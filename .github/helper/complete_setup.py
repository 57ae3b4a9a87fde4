"""Answers ERPNext's setup wizard on one site: `env/bin/python - SITE < complete_setup.py`, in `sites/`.

Promises a company, a fiscal year and the masters that the wizard makes. Run again it changes nothing.
"""

import datetime
import sys

import frappe
from frappe.desk.page.setup_wizard.setup_wizard import setup_complete


def answers() -> dict[str, str]:
	"""What a person would enter in the wizard."""
	year = datetime.date.today().year
	return {
		"language": "English",
		"country": "United States",
		"timezone": "America/New_York",
		"currency": "USD",
		"full_name": "Erin Example",
		"email": "erin@example.com",
		"password": "admin",
		"company_name": "Example Trading",
		"company_abbr": "ET",
		"company_tagline": "Sample data",
		"industry": "Retail & Wholesale",
		"chart_of_accounts": "Standard",
		"fy_start_date": f"{year}-01-01",
		"fy_end_date": f"{year}-12-31",
	}


def main(site: str) -> None:
	"""Complete the setup of `site`; raises what the wizard raises."""
	frappe.init(site=site)
	frappe.connect()
	try:
		if not frappe.get_all("Company", limit=1):
			setup_complete(answers())
			frappe.db.commit()
		print("    company:", frappe.get_all("Company", pluck="name", limit=1)[0])
	finally:
		frappe.destroy()


main(sys.argv[1])
