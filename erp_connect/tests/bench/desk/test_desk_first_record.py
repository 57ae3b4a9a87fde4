"""The first record of a person who has never been here: from the workspace on, each click and entry counted.

How many clicks, entries and seconds it took is printed: `pytest -s` shows it. The seconds are those of a browser
that does not read and think, and are no claim; the numbers of clicks and entries are limits.
"""

from __future__ import annotations

import time

import frappe
from frappe.utils.password import update_password

from erp_connect.inbound.process import process
from erp_connect.operate import account_user
from erp_connect.operate.overview import facts
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.browser import Desk
from erp_connect.tests.bench.desk.shop import ShopDeskCase
from erp_connect.tests.bench.desk_case import MANAGER, PASSWORD, DeskCase
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.tests.fakes.woocommerce import fixture

DIALOG = ".modal.show"
BUTTON = f"{DIALOG} .modal-footer button"
ADMIN = "desk-admin@example.com"


class Person:
	"""Goes the way of a person through Desk, and counts."""

	def __init__(self, desk: Desk) -> None:
		self.desk = desk
		self.clicks = self.entries = 0
		self.started = time.monotonic()

	def click(self, label: str, selector: str = "button, a") -> None:
		"""Click the button or link with this label."""
		self.clicks += 1
		self.desk.click(label, selector)

	def pick(self, selector: str) -> None:
		"""Click what is found by more than its label."""
		self.clicks += 1
		self.desk.press(selector)

	def enter(self, fieldname: str, value: str) -> None:
		"""Fill in a field of the dialog."""
		self.entries += 1
		self.desk.fill(fieldname, value)

	def enter_link(self, fieldname: str, value: str) -> None:
		"""Fill in a link of the dialog: something is typed, and chosen from what is offered below it."""
		self.clicks += 1
		self.enter(fieldname, value)

	def go(self, path: str) -> None:
		"""Go to a list by the search bar: its name is entered, and the first line taken."""
		self.entries += 1
		self.clicks += 1
		self.desk.open(path)

	def told(self, what: str) -> str:
		seconds = time.monotonic() - self.started
		return f"{what}: {self.clicks} clicks, {self.entries} entries, {seconds:.0f} seconds"


class FirstRecord(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.cache.delete_keys(facts.DAY)
		# Who sets up a site, and may make a user for the account.
		make.user(ADMIN, ("System Manager", "Integration Manager", *make.ROLES))
		update_password(ADMIN, PASSWORD)
		self.commit()
		self.desk.login(ADMIN, PASSWORD)
		self.addCleanup(self.desk.login, MANAGER[0], PASSWORD)

	def begin(self, system: str) -> Person:
		"""From the workspace where nothing is connected to what is asked of one system."""
		self.desk.open("/app/erp-connect")
		overview = "return !!document.querySelector('.erp-connect-overview')"
		self.desk.until(lambda: self.desk.run(overview), "the workspace")
		person = Person(self.desk)
		person.click("Connect a System")
		self.desk.see("Which system?")
		person.pick(f"[data-system='{system}']")
		self.desk.see("What belongs to you")
		self.desk.settle()
		return person

	def assert_within(self, person: Person, *, clicks: int, entries: int) -> None:
		self.assertLessEqual(person.clicks, clicks)
		self.assertLessEqual(person.entries, entries)


class TestRestApi(FirstRecord):
	"""A system that the app does not know: a token, and the paths that its preset has as examples."""

	def test_from_the_workspace_to_the_first_customer_across(self):
		self.receiver.script("/customers", Reply(201, {"id": "C-1"}))
		person = self.begin("Custom REST API")
		person.pick(f"{DIALOG} [data-unit='Customers']")
		person.enter("input_address", self.receiver.url())
		person.enter("input_token", "t-1")
		self.shot("entries")
		person.click("Connect", BUTTON)
		self.desk.see("Custom REST API is set up")
		self.shot("made")
		person.click("Switch On", BUTTON)
		self.desk.see("switched on.")
		self.shot("on")
		person.go("/app/customer")
		person.pick(".page-actions .primary-action")
		self.shot("customer")
		name = make.unique("Customer")
		person.enter("customer_name", name)
		person.click("Save", BUTTON)
		self.desk.until(lambda: self.desk.run("return !window.cur_dialog?.display"), "the customer")
		self.deliver()
		(sent,) = self.arrived("/customers")
		self.assertEqual((sent.method, sent.path, sent.json["name"]), ("POST", "/customers", name))
		person.go("/app/sync-log")
		self.desk.see("Delivered")
		self.shot("delivered")
		print(person.told("First record of an unknown REST API"))
		self.assert_within(person, clicks=10, entries=6)


class TestShop(FirstRecord, ShopDeskCase):
	"""A system that the app knows."""

	def test_from_the_workspace_to_the_first_order(self):
		account_user.make("WooCommerce", [])  # as an account of this name that is gone has left it
		self.commit()
		person = self.begin("WooCommerce")
		person.enter("input_address", self.shop.url)
		person.enter("input_consumer_key", "ck_fake")
		person.enter("input_consumer_secret", "cs_fake")
		person.enter_link("input_tax_account", self.known["tax_account"])
		person.enter_link("input_charges_account", self.known["charges_account"])
		self.shot("entries")
		person.click("Connect", BUTTON)
		self.desk.see("The other side answers.")
		person.click("Switch On", BUTTON)
		self.desk.see("Webhooks are registered.")
		self.shot("on")
		self.assertNotIn("already exists", self.desk.text())
		# Another order of this number may be there, of another test's shop.
		number = frappe.generate_hash(length=8)
		order = self.shop.add("orders", {**fixture("order"), "currency": "USD", "number": number})
		frappe.db.rollback()
		process("WooCommerce")
		frappe.db.rollback()
		person.click("Open the Account", BUTTON)
		self.desk.see("New Flow")
		person.go("/app/sales-order")
		self.assert_arrived(order)
		self.shot("order")
		print(person.told("First order of a named system"))
		self.assert_within(person, clicks=10, entries=6)

	def assert_arrived(self, order: dict) -> None:
		link = {"integration": "WooCommerce", "remote_entity": "order", "external_id": str(order["id"])}
		name = frappe.db.get_value("Sync Link", link, "document_name")
		total = frappe.db.get_value("Sales Order", name, "grand_total")
		self.assertEqual(str(total), order["total"], self.history())
		row = "return !!document.querySelector(`[data-name='${arguments[0]}']`)"
		self.desk.until(lambda: self.desk.run(row, name), f"{name} in the list")
