"""Two ERPNext sites that keep equal are compared: nothing differs, and what is made to differ is found and repaired."""

from __future__ import annotations

import frappe

from erp_connect.api import reconciliation
from erp_connect.reconcile import run
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pair import pair_site
from erp_connect.tests.bench.pairs.test_two_sites import TwoSitesCase
from erp_connect.tests.bench.site_pair import ACCOUNT, scopes


class TestCompared(TwoSitesCase):
	def compare(self, flow: str) -> dict:
		"""Compare both sides of a flow; its summary."""
		name = reconciliation.start(f"{ACCOUNT}: {flow}")
		self.commit()
		run.run(name)
		self.wait_for(
			lambda: frappe.db.get_value("Sync Reconciliation", name, "status") in ("Completed", "Failed"), 40
		)
		return reconciliation.summary(name)

	def found(self, flow: str) -> list[tuple]:
		summary = self.compare(flow)
		self.assertEqual((summary["status"], summary["error"] or ""), ("Completed", ""), summary)
		self.last = [one["fields"] for one in summary["differences"]]
		return sorted(
			(one["kind"], one["document_name"], one["external_id"]) for one in summary["differences"]
		)

	def test_nothing_differs_and_a_scripted_difference_is_found_and_repaired(self):
		customers, item = [self.customer() for _ in range(4)], self.item()
		contact, address = self.contact(customers[0].name), self.address(customers[0].name)
		price = self.price(item.name, 3.25)
		orders = [self.order(customers[0].name, item.name) for _ in range(2)]
		self.order(customers[0].name, item.name).cancel()  # before the other site ever heard of it
		self.commit()
		self.partner_here("Customer", self.customer_there())
		for doc in (*customers, item, contact, address, price, *orders):
			self.assert_same(doc.doctype, doc.name)
		orders[1].reload()
		orders[1].cancel()
		self.commit()
		self.assert_same("Sales Order", orders[1].name, docstatus=2)
		self.wait_for(lambda: self._hurry() or not self.waiting(), 30, "events wait")
		for flow in scopes(self.mark):
			self.assertEqual(self.found(flow), [], self.last)

		names = {doc.name: self.partner("Customer", doc.name) for doc in customers}
		services.on_site(pair_site(), lambda: behind_the_back(*names.values()))
		frappe.db.set_value("Customer", customers[3].name, "website", "changed here", update_modified=False)
		self.commit()
		stray = self.there.names("Customer", tax_id="behind the back", customer_group=self.mark)
		self.assertEqual(len(stray), 1)
		self.assertEqual(
			[(kind, name) for kind, name, _ in self.found("Customers")],
			sorted(
				[
					("Different", customers[0].name),
					("Different", customers[3].name),
					("Missing here", None),
					("Missing there", customers[1].name),
				]
			),
		)
		summary = self.compare("Customers")
		sides = {"Different": "here"}
		for one in summary["differences"]:
			reconciliation.repair([one["name"]], sides.get(one["kind"], "policy"))
		self.commit()
		self.wait_for(lambda: self._hurry() or not self.waiting(), 30, "repairs wait")
		self.assertEqual(self.found("Customers"), [], self.history())
		for doc in customers:
			self.assert_same("Customer", doc.name)
		self.assert_same("Customer", self.partner_here("Customer", stray[0]), tax_id="behind the back")

	def waiting(self) -> int:
		frappe.db.rollback()
		return frappe.db.count("Sync Log", {"due_at": ("is", "set")})


def behind_the_back(first: str, second: str, third: str, fourth: str) -> None:
	"""On the other site, past all events: one record changed, one lost, one new."""
	frappe.db.set_value("Customer", first, "tax_id", "changed there", update_modified=False)
	frappe.db.delete("Customer", {"name": second})
	values = frappe.db.get_value("Customer", third, "*", as_dict=True)
	values.update(name=make.unique("Stray"), customer_name="Stray", tax_id="behind the back")
	frappe.get_doc({**values, "doctype": "Customer"}).db_insert()
