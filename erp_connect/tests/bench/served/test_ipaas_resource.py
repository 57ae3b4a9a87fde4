"""Platforms at Frappe's own REST addresses: they subscribe to Leads page by page, and publish Leads.

All of it twice: with an OAuth 2 token, and with `Authorization: token key:secret`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import frappe
import requests

from erp_connect.tests.bench.ipaas_case import LEADS, USER, IpaasTestCase

FIELDS = ["name", "first_name", "last_name", "status", "modified"]
BY_CHANGE = "modified asc, name asc"


class Subscriber:
	"""What a platform does on its schedule: all pages of what matches, until a page is not full."""

	def __init__(self, session: requests.Session, address: str, filters: list, size: int = 3) -> None:
		self.session, self.address, self.filters, self.size = session, address, filters, size
		self.sizes: list[int] = []

	def page(self, start: int, **changed: Any) -> list[dict]:
		query = {
			"fields": json.dumps(FIELDS),
			"filters": json.dumps(self.filters),
			"order_by": BY_CHANGE,
			"limit_start": start,
			"limit_page_length": self.size,
			**changed,
		}
		answer = self.session.get(self.address, params=query, timeout=60)
		answer.raise_for_status()
		rows = answer.json()["data"]
		self.sizes.append(len(rows))
		return rows

	def all(self) -> Iterator[dict]:
		start = 0
		while True:
			rows = self.page(start)
			yield from rows
			if len(rows) < self.size:
				return
			start += self.size

	def all_by_name(self) -> Iterator[dict]:
		"""Without offsets: each page begins behind the last name, so that it cannot shift."""
		last, base = "", self.filters
		while True:
			self.filters = [*base, ["name", ">", last]]
			rows = self.page(0, order_by="name asc")
			yield from rows
			if len(rows) < self.size:
				self.filters = base
				return
			last = rows[-1]["name"]


class Clients:
	"""The tests of both kinds of client. `connect` gives the session."""

	def connect(self) -> requests.Session:
		raise NotImplementedError

	def setUp(self) -> None:
		super().setUp()
		self.session = self.connect()
		self.mine = [["company_name", "=", self.tag]]

	def subscriber(self, *filters: list, size: int = 3) -> Subscriber:
		return Subscriber(self.session, self.url(LEADS), [*self.mine, *filters], size)

	def leads(self, count: int) -> list[str]:
		names = [self.lead(f"Number {number}").name for number in range(count)]
		self.commit()
		return names

	# Subscribing

	def test_pages_until_the_end_give_each_lead_once(self):
		names = self.leads(7)
		subscriber = self.subscriber()
		self.assertEqual([row["name"] for row in subscriber.all()], names)
		self.assertEqual(subscriber.sizes, [3, 3, 1])
		self.assertEqual(set(next(self.subscriber().all())), set(FIELDS))

	def test_a_last_page_that_is_full_is_followed_by_an_empty_one(self):
		names = self.leads(6)
		subscriber = self.subscriber()
		self.assertEqual([row["name"] for row in subscriber.all()], names)
		self.assertEqual(subscriber.sizes, [3, 3, 0])

	def test_leads_of_one_moment_at_the_boundary_of_pages(self):
		names = self.leads(7)
		frappe.db.sql("UPDATE `tabLead` SET modified = '2026-01-01' WHERE company_name = %s", self.tag)
		self.commit()
		self.assertEqual(sorted(row["name"] for row in self.subscriber().all()), names)

	def test_pages_behind_the_last_name_do_not_shift_while_others_delete(self):
		names = self.leads(6)
		rows = self.subscriber().all_by_name()
		read = [next(rows)["name"] for _ in range(3)]
		frappe.delete_doc("Lead", names[0])
		self.commit()
		read += [row["name"] for row in rows]
		self.assertEqual(read, names)

	def test_filters(self):
		self.leads(3)
		self.lead("Number X", status="Interested", job_title="100% of 'it' & more")
		self.commit()
		for filters, expected in (
			([["status", "=", "Interested"]], ["Number X"]),
			([["status", "in", ["Interested", "Lost Quotation"]]], ["Number X"]),
			([["last_name", "like", "%X"]], ["Number X"]),
			([["last_name", "in", ["Number 0", "Number 2"]]], ["Number 0", "Number 2"]),
			([["job_title", "=", "100% of 'it' & more"]], ["Number X"]),
			([["status", "=", "Converted"]], []),
		):
			with self.subTest(filters):
				self.assertEqual([row["last_name"] for row in self.subscriber(*filters).all()], expected)

	def test_only_what_changed_since_the_last_time(self):
		names = self.leads(4)
		rows = list(self.subscriber().all())
		seen = {(row["name"], row["modified"]) for row in rows}
		cursor = max(row["modified"] for row in rows)
		doc = frappe.get_doc("Lead", names[1])
		doc.job_title = "Head of Purchasing"
		doc.save()
		added = self.lead("Added").name
		self.commit()
		# From the cursor on, not after it: two may have the same time. What was seen is dropped.
		again = list(self.subscriber(["modified", ">=", cursor]).all())
		self.assertEqual([row["name"] for row in again][0], names[3])
		news = [row for row in again if (row["name"], row["modified"]) not in seen]
		self.assertEqual([row["name"] for row in news], [names[1], added])

	def test_one_lead_in_full(self):
		name = self.leads(1)[0]
		data = self.ok(self.session.get(self.url(f"{LEADS}/{name}"), timeout=60))["data"]
		self.assertEqual((data["name"], data["company_name"], data["notes"]), (name, self.tag, []))

	# Publishing

	def test_create_change_and_delete(self):
		address, query = self.url(LEADS), {"trigger": "task 4711"}
		lead = {
			"first_name": "Béa",
			"last_name": "O'Hara",
			"company_name": self.tag,
			"email_id": f"{self.tag}@example.com",
		}
		made = self.ok(self.session.post(address, params=query, json=lead, timeout=60), 200)["data"]
		self.assertEqual({key: made[key] for key in lead}, lead)
		self.assertEqual(made["owner"], USER)
		address += f"/{made['name']}"
		changed = self.session.put(address, params=query, json={"job_title": "100 % sure"}, timeout=60)
		self.assertEqual(self.ok(changed, 200)["data"]["job_title"], "100 % sure")
		frappe.db.rollback()
		kept = frappe.db.get_value("Lead", made["name"], ["lead_name", "job_title", "modified_by"])
		self.assertEqual(kept, ("Béa O'Hara", "100 % sure", USER))
		self.ok(self.session.delete(address, params=query, timeout=60), 202)
		self.assertEqual(self.session.get(address, timeout=60).status_code, 404)
		self.assertEqual(self.session.put(address, json={"job_title": "x"}, timeout=60).status_code, 404)
		self.assertEqual(self.session.delete(address, timeout=60).status_code, 404)

	def test_a_colleagues_lead_is_deleted_with_its_contact(self):
		name = self.leads(1)[0]
		mine = {"link_doctype": "Lead", "link_name": name, "parenttype": "Contact"}
		contact = frappe.db.get_value("Dynamic Link", mine, "parent")
		self.assertTrue(contact)
		self.ok(self.session.delete(self.url(f"{LEADS}/{name}"), timeout=60), 202)
		frappe.db.rollback()
		self.assertFalse(frappe.db.exists("Contact", contact))

	def test_what_erpnext_refuses_is_said_and_changes_nothing(self):
		name = self.leads(1)[0]
		taken = self.lead("Taken", email_id=f"{self.tag}@example.com")
		self.commit()
		for payload, status, reason in (
			({"email_id": "nonsense"}, 417, "InvalidEmailAddressError"),
			({"status": "Nonsense"}, 417, "ValidationError"),
			({"territory": "Nowhere"}, 417, "LinkValidationError"),
			({"email_id": taken.email_id}, 409, "DuplicateEntryError"),
		):
			with self.subTest(payload):
				answer = self.session.put(self.url(f"{LEADS}/{name}"), json=payload, timeout=60)
				self.assertEqual((answer.status_code, answer.json()["exc_type"]), (status, reason))
		frappe.db.rollback()
		kept = frappe.db.get_value("Lead", name, ["email_id", "status", "territory"])
		self.assertEqual(kept, (None, "Lead", None))
		answer = self.session.post(self.url(LEADS), json={"job_title": "Nobody"}, timeout=60)
		self.assertEqual(answer.status_code, 417, answer.text[:300])

	def test_without_rights_nothing_is_told_or_changed(self):
		name = self.leads(1)[0]
		forbidden = self.url("/api/resource/Sales Invoice")
		self.assertEqual(self.session.get(forbidden, timeout=60).status_code, 403)
		for method, place, payload in (
			("GET", LEADS, None),
			("GET", f"{LEADS}/{name}", None),
			("POST", LEADS, {"first_name": "Ann", "company_name": self.tag}),
			("PUT", f"{LEADS}/{name}", {"job_title": "x"}),
			("DELETE", f"{LEADS}/{name}", None),
		):
			with self.subTest(f"{method} {place}"):
				answer = self.outsider.request(method, self.url(place), json=payload, timeout=60)
				self.assertEqual(answer.status_code, 403, answer.text[:300])
		frappe.db.rollback()
		self.assertEqual(
			frappe.get_all("Lead", {"company_name": self.tag}, ["name", "job_title"]),
			[{"name": name, "job_title": None}],
		)


class TestOAuthClient(Clients, IpaasTestCase):
	def connect(self) -> requests.Session:
		return self.platform()


class TestTokenClient(Clients, IpaasTestCase):
	def connect(self) -> requests.Session:
		return self.keys

	def test_a_wrong_secret(self):
		key = self.keys.headers["Authorization"].partition(":")[0]
		answer = requests.get(self.url(LEADS), headers={"Authorization": f"{key}:wrong"}, timeout=60)
		self.assertEqual(answer.status_code, 401, answer.text[:300])
