"""Opens the site named by the environment variable SITE for the whole run, with Redis servers of its own."""

import gc
import os
import signal
import sys

import frappe
import pytest

from erp_connect.tests.bench import services


@pytest.fixture(scope="session", autouse=True)
def site():
	# A run that is told to end (by `timeout`, for example) stops its servers and workers first.
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
	services.start_redis()
	frappe.init(site=os.environ["SITE"], sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	# The modules of three apps live as long as the run: to look through them again and again is a twentieth of its time.
	gc.freeze()
	gc.set_threshold(100_000, 20, 50)
	yield frappe.local.site
	frappe.destroy()
	services.stop_all()
