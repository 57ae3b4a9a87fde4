"""The list of events in a real browser: what a person waits for, until rows and their number stand there.

Needs Chromium, its driver and selenium, as the browser tests do; without them nothing is measured.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from statistics import median
from unittest import SkipTest

import frappe
from frappe.utils.password import update_password

ROUNDS = 5
# Seconds from `begin` until the list has drawn rows that fit and no call is on its way.
UNTIL_DRAWN = """
const [begin, status, done] = arguments;
performance.clearResourceTimings();
const start = (window.began = performance.now());
const drawn = () =>
	window.cur_list?.doctype === "Sync Log" &&
	cur_list.data.length > 0 &&
	cur_list.data.every((row) => !status || row.status === status) &&
	cur_list.$result.find(".list-row").length >= cur_list.data.length &&
	frappe.request.ajax_count === 0;
const look = () => (drawn() ? done((performance.now() - start) / 1000) : setTimeout(look, 5));
Promise.resolve(new Function(begin)()).then(look);
"""
OPEN = 'frappe.set_route("List", "Sync Log", "List")'
FILTER = 'cur_list.data = []; return cur_list.filter_area.add([["Sync Log", "status", "=", "Failed"]])'
# Seconds that Desk let pass before it asked for the rows.
ASKED = """
const asked = performance.getEntriesByType("resource").find((one) => one.name.endsWith("reportview.get"));
return (asked.startTime - window.began) / 1000;
"""
FORGET = "DELETE FROM `__UserSettings` WHERE doctype = 'Sync Log' AND user = %s"


@dataclass(frozen=True)
class Seconds:
	"""Medians of opening the list from another page of Desk, and of filtering it by a status; `waits`: how much of the latter
	Desk lets pass before it asks."""

	opens: float
	filters: float
	waits: float


def measure(site: str, user: str) -> Seconds | None:
	"""As this user, who gets a password for it. None without a browser."""
	from erp_connect.tests.bench import browser

	try:
		browser.require()
	except SkipTest:
		return None
	password = secrets.token_urlsafe(24)
	update_password(user, password)
	frappe.db.commit()  # the server is another process
	served = browser.DeskSite(site)
	try:
		desk = browser.Desk(served.url)
		try:
			desk.login(user, password)
			_once(
				desk, user
			)  # what Frappe keeps of a DocType, and the browser of scripts, is there from now on
			found = [_once(desk, user) for _ in range(ROUNDS)]
		finally:
			desk.close()
	finally:
		served.stop()
	return Seconds(*(median(column) for column in zip(*found, strict=True)))


def _once(desk, user: str) -> tuple[float, float, float]:
	"""Desk is loaded anew, so that no list is kept from before."""
	frappe.db.sql(FORGET, user)  # a list opens with the filters that were last used
	frappe.cache.delete_value("_user_settings")
	frappe.db.commit()  # as above
	desk.open("/app/todo")
	opens = desk.driver.execute_async_script(UNTIL_DRAWN, OPEN, "")
	filters = desk.driver.execute_async_script(UNTIL_DRAWN, FILTER, "Failed")
	return opens, filters, desk.driver.execute_script(ASKED)
