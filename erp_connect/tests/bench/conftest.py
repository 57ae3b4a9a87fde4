"""Opens the site named by the environment variable SITE for the whole run, with Redis servers of its own."""

import os
import signal
import sys

import frappe
import pytest

from erp_connect.tests.bench import services
from erp_connect.tests.bench.quicker import make_quicker


@pytest.fixture(scope="session", autouse=True)
def site():
	# A run that is told to end (by `timeout`, for example) stops its servers and workers first.
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
	services.start_redis()
	frappe.init(site=os.environ["SITE"], sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	make_quicker()
	yield frappe.local.site
	frappe.destroy()
	services.stop_all()
