"""The sidebar of Frappe 16: the lists that it opens are filtered as its entries say."""

from __future__ import annotations

import unittest

from erp_connect.compat import VERSION
from erp_connect.tests.bench.desk_case import DeskCase

LINKS = """
return [...document.querySelectorAll(".body-sidebar a.item-anchor[href]")]
	.map((link) => [link.innerText.trim(), link.getAttribute("href")]);
"""
TARGETS = """
return Object.fromEntries([...document.querySelectorAll(".body-sidebar a.item-anchor[href]")]
	.map((link) => [link.innerText.trim(), [link.target, link.getAttribute("href")]]));
"""
FILTERS = "return window.cur_list && cur_list.filter_area && cur_list.filter_area.get().map((row) => row.slice(0, 4))"
WAITING = ["Queued", "Sending", "Retrying", "Received", "Processing"]
WANTED = {
	"Failed Events": ["Sync Log", "status", "=", "Failed"],
	"Held for Review": ["Sync Log", "status", "=", "On Hold"],
	"Waiting Events": ["Sync Log", "status", "in", WAITING],
	"Differences": ["Sync Difference", "status", "=", "Open"],
}


@unittest.skipIf(VERSION < 16, "what a workspace holds is in the sidebar of Frappe 16 only")
class TestSidebar(DeskCase):
	def test_lists_are_filtered(self):
		self.desk.open("/app/erp-connect")
		self.desk.until(lambda: "Failed Events" in dict(self.desk.run(LINKS)), "the sidebar")
		links = dict(self.desk.run(LINKS))
		self.assertEqual(
			links.keys() & {"Home", "Connected Accounts", "Flows", "Events"},
			{"Home", "Connected Accounts", "Flows", "Events"},
		)
		for label, wanted in WANTED.items():
			with self.subTest(label):
				self.desk.open(links[label])
				self.desk.until(lambda: self.desk.run(FILTERS), "a filtered list")
				self.assertEqual(self.desk.run(FILTERS), [wanted])

	def test_pages_open_in_the_same_window(self):
		self.desk.open("/app/erp-connect")
		self.desk.until(lambda: "Health" in dict(self.desk.run(LINKS)), "the sidebar")
		targets = self.desk.run(TARGETS)
		for label, page in (("Health", "connect-health"), ("Review Desk", "connect-review")):
			with self.subTest(label):
				self.assertEqual(targets[label], ["", f"/desk/{page}"])
