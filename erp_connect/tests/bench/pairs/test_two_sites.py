"""Two ERPNext sites, each with the app, connected both ways by the preset: whatever happens on either, they stay equal.

Real sites, real workers, real HTTP. What a person does over there is done by its REST API.
"""

from __future__ import annotations

import time

import frappe
from frappe.utils import add_days, today

from erp_connect.operate import sweep
from erp_connect.tests.base import ConnectTestCase, wipe
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services, site_pair
from erp_connect.tests.bench.pair import PairSite, ServedSite, pair_site
from erp_connect.tests.bench.site_pair import ACCOUNT

COMPARED = {
	"Customer": ("customer_name", "customer_type", "tax_id", "website", "disabled"),
	"Contact": ("first_name", "last_name", "designation", "email_id"),
	"Address": ("address_title", "address_line1", "city", "country"),
	"Item": ("item_code", "item_name", "description", "disabled"),
	"Item Price": ("item_code", "price_list_rate"),
	"Sales Order": ("customer", "grand_total", "docstatus", "delivery_date", "po_no"),
}


class TwoSitesCase(ConnectTestCase):
	"""This site and the one `there`, connected once for all tests of a class."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		wipe()
		cls.addClassCleanup(wipe)
		cls.there = PairSite()
		cls.addClassCleanup(site_pair.run_there, pair_site(), "leave")
		cls.addClassCleanup(cls.there.stop)
		cls.mark = make.unique("Pair")
		keys_there = site_pair.run_there(pair_site(), "open_user", mark=cls.mark)
		cls.there.session.headers["Authorization"] = "token {api_key}:{api_secret}".format(**keys_there)
		cls.here = ServedSite(frappe.local.site)
		cls.addClassCleanup(cls.here.stop)
		keys_here = site_pair.open_user(cls.mark)
		site_pair.join(cls.mark, cls.there.url, **keys_there)
		site_pair.run_there(pair_site(), "join", mark=cls.mark, url=cls.here.url, **keys_here)
		cls.worker = services.Worker().start()
		cls.addClassCleanup(lambda: cls.worker.stop())

	@classmethod
	def see_to_the_worker(cls) -> None:
		"""Start another one where it was killed.

		A wake-up that the dead one had taken counts as waiting for half a minute; it is forgotten here, so
		that tests need not wait that long: the sweep finds what is due.
		"""
		if not cls.worker.running:
			services.flush()
			cls.worker = services.Worker().start()

	def setUp(self) -> None:
		self.started = frappe.db.sql("SELECT COALESCE(MAX(seq), 0) FROM `tabSync Log`")[0][0]

	# What people do

	def customer(self, **values):
		return make.customer(customer_group=self.mark, **values)

	def customer_there(self, **values) -> str:
		name = make.unique("There")
		fixed = {"customer_name": name, "customer_type": "Company", "customer_group": self.mark}
		return self.there.create("Customer", **{**fixed, "territory": make.leaf("Territory"), **values})[
			"name"
		]

	def item(self, **values):
		return make.item(item_group=self.mark, **values)

	def contact(self, customer: str, **values):
		name = make.unique("Ada")
		return self._linked("Contact", customer, first_name=name, company_name=self.mark, **values)

	def address(self, customer: str):
		return self._linked(
			"Address",
			customer,
			address_title=make.unique("Home"),
			address_type="Billing",
			address_line1="1 Street",
			city="Town",
			county=self.mark,
			country="United States",
		)

	def _linked(self, doctype: str, customer: str, **values):
		links = [{"link_doctype": "Customer", "link_name": customer}]
		return frappe.get_doc({"doctype": doctype, "links": links, **values}).insert()

	def price(self, item: str, rate: float):
		values = {"item_code": item, "price_list": self.mark, "price_list_rate": rate}
		return frappe.get_doc({"doctype": "Item Price", **values}).insert()

	def order(self, customer: str, item: str, **values):
		doc = make.sales_order(customer, [(item, 2, 50)], submit=False)
		doc.update({"selling_price_list": self.mark, **values})
		return doc.save().submit()

	def change_there(self, doctype: str, name: str, **values) -> None:
		answer = self.there.session.put(self.there._resource(doctype, name), json=values, timeout=30)
		self.assertEqual(answer.status_code, 200, answer.text[-800:])

	def method_there(self, method: str, **values):
		answer = self.there.session.post(f"{self.there.url}/api/method/{method}", json=values, timeout=30)
		self.assertEqual(answer.status_code, 200, answer.text[-800:])
		return answer.json().get("message")

	# What comes of it

	def partner(self, doctype: str, name: str, seconds: float = 25) -> str:
		"""The record over there of a document here, once it has one."""
		return self.wait_for(
			lambda: self._external(doctype, name), seconds, f"{doctype} {name} has no partner"
		)

	def partner_here(self, doctype: str, external_id: str, seconds: float = 25) -> str:
		"""The document here of a record over there, once there is one."""
		filters = {"document_type": doctype, "external_id": external_id, "integration": ACCOUNT}
		return self.wait_for(lambda: frappe.db.get_value("Sync Link", filters, "document_name"), seconds)

	def _external(self, doctype: str, name: str) -> str | None:
		self._hurry()
		filters = {"document_type": doctype, "document_name": name, "external_id": ("is", "set")}
		return frappe.db.get_value("Sync Link", filters, "external_id")

	def assert_same(self, doctype: str, name: str, seconds: float = 25, **values) -> dict:
		"""Wait until a document is equal on both sides (and has `values`); gives the one over there."""
		last: list = []

		def equal():
			self._hurry()
			external = self._external(doctype, name)
			there = external and self.there.get(doctype, external)
			here = frappe.get_doc(doctype, name).as_dict(convert_dates_to_str=True)
			pairs = [(here.get(f) or "", (there or {}).get(f) or "") for f in COMPARED[doctype]]
			last[:] = pairs
			wanted = all((here.get(field) or "") == value for field, value in values.items())
			return there if there and wanted and all(one == other for one, other in pairs) else None

		try:
			return self.wait_for(equal, seconds, f"{doctype} {name} is not equal")
		except AssertionError as error:
			raise AssertionError(f"{last}\n{error}\nthere: {self._history_there()}") from None

	def _history_there(self) -> str:
		fields = '["name","event","status","outcome","error","reference_name"]'
		answer = self.there.session.get(
			self.there._resource("Sync Log"),
			params={"fields": fields, "limit_page_length": 20, "order_by": "creation desc"},
		)
		return answer.text[:3000]

	def _hurry(self) -> None:
		"""What the scheduler does each minute, now."""
		if time.monotonic() - getattr(self, "_swept", 0) > 2:
			self._swept = time.monotonic()
			sweep.sweep()
			frappe.db.commit()
			services.on_site(pair_site(), sweep.sweep)

	def level(self, item: str, warehouse: str) -> float:
		frappe.db.rollback()
		return frappe.db.get_value("Bin", {"item_code": item, "warehouse": warehouse}, "actual_qty") or 0

	def level_there(self, item: str, warehouse: str) -> float:
		rows = self.there.session.get(
			self.there._resource("Bin"),
			params={
				"filters": frappe.as_json({"item_code": item, "warehouse": warehouse}),
				"fields": '["actual_qty"]',
			},
		).json()["data"]
		return rows[0]["actual_qty"] if rows else 0

	def sent(self, **filters) -> list:
		return [row for row in self.events(direction="Outgoing", **filters) if row.seq > self.started]


class TestTwoSites(TwoSitesCase):
	def test_everything_made_here_is_there_and_the_other_way_round(self):
		customer, item = self.customer(tax_id="T1"), self.item()
		contact = self.contact(customer.name, email_ids=[{"email_id": "ada@example.com", "is_primary": 1}])
		address, price = self.address(customer.name), self.price(item.name, 12.5)
		order = self.order(customer.name, item.name)
		self.commit()
		for doc in (customer, item, contact, address, price):
			self.assert_same(doc.doctype, doc.name)
		there = self.assert_same("Sales Order", order.name, docstatus=1)
		self.assertEqual((there["docstatus"], there["items"][0]["rate"]), (1, 50))
		found = self.there.get("Contact", self.partner("Contact", contact.name))
		self.assertEqual(
			[row["link_name"] for row in found["links"]], [self.partner("Customer", customer.name)]
		)

		name = self.customer_there(tax_id="T2")
		here = self.partner_here("Customer", name)
		self.assert_same("Customer", here, tax_id="T2")
		made = self.there.create(
			"Contact", first_name=make.unique("Bob"), company_name=self.mark,
			links=[{"link_doctype": "Customer", "link_name": name}],
		)  # fmt: skip
		bob = frappe.get_doc("Contact", self.partner_here("Contact", made["name"]))
		self.assertEqual([row.link_name for row in bob.links], [here])
		made = self.there.create(
			"Sales Order", customer=name, company=make.company(), selling_price_list=self.mark, currency="USD",
			transaction_date=today(), delivery_date=add_days(today(), 3), docstatus=1, set_warehouse=make.warehouse(),
			items=[{"item_code": self.partner("Item", item.name), "qty": 3, "rate": 7, "delivery_date": add_days(today(), 3)}],
		)  # fmt: skip
		self.assert_same(
			"Sales Order", self.partner_here("Sales Order", made["name"]), docstatus=1, grand_total=21
		)

	def test_an_edit_is_one_call_and_no_echo(self):
		customer = self.customer()
		self.commit()
		name = self.partner("Customer", customer.name)
		self.started = frappe.db.sql("SELECT MAX(seq) FROM `tabSync Log`")[0][0]
		customer.reload()
		customer.tax_id = "edited"
		customer.save()
		self.commit()
		self.assert_same("Customer", customer.name, tax_id="edited")
		modified = self.there.get("Customer", name)["modified"]
		for _ in range(10):
			sweep.sweep()
			self.commit()
			services.on_site(pair_site(), sweep.sweep)
			time.sleep(0.1)
		self.assertEqual(
			[(row.method, row.status) for row in self.sent(reference_doctype="Customer")],
			[("POST", "Delivered")],
			self.history(),
		)
		self.assertEqual(self.events(direction="Incoming", reference_name=customer.name), [])
		self.assertEqual(self.there.get("Customer", name)["modified"], modified)
		self.change_there("Customer", name, website="w")
		self.assert_same("Customer", customer.name, website="w")
		self.assertEqual(len(self.sent(reference_doctype="Customer")), 1, self.history())

	def test_edits_on_both_sides_at_once_end_equal(self):
		customer = self.customer(tax_id="0")
		self.commit()
		name = self.partner("Customer", customer.name)
		for number in range(3):
			customer.reload()
			customer.tax_id = f"here {number}"
			customer.save()
			self.change_there("Customer", name, tax_id=f"there {number}")
			self.commit()
			found = self.assert_same("Customer", customer.name)
			self.assertEqual(found["tax_id"], f"there {number}")  # the newest

	def test_renamed_here_or_there(self):
		item, customer = self.item(), self.customer()
		self.commit()
		self.partner("Item", item.name)
		name = self.partner("Customer", customer.name)
		code = make.unique("Renamed")
		frappe.rename_doc("Item", item.name, code)
		self.commit()
		self.assert_same("Item", code)
		self.assertEqual(self.partner("Item", code), code)
		self.assertIsNone(self.there.get("Item", item.name))
		renamed = make.unique("Renamed there")
		self.method_there("frappe.client.rename_doc", doctype="Customer", old_name=name, new_name=renamed)
		here = self.partner_here("Customer", renamed)
		self.wait_for(lambda: frappe.db.exists("Customer", renamed), 25)
		self.assertFalse(frappe.db.exists("Customer", customer.name))
		here = self.partner_here("Customer", renamed)
		self.change_there("Customer", renamed, tax_id="after")
		self.assert_same("Customer", here, tax_id="after")
		self.assertEqual(len(self.links(document_type="Customer", external_id=renamed)), 1)

	def test_cancelled_here_or_there(self):
		customer, item = self.customer(), self.item()
		first, second = self.order(customer.name, item.name), self.order(customer.name, item.name)
		self.commit()
		for order in (first, second):
			self.assert_same("Sales Order", order.name, docstatus=1)
		first.reload()
		first.cancel()
		self.commit()
		self.assert_same("Sales Order", first.name, docstatus=2)
		self.method_there(
			"frappe.client.cancel", doctype="Sales Order", name=self.partner("Sales Order", second.name)
		)
		self.assert_same("Sales Order", second.name, docstatus=2)

	def test_deleted_here_or_there(self):
		first, second = self.customer(), self.customer()
		self.commit()
		ids = [self.partner("Customer", doc.name) for doc in (first, second)]
		first.delete()
		self.commit()
		self.there.delete("Customer", ids[1])
		self.wait_for(lambda: self._hurry() or not self.there.get("Customer", ids[0]), 25)
		self.wait_for(lambda: self._hurry() or not frappe.db.exists("Customer", second.name), 25)
		self.assertEqual(self.links(document_type="Customer", external_id=("in", ids)), [])

	def test_stock_moves_along_from_both_sides(self):
		item, warehouse = self.item(valuation_rate=5), make.warehouse()
		self.commit()
		self.partner("Item", item.name)

		def equal(quantity):
			self.wait_for(
				lambda: (
					self._hurry()
					or self.level(item.name, warehouse) == self.level_there(item.name, warehouse) == quantity
				),
				30,
				f"{quantity}: {self.level(item.name, warehouse)} {self.level_there(item.name, warehouse)}",
			)

		make.receipt(item.name, 10)
		self.commit()
		equal(10)
		time.sleep(1.1)  # times of movements are kept to the second
		self.method_there(
			"frappe.client.insert",
			doc={
				"doctype": "Stock Entry", "stock_entry_type": "Material Issue", "company": make.company(), "docstatus": 1,
				"items": [{"item_code": item.name, "qty": 4, "s_warehouse": warehouse, "uom": "Nos"}],
			},
		)  # fmt: skip
		receipt = make.receipt(item.name, 5)  # at the same moment
		self.commit()
		equal(11)
		receipt.reload()
		receipt.cancel()
		self.commit()
		equal(6)

	def test_a_site_that_was_away_gets_all_it_missed(self):
		customer = self.customer()
		self.commit()
		name = self.partner("Customer", customer.name)
		self.there.server.kill()
		customer.reload()
		customer.tax_id = "while away"
		customer.save()
		fresh = self.customer()
		self.commit()
		self.wait_for(lambda: self._hurry() or "Retrying" in [row.status for row in self.sent()], 25)
		self.there.server.start()
		services.wait_for_port(self.there.port, self.there.server)
		self.assert_same("Customer", customer.name, 40, tax_id="while away")
		self.assert_same("Customer", fresh.name, 40)
		self.assertEqual(self.there.get("Customer", name)["tax_id"], "while away")
		self.assertEqual(len(self.there.names("Customer", customer_name=fresh.customer_name)), 1)

	def test_a_worker_that_dies_doubles_nothing(self):
		self.addCleanup(self.see_to_the_worker)
		self.worker.kill()
		services.flush()
		deadly = services.Worker("erp_connect.outbound.settle:deliveries", "before").start()
		self.addCleanup(deadly.kill)
		fresh = self.customer()
		self.commit()
		self.wait_for(lambda: not deadly.running, 25, "the worker lives")
		self.assertEqual(len(self.there.names("Customer", customer_name=fresh.customer_name)), 1)
		self.later()
		self.see_to_the_worker()
		self.assert_same("Customer", fresh.name)
		self.assertEqual(len(self.there.names("Customer", customer_name=fresh.customer_name)), 1)
		self.assertEqual(len(self.links(document_name=fresh.name)), 1)
