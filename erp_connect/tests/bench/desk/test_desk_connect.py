"""Connecting a system in a real browser: chosen, asked for what is the account's own, tested, switched on."""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe.utils.password import update_password

from erp_connect.inbound.process import process
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk.shop import ShopDeskCase
from erp_connect.tests.bench.desk_case import MANAGER, PASSWORD, DeskCase
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.tests.fakes.woocommerce import fixture

HERE = ".modal.show"


class TestConnecting(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.user()
		self.commit()

	def choose(self, system: str, by_keyboard: bool = False) -> None:
		self.desk.open("/app/integration-settings")
		self.desk.click("Connect a System")
		self.desk.see("Which system?")
		self.assert_readable("systems")
		shown = f"[data-system='{system}']"
		letter, title = self.desk.run(
			"const one = document.querySelector(arguments[0]);"
			"return [one.querySelector('.erp-connect-letter').innerText, one.querySelector('b').innerText]",
			shown,
		)
		self.assertEqual(letter, title[0].upper())
		if by_keyboard:
			from selenium.webdriver.common.action_chains import ActionChains
			from selenium.webdriver.common.keys import Keys

			searches = "return document.activeElement === cur_dialog.fields_dict.search.input"
			self.desk.until(lambda: self.desk.run(searches), "the focus in the search")
			ActionChains(self.desk.driver).send_keys(system, Keys.TAB, Keys.ENTER).perform()
		else:
			self.desk.press(shown)

	def test_a_storefront_that_calls_is_told_where_and_is_not_called(self):
		self.choose("Storefront with key and token", by_keyboard=True)
		self.desk.see("Connect Storefront with key and token")
		for fieldname, value in (
			("input_address", self.receiver.url()),
			("input_api_key", "web-shop"),
			("input_token", "a-long-text-by-chance"),
			("user", make.USER),
		):
			self.desk.fill(fieldname, value)
		self.desk.click("Connect", f"{HERE} .modal-footer button")
		self.desk.see("It may call this site now")
		self.desk.see("/api/method/erp_connect.api.v1. orders, order")
		self.assert_readable("storefront")
		self.desk.click("Open the Account", f"{HERE} .modal-footer button")
		self.desk.see("New Flow")
		self.assertEqual(self.arrived(), [])

	def test_from_the_list_to_an_account_that_is_switched_on(self):
		self.receiver.script("/", Reply(200, {"message": "other@example.com"}))
		self.choose("ERPNext")
		self.desk.see("Connect ERPNext or Frappe site")
		for fieldname, value in (
			("input_address", self.receiver.url()),
			("input_api_key", "k-1"),
			("input_api_secret", "s-1"),
			("user", make.USER),
		):
			self.desk.fill(fieldname, value)
		# Nobody has chosen the secrets of another system, so there is no advice on them.
		self.assertFalse(
			self.desk.run(
				"const control = cur_dialog.fields_dict.input_api_secret; control.$input.trigger('focusin');"
				"return control.enable_password_checks"
			)
		)
		for flow in ("Customers", "Items"):
			self.desk.press(f"[data-unit='{flow}']")
		self.shot("entries")
		self.desk.click("Connect", f"{HERE} .modal-footer button")
		self.desk.see("ERPNext or Frappe site is set up")
		self.desk.see("The other side answers.")
		self.assertNotIn("Which system?", self.desk.text())
		self.desk.see("2 flows are ready and switched off.")
		self.shot("made")
		self.desk.click("Switch On", f"{HERE} .modal-footer button")
		self.desk.see("2 flows are switched on.")
		for text in ("Next", "Events of this account", "Send Existing Documents"):
			self.desk.see(text)
		self.shot("on")
		self.desk.click("Open the Account", f"{HERE} .modal-footer button")
		self.desk.see("New Flow")
		frappe.db.rollback()
		doc = frappe.get_doc("Integration Settings", "ERPNext or Frappe site")
		self.assertEqual((doc.api_key, doc.get_password("api_secret")), ("k-1", "s-1"))
		self.assertEqual(frappe.get_all("Field Mapping", {"integration": doc.name}, pluck="enabled"), [1, 1])


class TestGrantingAccess(DeskCase):
	REDIRECT = "https://erp.example/api/method/callback/a-1"

	def setUp(self) -> None:
		super().setUp()
		self.app = frappe.get_doc(
			{
				"doctype": "Connected App",
				"provider_name": make.unique("App"),
				"client_id": "client-1",
				"client_secret": "secret-1",
				"authorization_uri": self.receiver.url("/authorize"),
				"token_uri": self.receiver.url("/token"),
			}
		).insert()
		self.addCleanup(self.remove_app)
		make.account(self.receiver.url(), auth_type="OAuth 2 Authorization Code", connected_app=self.app.name)
		self.commit()

	def remove_app(self) -> None:
		frappe.db.delete("Token Cache", {"connected_app": self.app.name})
		frappe.delete_doc("Connected App", self.app.name, force=True)
		frappe.db.commit()

	def test_the_redirect_address_is_told_and_access_is_granted_before_anything_is_tested(self):
		self.desk.open("/app/integration-settings")
		self.desk.run(
			"return erp_connect.load('connect').then(() => { erp_connect.show_connected(...arguments); })",
			{"account": make.ACCOUNT, "flows": [], "lacking": [], "redirect": self.REDIRECT},
			{"registers_webhooks": False, "calls": []},
		)
		self.desk.see("Let a person grant access.")
		self.desk.see(self.REDIRECT)
		self.assertNotIn("Testing the connection", self.desk.text())
		self.assertNotIn("Test Connection", self.desk.text())
		self.shot("before")
		self.desk.run("window.open = (address) => (window.opened = address)")
		self.desk.click("Grant Access", f"{HERE} button")
		self.desk.see("Grant access in the window that has opened")
		self.assertTrue(self.desk.run("return window.opened").startswith(self.receiver.url("/authorize?")))
		self.shot("opened")
		self.desk.click("Test Connection", f"{HERE} button")
		self.desk.see("no access yet")
		self.shot("not yet")


class TestShop(ShopDeskCase):
	"""From the list of systems to the first order: counted as a person would count."""

	def setUp(self) -> None:
		super().setUp()
		self.as_system_manager()
		self.commit()

	def as_system_manager(self) -> None:
		"""Who sets up a site, and may make a user for the account."""
		email = make.user("desk-admin@example.com", ("System Manager", "Integration Manager", *make.ROLES))
		update_password(email, PASSWORD)
		self.commit()
		self.desk.login(email, PASSWORD)
		self.addCleanup(self.desk.login, MANAGER[0], PASSWORD)

	def test_from_choosing_a_shop_to_its_first_order(self):
		steps = 0

		def does(act: Callable[..., object], *arguments: str) -> None:
			nonlocal steps
			steps += 1
			act(*arguments)

		self.desk.open("/app/integration-settings")
		does(self.desk.click, "Connect a System")
		self.desk.see("Which system?")
		does(self.desk.press, "[data-system='WooCommerce']")
		self.desk.see("Connect WooCommerce")
		self.desk.settle()
		for key, value in (
			("address", self.shop.url),
			("consumer_key", "ck_fake"),
			("consumer_secret", "cs_fake"),
			("tax_account", self.known["tax_account"]),
			("charges_account", self.known["charges_account"]),
		):
			does(self.desk.fill, f"input_{key}", value)
		self.shot("entries")
		does(self.desk.click, "Connect", f"{HERE} .modal-footer button")
		self.desk.see("The other side answers.")
		does(self.desk.click, "Switch On", f"{HERE} .modal-footer button")
		self.desk.see("Webhooks are registered.")
		self.shot("on")
		self.assertLessEqual(steps, 10)
		self.desk.click("Open the Account", f"{HERE} .modal-footer button")
		self.desk.click("Inbound", ".nav-link")
		self.desk.see("Registered webhooks")
		self.assertNotIn("Not Saved", self.desk.text())
		self.shot("webhooks")
		self.desk.choose("Webhooks", "Register Anew")
		self.desk.see("Webhooks are registered")
		order = self.shop.add("orders", {**fixture("order"), "currency": "USD"})
		frappe.db.rollback()
		process("WooCommerce")
		frappe.db.rollback()
		link = {"integration": "WooCommerce", "remote_entity": "order", "external_id": str(order["id"])}
		name = frappe.db.get_value("Sync Link", link, "document_name")
		self.assertEqual(
			str(frappe.db.get_value("Sales Order", name, "grand_total")), order["total"], self.history()
		)
