"""The id outside of a linked document, in the path of a request and in its rows."""

from __future__ import annotations

import json
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

from erp_connect.api import events, links
from erp_connect.records import flow_contents
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

LINK = {"link_field": "brand", "alias": "brand_doc", "remote_entity": "brand"}


class TestLinkedIds(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def flow(self, path: str = "/brands/{brand_doc._link.external_id}/items", **link: Any):
		flow = make.flow(
			"Item",
			[make.request("Insert", "POST", path)],
			[make.row("item_code", "code"), make.row("brand_doc._link.external_id", "brand_id")],
			linked_documents=[{**LINK, **link}],
		)
		self.commit()
		return flow

	def test_in_path_and_rows_by_its_entity(self):
		self.flow()
		brand = make.brand()
		make.link("Brand", brand.name, "brand", "B/7")
		make.link("Brand", brand.name, "label", "L-1")
		item = make.item(brand=brand.name)
		self.deliver()
		(request,) = self.arrived()
		self.assertEqual(request.path, "/brands/B%2F7/items")
		self.assertEqual(request.json, {"code": item.item_code, "brand_id": "B/7"})

	def test_one_that_is_not_linked_is_told_and_nothing_is_sent(self):
		self.flow()
		make.item(brand=make.brand().name)
		self.deliver()
		self.assertEqual(self.arrived(), [])
		self.assertIn("brand_doc._link.external_id", self.event().error)

	def test_one_that_is_linked_a_moment_later_goes_out_by_itself(self):
		self.flow()
		brand = make.brand()
		make.item(brand=brand.name)
		self.deliver()
		self.assertEqual((self.event().status, self.event().outcome), ("Retrying", "missing_link"))
		make.link("Brand", brand.name, "brand", "B-9")
		self.later()
		self.deliver()
		self.assertEqual([one.path for one in self.arrived()], ["/brands/B-9/items"])

	def test_a_required_row_waits_for_it_as_a_path_does(self):
		rows = [
			make.row(
				"if(brand_doc._link.external_id, brand_doc._link.external_id, `null`)", "brand", required=1
			)
		]
		make.flow("Item", [make.request("Insert", "POST", "/items")], rows, linked_documents=[LINK])
		self.commit()
		brand = make.brand()
		make.item(brand=brand.name)
		self.deliver()
		self.assertEqual((self.event().status, self.event().outcome), ("Retrying", "missing_link"))
		make.link("Brand", brand.name, "brand", "B-9")
		self.later()
		self.deliver()
		self.assertEqual([one.json for one in self.arrived()], [{"brand": "B-9"}])

	def test_without_an_entity_it_is_refused_at_save(self):
		with self.assertRaisesRegex(frappe.ValidationError, "_link"):
			self.flow(remote_entity="")


class TestLinkedOfLinked(ConnectTestCase):
	"""A link of a linked document: the template of the item of a stock level."""

	LINKS = [
		{"link_field": "item_code", "alias": "item_doc"},
		{"link_field": "item_doc.brand", "alias": "brand_doc", "remote_entity": "brand"},
	]

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def flow(self, links: list[dict[str, Any]]):
		flow = make.flow(
			"Item Price",
			[make.request("Insert", "POST", "/brands/{brand_doc._link.external_id}/prices")],
			[make.row("brand_doc.brand", "brand"), make.row("price_list_rate", "price")],
			linked_documents=links,
		)
		self.commit()
		return flow

	def price(self, **item: Any) -> None:
		values = {"price_list": "Standard Selling", "price_list_rate": 5}
		frappe.get_doc({"doctype": "Item Price", "item_code": make.item(**item).name, **values}).insert()

	def test_in_path_and_rows(self):
		self.flow(self.LINKS)
		brand = make.brand()
		make.link("Brand", brand.name, "brand", "B-7")
		self.price(brand=brand.name)
		self.deliver()
		(request,) = self.arrived()
		self.assertEqual((request.path, request.json["brand"]), ("/brands/B-7/prices", brand.name))

	def test_one_that_leads_nowhere_is_told(self):
		self.flow(self.LINKS)
		self.price()
		self.deliver()
		self.assertEqual(self.arrived(), [])
		self.assertIn("brand_doc._link.external_id", self.event().error)

	def test_in_the_wrong_order_it_is_refused_at_save(self):
		with self.assertRaisesRegex(frappe.ValidationError, "item_doc"):
			self.flow(self.LINKS[::-1])

	def test_whoever_may_not_read_it_may_not_read_the_flow(self):
		flow = self.flow(self.LINKS)
		self.assertLessEqual({"Item", "Brand"}, flow_contents._linked_types(flow))


class TestLinkedOfRowsOfLinked(ConnectTestCase):
	"""Links in the tables of a linked document: what a note holds, of a document that leads to it."""

	LINKS = [
		{"link_field": "shipment_delivery_note[].delivery_note", "alias": "note_doc"},
		{"link_field": "note_doc.items[].item_code", "alias": "item_doc"},
		{"link_field": "item_doc.brand", "alias": "brand_doc", "remote_entity": "brand"},
	]
	GOODS = "shipment_delivery_note[].note_doc.items[]"

	def flow(self, links: list[dict[str, Any]]):
		make.account(self.receiver.url())
		rows = [
			make.row(f"{self.GOODS}.item_doc.item_name", "notes[].goods[].name"),
			make.row(f"{self.GOODS}.brand_doc._link.external_id", "notes[].goods[].brand"),
		]
		flow = make.flow(
			"Shipment", [make.request("Insert", "POST", "/parcels")], rows, linked_documents=links
		)
		self.commit()
		return flow

	def test_each_row_has_its_own(self):
		flow = self.flow(self.LINKS)
		brand = make.brand().name
		make.link("Brand", brand, "brand", "B-7")
		items = [make.item(brand=brand), make.item()]
		note = frappe.get_doc(
			{
				"doctype": "Delivery Note",
				"customer": make.customer().name,
				"items": [{"item_code": item.name, "qty": 1, "rate": 5} for item in items],
			}
		).insert()
		frappe.get_doc(
			{"doctype": "Shipment", "shipment_delivery_note": [{"delivery_note": note.name}]}
		).insert(ignore_mandatory=True, ignore_links=True)
		self.deliver()
		(request,) = self.arrived()
		names = [{"name": item.item_name} for item in items]
		self.assertEqual(request.json["notes"][0]["goods"], [names[0] | {"brand": "B-7"}, names[1]])
		self.assertLessEqual({"Delivery Note", "Item", "Brand"}, flow_contents._linked_types(flow))

	def test_a_table_that_the_linked_document_does_not_have_is_refused_at_save(self):
		wrong = {"link_field": "note_doc.lines.item_code", "alias": "item_doc"}
		with self.assertRaisesRegex(frappe.ValidationError, "note_doc.lines"):
			self.flow([self.LINKS[0], wrong])


class TestLinesOfAnOrder(ConnectTestCase):
	"""The ids that lines of an order have outside, where its rows are delivered."""

	ORDER = {"link_field": "items.against_sales_order", "alias": "order_doc", "remote_entity": "order"}

	def test_a_row_is_known_by_the_line_of_its_order(self):
		make.account(self.receiver.url())
		line = "get(order_doc._link.lines, so_detail, `null`)"
		make.flow(
			"Delivery Note",
			[make.request("Submit", "POST", "/parcels")],
			[make.row(f"items[].{line}", "lines[].id"), make.row("items[].qty", "lines[].qty")],
			linked_documents=[self.ORDER],
		)
		first, second = make.item().name, make.item().name
		for item in (first, second):
			make.receipt(item, 5)
		order = make.sales_order(make.customer().name, [(first, 1, 10), (second, 2, 10)])
		known = {"lines": {"L-1": [order.items[0].name]}}
		link = make.link("Sales Order", order.name, "order", "O-1")
		link.db_set("details", json.dumps(known))
		note = make_delivery_note(order.name)
		note.insert().submit()
		self.commit()
		self.deliver()
		(request,) = self.arrived()
		self.assertEqual(request.json["lines"], [{"id": "L-1", "qty": 1}, {"qty": 2}])


class TestIdsOfAnswers(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()

	def sent(self, answer: bytes):
		"""A brand that was answered like this."""
		self.receiver.script("/brands", Reply(201, answer, headers={"Content-Type": "application/json"}))
		doc = make.brand("first")
		self.deliver()
		return doc

	def edit(self, doc) -> None:
		doc.description += "!"
		doc.save()
		self.deliver()

	def test_a_number_with_an_empty_fraction_is_that_number(self):
		for answer in (b'{"id": 7001.0}', b'{"id": 7.002e3}', b'{"id": 7003}', b'{"id": "7004"}'):
			self.edit(self.sent(answer))
		puts = [sent.path for sent in self.arrived() if sent.method == "PUT"]
		self.assertEqual(puts, [f"/brands/700{number}" for number in range(1, 5)], self.history())

	def test_an_answer_without_a_usable_id_is_told_with_what_helps(self):
		for answer in (b"{}", b'{"id": true}', b'{"id": "%s"}' % (b"x" * 141), b'{"id": 1.5}'):
			doc = self.sent(answer)
			self.edit(doc)
			row = self.events(reference_name=doc.name)[-1]
			self.assertIn("link this document with its record", row.error)
			links.link(make.ACCOUNT, "brand", f"by hand {doc.name}", "Brand", doc.name)
			events.retry([row.name])
			self.deliver()
			self.assertEqual(self.event(name=row.name).status, "Delivered", self.history())
