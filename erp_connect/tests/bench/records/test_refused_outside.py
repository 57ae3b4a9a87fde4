"""A change outside that is known and not written here is not written over by the next change of the document."""

from __future__ import annotations

import json

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from erp_connect.api import events
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, PER_FIELD
from erp_connect.inbound import receive
from erp_connect.store import waiting
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import HOOK, HOOK_SECRET, signature
from erp_connect.tests.bench.two_way_case import FLOW, KIND, TwoWayShopCase


class RefusingCase(TwoWayShopCase):
	def refuse(self):
		"""Let no customer be written, until what is returned is given to `give_way`."""
		needed = make_property_setter("Customer", "market_segment", "reqd", 1, "Check")
		self.addCleanup(self.give_way, needed)
		self.commit()
		frappe.clear_cache(doctype="Customer")
		return needed

	def give_way(self, needed) -> None:
		if frappe.db.exists("Property Setter", needed.name):
			needed.delete()
			self.commit()
			frappe.clear_cache(doctype="Customer")

	def last(self):
		return self.events(direction="Outgoing")[-1]


class TestRefusedOutside(RefusingCase):
	def refused(self, policy: str):
		"""A customer of which a change outside was refused, and that was then changed here."""
		self.flow(policy)
		doc, id_ = self.linked(tax_id="1")
		needed = self.refuse()
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		self.assertEqual(self.event(event="pull").status, "Failed")
		self.give_way(needed)
		self.edit(doc, website="here.example")
		self.push()
		return doc, id_

	def test_it_waits_and_both_changes_stand_after_a_retry(self):
		doc, id_ = self.refused(PER_FIELD)
		self.assertEqual((self.last().status, self.there(id_)), ("On Hold", ("there", "")), self.history())
		events.retry([self.event(event="pull").name])
		self.work()
		self.push()
		self.assert_sides(doc, id_, "there", "here.example")

	def test_it_goes_out_after_the_other_was_skipped(self):
		doc, id_ = self.refused(HOLD)
		self.assertFalse(waiting.release_decided())
		events.cancel([self.event(event="pull").name])
		self.assertTrue(waiting.release_decided())
		self.push()
		self.assert_sides(doc, id_, "1", "here.example")

	def test_where_erpnext_wins_it_goes_out(self):
		doc, id_ = self.refused(ERPNEXT)
		self.assert_sides(doc, id_, "1", "here.example")


class TestWebhooks(RefusingCase):
	"""A change outside that a webhook told, before a worker has it and after it could not be written."""

	def setUp(self) -> None:
		super().setUp()
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.update({"verification": "shopify", "verification_secret": HOOK_SECRET, "inbound_enabled": 1})
		account.save()
		self.key = account.endpoint_key

	def told(self, id_: str, **values: str) -> None:
		"""Something changes in the shop, which tells of it at once."""
		self.shop.change(KIND, id_, **values)
		body = json.dumps(self.shop.things[KIND][id_]).encode()
		headers = {
			"X-Shopify-Hmac-Sha256": signature(body),
			"X-Shopify-Webhook-Id": make.unique("w"),
			"X-Shopify-Topic": "customers/update",
		}
		builder = EnvironBuilder(
			method="POST", path=HOOK + self.key, data=body, content_type="application/json", headers=headers
		)
		self.assertEqual(receive.receive(Request(builder.get_environ())).status_code, 200)

	def both(self, policy: str = PER_FIELD):
		self.flow(policy, topics="customers/update")
		return self.linked(tax_id="1")

	def test_an_update_waits_until_it_is_written(self):
		doc, id_ = self.both()
		self.told(id_, tax="there")
		self.edit(doc, website="here.example")
		self.push()
		self.assertEqual((self.last().outcome, self.there(id_)), ("changed_outside", ("there", "")))
		self.work()
		self.push()
		self.assert_sides(doc, id_, "there", "here.example")

	def test_also_where_another_flow_takes_it_as_well(self):
		doc, id_ = self.both()
		rows = [make.row("brand", "name", direction="Incoming")]
		incoming = {"topics": "*", "inbound_id_expression": "id", "remote_entity": "other"}
		make.flow("Brand", [], rows, "Brands of them", direction="Incoming", **incoming)
		self.told(id_, tax="there")
		came = [(row.field_mapping, row.reference_name) for row in self.events(event="webhook")]
		self.assertCountEqual(came, [(FLOW, doc.name), ("Brands of them", None)])
		self.edit(doc, website="here.example")
		self.push()
		self.assertEqual(self.there(id_), ("there", ""))

	def test_one_that_could_not_be_written_holds_it_until_a_newer_one_was(self):
		doc, id_ = self.both()
		needed = self.refuse()
		self.told(id_, tax="there")
		self.work()
		self.assertEqual(self.event(event="webhook").status, "Failed")
		self.give_way(needed)
		self.edit(doc, website="here.example")
		self.push()
		self.assertEqual((self.last().status, self.there(id_)), ("On Hold", ("there", "")))
		self.assertFalse(waiting.release_decided())
		self.told(id_, tax="newer")
		self.work()
		self.push()
		self.assert_sides(doc, id_, "newer", "here.example")
