"""The Desk of the demonstration: one site on one port of this machine only, whatever name it is asked by.

	python serve.py SITE PORT             (in the folder `sites` of a bench)

`bench serve` would listen on all addresses, with a debugger; a demonstration with well-known passwords must not.
"""

import os
import sys

import frappe.app
from werkzeug.serving import run_simple


def main(site: str, port: int) -> None:
	frappe.app._site = site
	frappe.app._sites_path = os.getcwd()
	application = frappe.app.application_with_statics()
	run_simple("127.0.0.1", port, application, threaded=True)


main(sys.argv[1], int(sys.argv[2]))
