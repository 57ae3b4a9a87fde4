"""Records by the API: fields in the query, versions, cancelling, and lists with tables or by time of change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import frappe
import requests
from frappe.custom.doctype.property_setter.property_setter import make_property_setter

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import API, HEADERS, InboundTestCase

LEVEL_ONE = "level-one-reader@example.com"


class RecordsTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Brand", [], [make.row("brand", "name"), make.row("description", "text")],
			direction="Incoming", remote_entity="brand", allow_delete=1, inbound_id_expression="id",
		)  # fmt: skip
		self.commit()

	def ask(self, name: str, query: dict[str, Any], body: bytes = b"", **headers: str) -> requests.Response:
		"""A POST with a query, and a body or none."""
		return requests.post(
			f"{self.site.url}{API}{name}", params=query, data=body, headers={**HEADERS, **headers}, timeout=60
		)

	def brands(self, count: int) -> list[str]:
		"""Names of new brands, in the order of the alphabet, that all begin alike."""
		start = make.unique("Listed")
		names = [make.brand(name=f"{start} {number:02d}").name for number in range(count)]
		self.commit()
		return names


class TestQuery(RecordsTestCase):
	def test_a_field_may_stand_in_the_query(self):
		name = make.unique("Brand")
		body = b'{"record": {"id": "1", "name": "%s"}}' % name.encode()
		headers = {"Content-Type": "application/json"}
		written = self.ok(self.ask("upsert", {"entity": "brand"}, body, **headers), 201)
		self.assertEqual((written["action"], written["name"]), ("created", name))
		self.assertEqual(
			self.ok(self.ask("delete", {"entity": "brand", "external_id": "1"}))["action"], "deleted"
		)
		self.assertFalse(frappe.db.exists("Brand", name))

	def test_a_question_without_a_body(self):
		(name,) = self.brands(1)
		records = self.ok(self.ask("list", {"entity": "brand", "filters": f'{{"brand": "{name}"}}'}))[
			"records"
		]
		self.assertEqual([record["name"] for record in records], [name])

	def test_xml_with_a_query(self):
		name = make.unique("Brand")
		body = f"<upsert><record><id>1</id><name>{name}</name></record></upsert>".encode()
		answer = self.ask("upsert", {"entity": "brand"}, body, **{"Content-Type": "application/xml"})
		self.assertEqual(answer.status_code, 201, answer.text)
		self.assertIn(f"<name>{name}</name>", answer.text)

	def test_the_same_value_twice_is_no_contradiction(self):
		body = b'{"entity": "brand", "limit": 1, "with_tables": true}'
		query = {"entity": "brand", "limit": "1", "with_tables": "true"}
		self.assertEqual(len(self.ok(self.ask("list", query, body))["records"]), 1)

	def test_two_values_of_one_field_are_refused(self):
		for query, body in (
			({"entity": "brand"}, b'{"entity": "customer"}'),
			({"entity": "brand", "limit": "2"}, b'{"limit": 1}'),
			({"entity": "brand", "filters": '{"brand": "a"}'}, b'{"filters": {"brand": "b"}}'),
		):
			error = self.refused(self.ask("list", query, body), 400, "two_values")
			self.assertIn(error["field"], ("entity", "limit", "filters"))
		self.assertEqual(self.stored(), 0)

	def test_unknown_fields_of_the_query_are_told(self):
		error = self.refused(self.ask("list", {"entity": "brand", "limmit": "2"}), 422, "invalid")
		self.assertEqual(error["field"], "limmit")

	def test_a_key_belongs_to_the_query_too(self):
		first, second = self.brands(2)
		done = self.ask("delete", {"entity": "brand", "external_id": "none"}, **{"Idempotency-Key": "k"})
		self.assertEqual(self.ok(done)["action"], "ignored")
		again = self.ask("delete", {"external_id": "none", "entity": "brand"}, **{"Idempotency-Key": "k"})
		self.assertEqual(again.text, done.text)
		self.assertEqual(again.headers["Idempotent-Replayed"], "true")
		for query in ({"entity": "brand", "external_id": "other"}, {"entity": "brand"}):
			self.refused(self.ask("delete", query, **{"Idempotency-Key": "k"}), 422, "key_reused")
		self.assertTrue(frappe.db.exists("Brand", first) and frappe.db.exists("Brand", second))


class TestVersion(RecordsTestCase):
	def upsert(self, **record: Any) -> dict[str, Any]:
		return self.ok(self.call("upsert", {"entity": "brand", "record": record}))

	def modified(self, name: str) -> str:
		frappe.db.rollback()
		return str(frappe.get_doc("Brand", name).modified)

	def test_each_answer_tells_the_version_it_left(self):
		name = make.unique("Brand")
		first = self.upsert(id="1", name=name, text="a")
		self.assertEqual(first["modified"], self.modified(name))
		second = self.upsert(id="1", name=name, text="b")
		self.assertEqual((second["action"], second["modified"]), ("updated", self.modified(name)))
		self.assertGreater(second["modified"], first["modified"])
		third = self.upsert(id="1", name=name, text="b")
		self.assertEqual((third["action"], third["modified"]), ("unchanged", second["modified"]))
		one = self.ok(self.call("get", {"entity": "brand", "name": name}))
		(listed,) = self.ok(self.call("list", {"entity": "brand", "filters": {"brand": name}}))["records"]
		self.assertEqual((one["modified"], listed["modified"]), (third["modified"],) * 2)
		gone = self.ok(self.call("delete", {"entity": "brand", "external_id": "1"}))
		self.assertEqual((gone["action"], gone["modified"]), ("deleted", None))


class TestText(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer_flow()
		self.commit()

	def upsert(self, **record: Any) -> requests.Response:
		return self.call("upsert", {"entity": "customer", "record": record})

	def test_a_number_is_kept_as_text(self):
		number = int(frappe.generate_hash(length=12), 16)
		for value, text in ((number, str(number)), (number + 0.5, f"{number}.5")):
			made = self.ok(self.upsert(id=text, name=value))
			frappe.db.rollback()
			self.assertEqual(frappe.db.get_value("Customer", made["name"], "customer_name"), text)
			self.assertEqual(self.ok(self.upsert(id=text, name=value))["action"], "unchanged")

	def test_a_record_without_a_name_is_refused_as_that(self):
		before = self.count("Customer")
		for record in ({"id": "1"}, {"id": "1", "name": None}, {"id": "1", "name": ""}):
			error = self.refused(self.upsert(**record), 422, "validation")
			self.assertIn("customer_name", error["message"])
		self.assertEqual(self.count("Customer"), before)


class TestCancel(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.flow = make.flow(
			"Sales Order", [], [make.row("po_no", "number")],
			direction="Incoming", remote_entity="order", submit_document=1,
		)  # fmt: skip
		self.item = make.selling_item("KEYED-1")
		self.order = make.sales_order(make.customer().name, [(self.item, 1, 10)])
		self.commit()

	def cancel(self, **values: Any) -> requests.Response:
		return self.call("cancel", {"entity": "order", **values})

	def status(self, name: str = "") -> int:
		frappe.db.rollback()
		return frappe.db.get_value("Sales Order", name or self.order.name, "docstatus")

	def test_by_name_once(self):
		done = self.ok(self.cancel(name=self.order.name))
		self.assertEqual(
			(done["action"], done["doctype"], done["name"]), ("cancelled", "Sales Order", self.order.name)
		)
		doc = frappe.get_doc("Sales Order", self.order.name)
		self.assertEqual((doc.docstatus, doc.modified_by), (2, make.USER))
		self.assertEqual(done["modified"], str(doc.modified))
		again = self.ok(self.cancel(name=self.order.name))
		self.assertEqual((again["action"], again["modified"]), ("unchanged", done["modified"]))

	def test_by_external_id(self):
		link = {"integration": make.ACCOUNT, "remote_entity": "order", "external_id": "o-1"}
		document = {"document_type": "Sales Order", "document_name": self.order.name}
		frappe.get_doc({"doctype": "Sync Link", **link, **document}).insert()
		self.commit()
		done = self.ok(self.cancel(external_id="o-1"))
		self.assertEqual((done["action"], done["external_id"], self.status()), ("cancelled", "o-1", 2))
		self.assertEqual(self.ok(self.cancel(name=self.order.name))["external_id"], "o-1")

	def test_an_id_with_a_blank_at_its_end_is_another_one(self):
		"""As it is where records are written: nothing is cancelled or deleted for it."""
		make.link("Sales Order", self.order.name, "order", "o-1")
		self.commit()
		for operation in ("get", "cancel"):
			answer = self.call(operation, {"entity": "order", "external_id": "o-1 "})
			self.refused(answer, 404, "not_found")
		self.assertEqual(self.status(), 1)

	def test_drafts_are_not_cancelled(self):
		draft = make.sales_order(make.customer().name, [(self.item, 1, 10)], submit=False)
		self.commit()
		error = self.refused(self.cancel(name=draft.name), 409, "not_submitted")
		self.assertIn(draft.name, error["message"])
		self.assertEqual(self.status(draft.name), 0)

	def test_only_where_the_flow_submits(self):
		self.flow.submit_document = 0
		self.flow.save()
		self.commit()
		self.refused(self.cancel(name=self.order.name), 403, "not_allowed")
		self.assertEqual(self.status(), 1)

	def test_a_type_that_is_never_submitted(self):
		flow = make.flow(
			"Brand", [], [make.row("brand", "name")], direction="Incoming", remote_entity="brand"
		)
		flow.db_set("expose_api", 1)
		name = make.brand().name
		self.commit()
		body = {"entity": "brand", "name": name}
		error = self.refused(self.call("cancel", body), 422, "not_submittable")
		self.assertIn("Brand is never submitted", error["message"])

	def test_what_follows_from_the_order_stands_in_the_way(self):
		from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

		invoice = make_sales_invoice(self.order.name).insert()
		invoice.submit()
		self.commit()
		error = self.refused(self.cancel(name=self.order.name), 422, "validation")
		self.assertIn(invoice.name, error["message"])
		self.assertEqual(self.status(), 1)

	def test_unknown_records(self):
		for values in ({"name": "nope"}, {"external_id": "nope"}, {}):
			self.refused(self.cancel(**values), 404, "not_found")

	def test_only_for_those_who_may_cancel(self):
		reader = make.user("order-reader@example.com", ())
		role = "Order Reader"
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role}).insert()
		frappe.permissions.add_permission("Sales Order", role)
		self.addCleanup(self.forget, role)
		frappe.get_doc("User", reader).add_roles(role)
		self.change(user=reader)
		self.refused(self.cancel(name=self.order.name), 403, "permission")
		self.assertEqual(self.status(), 1)

	def forget(self, role: str) -> None:
		frappe.permissions.reset_perms("Sales Order")
		self.commit()

	def test_it_is_not_sent_back_to_where_it_came_from(self):
		make.flow(
			"Sales Order", [make.request("Cancel", "POST", "/cancelled")], [make.row("name", "name")],
			name="Out", remote_entity="out",
		)  # fmt: skip
		self.make_account("Other Shop", "other-key")
		make.flow(
			"Sales Order", [make.request("Cancel", "POST", "/cancelled")], [make.row("name", "name")],
			name="Other", integration="Other Shop", remote_entity="out",
		)  # fmt: skip
		self.commit()
		self.ok(self.cancel(name=self.order.name))
		self.assertEqual({row.integration for row in self.events(direction="Outgoing")}, {"Other Shop"})


class TestList(RecordsTestCase):
	def pages(self, **query: Any) -> Iterator[list[dict[str, Any]]]:
		after: dict[str, str] = {}
		while True:
			page = self.ok(self.call("list", {"entity": "brand", **query, **after}))
			yield page["records"]
			if not page["next"]:
				return
			after = {"after": page["next"]}

	def stamp(self, names: list[str], times: list[str]) -> None:
		"""Say when these were changed; at the end of the test they have never been changed."""
		self.addCleanup(self.forget_times, names)
		for name, time in zip(names, times, strict=True):
			frappe.db.set_value("Brand", name, "modified", time, update_modified=False)
		self.commit()

	def forget_times(self, names: list[str]) -> None:
		frappe.db.set_value("Brand", {"name": ("in", names)}, "modified", frappe.utils.now())
		self.commit()

	def walked(self, names: list[str], **query: Any) -> list[str]:
		"""Those of `names` that a walk by time gives, in its order, and once more where one comes twice."""
		found: list[str] = []
		for page in self.pages(order="modified", **query):
			mine = [record["name"] for record in page if record["name"] in names]
			found += mine
			if len(found) >= len(names) and not mine:
				break
		return found

	def test_ties_at_the_edges_of_pages(self):
		names = self.brands(7)
		times = ["2020-01-01 10:00:00.000001"] * 5 + ["2020-01-01 10:00:00.000002", "2020-01-01 10:00:00"]
		self.stamp(names, times)
		wanted = [names[6], *names[:6]]
		for limit in (1, 2, 3, 7):
			with self.subTest(limit=limit):
				self.assertEqual(self.walked(names, limit=limit, modified_from="2020-01-01T10:00:00"), wanted)

	def test_what_changes_during_the_walk_comes_again_as_it_is_then(self):
		names = self.brands(4)
		self.stamp(names, [f"2018-01-01 10:00:0{number}" for number in range(4)])
		query = {"entity": "brand", "order": "modified", "limit": 2, "modified_from": "2018-01-01 10:00:00"}
		first = self.ok(self.call("list", query))
		self.assertEqual([record["name"] for record in first["records"]], names[:2])
		self.stamp([names[0], names[2]], ["2018-01-01 10:00:08", "2018-01-01 10:00:09"])
		second = self.ok(self.call("list", {**query, "after": first["next"]}))
		self.assertEqual([record["name"] for record in second["records"]], [names[3], names[0]])
		third = self.ok(self.call("list", {**query, "after": second["next"]}))
		self.assertEqual(third["records"][0]["name"], names[2])

	def test_from_and_after_a_time(self):
		names = self.brands(3)
		self.stamp(names, ["2019-05-05 10:00:00.000000", "2019-05-05 10:00:00.000001", "2019-05-05 10:00:01"])
		here = datetime(2019, 5, 5, 10, 0, 0, 1, tzinfo=ZoneInfo(frappe.utils.get_system_timezone()))
		elsewhere = here.astimezone(timezone(timedelta(hours=-9)))
		for order, edge in (("name", here), ("modified", here.replace(tzinfo=None)), ("name", elsewhere)):
			for key, wanted in (("modified_from", names[1:]), ("modified_after", names[2:])):
				records = [
					record["name"]
					for page in self.pages(order=order, limit=500, **{key: edge.isoformat()})
					for record in page
					if record["name"] in names
				]
				self.assertEqual(records, wanted)

	def test_by_name_as_ever(self):
		names = self.brands(3)
		page = self.ok(self.call("list", {"entity": "brand", "limit": 2, "after": names[0][:-1]}))
		self.assertEqual([record["name"] for record in page["records"]], names[:2])
		self.assertEqual(page["next"], names[1])
		self.assertEqual(set(page["records"][0]), {"name", "modified", "brand", "description", "external_id"})

	def test_cursors_that_are_none(self):
		for after in ("x", "WyJhIl0=", "MQ==", "W1tdLCAiYSJd", "\u00e4", "WyJ4IiwgImEiXQ=="):
			query = {"entity": "brand", "order": "modified", "after": after}
			self.assertEqual(self.refused(self.call("list", query), 422, "invalid")["field"], "after")
		self.refused(self.call("list", {"entity": "brand", "order": "creation"}), 422, "invalid")

	def test_times_that_are_none(self):
		"""A lenient reader takes `2026-11` for today and `12` for the 12th, and changes would be left out without a word."""
		none = (
			"soon",
			"2026",
			"2026-11",
			"12",
			"5/6/2026",
			"Monday",
			"10:00",
			"0000-00-00",
			"0001-01-01T00:00:00",
		)
		for text in (*none, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "-0001-01-01"):
			for key in ("modified_from", "modified_after"):
				error = self.refused(self.call("list", {"entity": "brand", key: text}), 422, "invalid")
				self.assertEqual(error["field"], key, text)


class TestFilters(InboundTestCase):
	"""Values to filter by are read as their fields are: the database would take a word for zero."""

	def setUp(self) -> None:
		super().setUp()
		rows = [
			make.row("customer_name", "name"),
			make.row("disabled", "off"),
			make.row("default_commission_rate", "rate"),
		]
		make.flow("Customer", [], rows, direction="Incoming", remote_entity="customer", expose_api=1)
		rate = float(frappe.db.count("Customer") + 1000) / 8
		self.on = make.customer(default_commission_rate=rate)
		self.off = make.customer(default_commission_rate=rate, disabled=1)
		self.rate = rate
		self.commit()

	def listed(self, **filters: Any) -> list[str]:
		query = {"entity": "customer", "filters": {"default_commission_rate": self.rate, **filters}}
		return [record["name"] for record in self.ok(self.call("list", query))["records"]]

	def test_words_that_mean_yes_and_no(self):
		for yes in (True, 1, "1", "true", "yes"):
			self.assertEqual(self.listed(disabled=yes), [self.off.name], yes)
		for no in (False, 0, "0", "false", "no", ""):
			self.assertEqual(self.listed(disabled=no), [self.on.name], no)
		self.assertCountEqual(
			self.listed(default_commission_rate=str(self.rate)), [self.on.name, self.off.name]
		)

	def test_what_no_such_field_can_hold_is_refused(self):
		for field, value in (
			("disabled", "perhaps"),
			("default_commission_rate", "abc"),
			("default_commission_rate", "5,0"),
		):
			answer = self.call("list", {"entity": "customer", "filters": {field: value}})
			error = self.refused(answer, 422, "invalid")
			self.assertEqual(error["field"], f"filters.{field}")
			self.assertIn(value, error["message"])

	def test_a_text_is_not_taken_for_one_with_other_accents(self):
		rows = [make.row("customer_name", "name")]
		make.flow("Customer", [], rows, "Buyers", direction="Incoming", remote_entity="buyer")
		mark = make.unique("Handel")
		there, small = (make.customer(customer_name=f"{name} {mark}").name for name in ("Müller", "MULLER"))
		self.commit()
		for asked, found in (
			(f"Muller {mark}", [small]),
			(f"müller {mark}", [there]),
			(f"Mueller {mark}", []),
		):
			for more in ({}, {"with_tables": True}, {"order": "modified", "limit": 1}):
				body = {"entity": "buyer", "filters": {"customer_name": asked}, **more}
				answer = self.ok(self.call("list", body))
				self.assertEqual([one["name"] for one in answer["records"]], found, (asked, more))
				self.assertIsNone(answer["next"])


class TestDelete(RecordsTestCase):
	def test_a_record_that_is_not_linked_is_deleted_by_its_name(self):
		name = self.brands(1)[0]
		query = {"entity": "brand", "name": name}
		self.ok(self.call("get", query))
		gone = self.ok(self.call("delete", query))
		self.assertEqual((gone["action"], gone["name"], gone["external_id"]), ("deleted", name, None))
		self.assertEqual(self.count("Brand", name=name), 0)
		self.refused(self.call("delete", query), 404, "not_found")

	def test_one_that_was_sent_without_an_id_leaves_no_link(self):
		name = self.brands(1)[0]
		make.link("Brand", name, "brand", None)
		self.commit()
		self.ok(self.call("delete", {"entity": "brand", "name": name}))
		self.assertEqual((self.count("Brand", name=name), self.links()), (0, []))

	def test_only_where_the_flow_allows_it(self):
		frappe.db.set_value("Field Mapping", {"document_type": "Brand"}, "allow_delete", 0)
		name = self.brands(1)[0]
		self.refused(self.call("delete", {"entity": "brand", "name": name}), 403, "not_allowed")
		self.refused(self.call("delete", {"entity": "brand"}), 404, "not_found")


class TestListWithTables(InboundTestCase):
	ROWS = ("customer", "po_no", "items[].item_code", "items[].qty", "taxes[].rate")

	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Sales Order", [], [make.row(path, path) for path in self.ROWS],
			direction="Incoming", remote_entity="order",
		)  # fmt: skip
		self.item = make.selling_item("KEYED-1")
		self.customer = make.customer().name
		self.orders = [make.sales_order(self.customer, [(self.item, n, 10), (self.item, n + 1, 20)]).name
			for n in range(1, 4)]  # fmt: skip
		self.commit()

	def records(self, **query: Any) -> list[dict[str, Any]]:
		query = {"entity": "order", "filters": {"customer": self.customer}, **query}
		return self.ok(self.call("list", query))["records"]

	def test_each_record_is_what_get_gives(self):
		found = self.records(with_tables=True)
		self.assertEqual([record["name"] for record in found], self.orders)
		for record in found:
			self.assertEqual(record, self.ok(self.call("get", {"entity": "order", "name": record["name"]})))
		self.assertEqual(
			found[1]["items"], [{"item_code": self.item, "qty": 2.0}, {"item_code": self.item, "qty": 3.0}]
		)
		self.assertEqual(found[1]["taxes"], [])
		self.assertNotIn("items", self.records()[0])
		walked = self.records(with_tables=True, order="modified", limit=2)
		self.assertEqual([record["name"] for record in walked], self.orders[:2])

	def test_the_number_of_queries_does_not_grow_with_the_page(self):
		from erp_connect.config import inflow
		from erp_connect.served import reading

		flow = inflow.of_account(make.ACCOUNT)[0]
		counts = []
		for limit in (1, 3):
			query = reading.Query(limit=limit, filters={"customer": self.customer}, with_tables=True)
			reading.page(flow, query)  # caches are warm then
			with self.count_queries() as queries:
				self.assertEqual(len(reading.page(flow, query)["records"]), limit)
			counts.append(len(queries))
		self.assertEqual(counts[0], counts[1])

	def count_queries(self):
		from contextlib import contextmanager
		from unittest.mock import patch

		@contextmanager
		def counting():
			seen, real = [], frappe.db.sql

			def sql(query, *args, **kwargs):
				seen.append(str(query))
				return real(query, *args, **kwargs)

			with patch.object(frappe.db, "sql", sql):
				yield seen

		return counting()

	def test_only_documents_the_user_may_see(self):
		from erp_connect.tests.bench.http_case import forget

		user = make.user("records-limited@example.com", ("Sales User",))
		forget(user)
		other = make.customer().name
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": other}
		).insert()
		self.addCleanup(forget, user)
		mine = make.sales_order(other, [(self.item, 1, 10)]).name
		self.change(user=user)
		self.assertEqual(self.records(with_tables=True), [])
		self.assertEqual(
			[record["name"] for record in self.records(filters={"customer": other}, with_tables=True)], [mine]
		)

	def test_fields_of_a_higher_level_stay_hidden(self):
		user = make.user(LEVEL_ONE, ("Sales User",))
		for doctype, field in (("Sales Order", "po_no"), ("Sales Order Item", "qty")):
			setter = frappe.get_doc(
				{
					"doctype": "Property Setter",
					"doctype_or_field": "DocField",
					"doc_type": doctype,
					"field_name": field,
					"property": "permlevel",
					"property_type": "Int",
					"value": "1",
				}
			).insert()
			self.addCleanup(self.drop, setter)
		self.change(user=user)
		record = self.records(with_tables=True)[0]
		self.assertIsNone(record["po_no"])
		self.assertTrue(all(not row.get("qty") for row in record["items"]), record)
		self.assertEqual(record["items"][0]["item_code"], self.item)
		self.assertEqual(record, self.ok(self.call("get", {"entity": "order", "name": record["name"]})))

	def test_a_field_that_may_not_be_read_is_no_filter(self):
		setter = make_property_setter("Sales Order", "po_no", "permlevel", 7, "Int")
		self.addCleanup(self.drop, setter)
		self.change(user=make.user(LEVEL_ONE, ("Sales User",)))
		body = {"entity": "order", "filters": {"po_no": "anything"}}
		told = self.refused(self.call("list", body), 422, "invalid")
		self.assertEqual(told["field"], "filters.po_no")
		self.assertNotIn("po_no,", told["message"])

	def drop(self, setter) -> None:
		setter.delete()
		frappe.clear_cache(doctype=setter.doc_type)
		self.commit()
