"""Every field that calls about orders accept has an effect: a walk over all fields of all their models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import frappe
from frappe.utils import add_days, format_date, today
from pydantic import BaseModel

from erp_connect.api.v1.customers import CreateCustomerIn, UpdateCustomerIn
from erp_connect.api.v1.order_event_models import (
	CancelOrderIn,
	CreateReturnIn,
	RecordFulfilmentIn,
	RecordPaymentIn,
)
from erp_connect.api.v1.order_models import CreateOrderIn, UpdateOrderIn
from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.commerce.order.kinds import ONLY_MAPPED
from erp_connect.patches import events_inside_orders
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import OrderTestCase
from erp_connect.tests.bench.commerce_case import CommerceTestCase, account

SAME_MODEL = "a tax line like those of lines"
KEPT = "kept with the link, and what later calls name it by"
# Fields that no document shows as they were sent: what they do instead, and where that is tested.
ORDER = {
	"id": KEPT,
	"customer.id": KEPT,
	"lines.id": KEPT,
	"shipping.id": "tells charges apart: test_changes",
	"fees.id": "tells charges apart: test_changes",
	"version": "order of states: test_order_updates",
	"prices_include_tax": "what amounts mean: test_inbound_orders",
	"customer.name": "stands in for first and last name: below",
	"lines.discount": "part of the rate: test_inbound_orders",
	"lines.is_gift_card": "a liability: test_special_orders",
	"lines.is_free": "marks the row: test_inbound_orders",
	"lines.tax_lines.rate": "two rates are two rows: test_inbound_orders",
	"shipping.discount": "part of the amount: test_inbound_orders",
	"shipping.tax_lines.title": SAME_MODEL,
	"shipping.tax_lines.rate": SAME_MODEL,
	"shipping.tax_lines.amount": SAME_MODEL,
	"fees.tax_lines.title": SAME_MODEL,
	"fees.tax_lines.rate": SAME_MODEL,
	"fees.tax_lines.amount": SAME_MODEL,
	"fees.kind": "stands in for a title: below",
	"tax_lines.title": "only where lines have none: test_orders",
	"tax_lines.rate": "only where lines have none: test_orders",
	"tax_lines.amount": "only where lines have none: test_orders",
	"total_tax": "the sum of the taxes must be it: test_inbound_orders",
}
WHICH = {
	"id": "which order: below",
	"order_id": "which order: below",
	"order_number": "which order: test_orders_of_others",
	"invoice_id": "which order: test_orders_of_others",
}


def leaves(model: type[BaseModel], place: str = "") -> Iterator[str]:
	"""`lines.tax_lines.rate` and so on: all that a caller may send."""
	for name, field in model.model_fields.items():
		if any(one is ONLY_MAPPED for one in field.metadata):
			continue
		inner = model_in(field.annotation)
		if inner:
			yield from leaves(inner, f"{place}{name}.")
		else:
			yield place + name


def model_in(annotation: Any) -> type[BaseModel] | None:
	if isinstance(annotation, type) and issubclass(annotation, BaseModel):
		return annotation
	return next(filter(None, map(model_in, get_args(annotation))), None)


def values(body: Any, place: str = "") -> Iterator[tuple[str, Any]]:
	if isinstance(body, dict):
		for name, value in body.items():
			yield from values(value, f"{place}.{name}" if place else name)
	elif isinstance(body, list):
		for one in body:
			yield from values(one, place)
	else:
		yield place, body


class AcceptedFieldsCase(OrderTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.change(payment_account=account("Shop Bank", "Bank", "Bank Accounts"))
		self.commit()

	def shown(self, *doctypes: str) -> str:
		"""All values of documents that were made since the test began."""
		frappe.db.rollback()
		found = []
		for doctype in doctypes:
			for name in frappe.get_all(doctype, {"creation": (">=", self.began)}, pluck="name"):
				found.append(frappe.get_doc(doctype, name).as_dict(no_nulls=True))
		return json.dumps(found, default=str, ensure_ascii=False)

	def assert_shown(
		self, model: type[BaseModel], body: dict, instead: dict[str, str], becomes: dict[str, Any], shown: str
	) -> None:
		sent = dict(values(body))
		self.assertEqual(set(leaves(model)), {*sent, *instead}, "fields without a word about their effect")
		for place, value in sent.items():
			if place not in instead:
				wanted = becomes.get(place, value)
				text = json.dumps(float(wanted)) if isinstance(wanted, float) else str(wanted)
				self.assertIn(text, shown, place)


class TestOrders(AcceptedFieldsCase):
	def setUp(self) -> None:
		super().setUp()
		self.began = frappe.utils.now()
		self.word = frappe.generate_hash(length=6)

	def phone(self, last: int) -> str:
		"""A number that nobody of an earlier run has."""
		return f"+49 30 {int(self.word, 16) % 10**6:06d}{last}"

	def address(self, kind: str) -> dict[str, str]:
		words = ("name", "company", "line1", "line2", "city", "state", "postcode")
		return {
			**{word: f"{self.word} {kind} {word}" for word in words},
			"country": "DE", "phone": self.phone("bs".index(kind)), "email": f"{kind}-{self.word}@example.com",
		}  # fmt: skip

	def body(self) -> dict[str, Any]:
		word = self.word
		return {
			"id": f"{word}-id", "number": f"{word}-number", "date": "2026-11-20", "delivery_date": "2026-11-24",
			"currency": "USD", "version": "1",
			"prices_include_tax": False,
			"customer": {
				"id": f"{word}-buyer", "name": "Whole Name", "first_name": f"{word}-first", "last_name": f"{word}-last",
				"email": f"{word}@example.com", "phone": self.phone(9), "company": f"{word}-company", "tax_id": f"{word}-tax",
			},
			"billing_address": self.address("b"), "shipping_address": self.address("s"),
			"lines": [{
				"id": "L1", "sku": "KEYED-1", "name": f"{word}-line", "quantity": 2.0, "unit_price": 20.5, "discount": 1.0,
				"total": 40.0, "uom": "Nos", "is_free": False, "is_gift_card": False, "tax_lines": [{"title": f"{word}-vat", "rate": 8, "amount": 3.21}],
			}],
			"shipping": [{"id": "s", "title": f"{word}-parcel", "amount": 8.77, "discount": 1.0}],
			"fees": [{"id": "f", "title": f"{word}-wrap", "amount": 2.22, "kind": "tip"}],
			"order_discount": {"amount": 3.33, "on": "net", "code": f"{word}-code", "title": f"{word}-sale"},
			"total_tax": 3.21, "rounding": 0.01, "total": 49.88, "note": f"{word}-note",
		}  # fmt: skip

	def test_create_order(self):
		body = self.body()
		self.ok(self.call("create_order", body))
		shown = self.shown("Sales Order", "Customer", "Contact", "Address", "Comment")
		becomes = {
			"billing_address.country": "Germany", "shipping_address.country": "Germany", "shipping.amount": 7.77,
			"order_discount.on": "Net Total",
		}  # fmt: skip
		self.assert_shown(CreateOrderIn, body, ORDER, becomes, shown)

	def test_what_stands_in_for_another_field(self):
		body = self.body()
		body["customer"] = {"company": f"{self.word}-company", "name": f"{self.word}-name"}
		body["fees"][0].pop("title")
		self.ok(self.call("create_order", body))
		shown = self.shown("Sales Order", "Contact")
		self.assertIn('"Tip"', shown)

	def test_update_order_accepts_the_same_and_says_which_order_it_is(self):
		known = set(leaves(CreateOrderIn)) | {"order_id"}
		self.assertLessEqual(set(leaves(UpdateOrderIn)), known)
		one, other = (
			self.ok(self.call("create_order", {**self.body(), "id": f"{self.word}-{n}", "number": n}))
			for n in "12"
		)
		both = {"order_id": one["order_id"], "id": other["id"]}
		for call, more in (("update_order", {"note": "x"}), ("cancel_order", {})):
			self.refused(self.call(call, {**both, **more}), 422, "two_orders")
		self.ok(self.call("update_order", {"order_id": one["order_id"], "id": one["id"], "note": "x"}))


class TestEvents(AcceptedFieldsCase):
	def setUp(self) -> None:
		super().setUp()
		self.word = frappe.generate_hash(length=6)
		body = self.order(
			lines=[{"id": "L1", "sku": "KEYED-1", "quantity": 4, "unit_price": "10.00"}],
			shipping=[{"title": "Parcel", "amount": "5.00"}], total="45.00", customer={"id": self.word, "name": self.word},
		)  # fmt: skip
		self.which = {"id": body["id"]}
		self.ok(self.call("create_order", body))
		self.began = frappe.utils.now()

	def test_cancel_order(self):
		body = {
			**self.which,
			"cancellation_id": "c",
			"lines": [{"line_id": "L1", "quantity": 1.0}],
			"reason": f"{self.word}-reason",
			"date": "2026-11-20",
		}
		self.ok(self.call("cancel_order", body))
		instead = {
			**WHICH,
			"cancellation_id": KEPT,
			"lines.line_id": "test_commerce_events",
			"lines.quantity": "test_commerce_events",
		}
		becomes = {"date": format_date("2026-11-20")}
		self.assert_shown(CancelOrderIn, body, instead, becomes, self.shown("Comment"))

	def test_record_payment(self):
		mode = f"{self.word}-mode"
		frappe.get_doc({"doctype": "Mode of Payment", "mode_of_payment": mode, "type": "Bank"}).insert()
		self.commit()
		body = {
			**self.which, "payment_id": f"{self.word}-pay", "amount": 12.34, "currency": "USD", "status": "paid", "gateway": mode,
			"date": "2026-11-21",
		}  # fmt: skip
		self.ok(self.call("record_payment", body))
		self.assert_shown(
			RecordPaymentIn,
			body,
			{**WHICH, "status": "test_commerce_payments", "fee": "a deduction: test_commerce_payments"},
			{},
			self.shown("Payment Entry"),
		)

	def test_record_fulfilment(self):
		body = {
			**self.which, "fulfilment_id": "f", "lines": [{"line_id": "L1", "quantity": 3.0}],
			"tracking_number": f"{self.word}-track", "carrier": f"{self.word}-carrier", "location": make.warehouse(),
			"date": frappe.utils.today(),
		}  # fmt: skip
		self.ok(self.call("record_fulfilment", body))
		instead = {**WHICH, "fulfilment_id": KEPT}
		instead |= dict.fromkeys(("lines.line_id", "status"), "test_commerce_events")
		self.assert_shown(RecordFulfilmentIn, body, instead, {}, self.shown("Delivery Note"))

	def test_create_return(self):
		body = {
			**self.which,
			"return_id": "r",
			"lines": [{"line_id": "L1", "quantity": 1}],
			"reason": f"{self.word}-reason",
		}
		self.ok(self.call("create_return", body))
		money = "test_commerce_refunds"
		instead = {
			**WHICH, "return_id": KEPT, "gateway": "the account of the payment: test_commerce_payments",
			"fee": "a deduction: test_commerce_payments",
			**{
				place: money for place in leaves(CreateReturnIn)
				if place.split(".")[0] in ("lines", "shipping", "shipping_tax", "adjustments", "amount", "date")
			},
		}  # fmt: skip
		self.assert_shown(CreateReturnIn, body, instead, {}, self.shown("Comment"))


class TestCustomers(AcceptedFieldsCase):
	def setUp(self) -> None:
		super().setUp()
		self.began = frappe.utils.now()

	def body(self, turn: int) -> dict[str, Any]:
		"""All that can be said of a customer, otherwise each time."""
		word = f"{frappe.generate_hash(length=6)}{turn}"
		address = {
			field: f"{word}-{field}"
			for field in ("title", "address_line1", "address_line2", "city", "state", "pincode")
		}
		group, territory = (self.leaves_of(doctype)[turn] for doctype in ("Customer Group", "Territory"))
		return {
			"customer_name": f"{word}-name", "customer_type": ("Individual", "Company")[turn], "first_name": f"{word}-first",
			"last_name": f"{word}-last", "email": f"{word}@example.com", "phone": f"+49 30 {int(word, 36) % 10**7:07d}",
			"tax_id": f"{word}-tax", "customer_group": group, "territory": territory, "currency": ("USD", "EUR")[turn],
			"addresses": [{
				**address, "address_type": ("Billing", "Shipping")[turn], "country": ("Germany", "France")[turn],
				"phone": f"+49 40 {int(word, 36) % 10**7:07d}", "email_id": f"a-{word}@example.com",
			}],
		}  # fmt: skip

	def leaves_of(self, doctype: str) -> list[str]:
		"""Two records of a tree that are no groups."""
		for number in range(2):
			name = f"Accepted {number}"
			if not frappe.db.exists(doctype, name):
				root = frappe.db.get_value(doctype, {"is_group": 1}, "name", order_by="lft asc")
				parent = frappe.scrub(f"parent {doctype}")
				frappe.get_doc(
					{"doctype": doctype, frappe.scrub(doctype) + "_name": name, parent: root}
				).insert()
		self.commit()
		return [f"Accepted {number}" for number in range(2)]

	def test_create_and_update_customer(self):
		body = {**self.body(0), "external_id": frappe.generate_hash(length=6)}
		made = self.ok(self.call("create_customer", body))
		shown = ("Customer", "Contact", "Address", "Sync Link")
		self.assert_shown(CreateCustomerIn, body, {}, {}, self.shown(*shown))
		# Another contact, because the e-mail address is another one; the next call is about that one.
		change = {**self.body(1), "customer_id": made["customer_id"], "external_id": body["external_id"]}
		self.ok(self.call("update_customer", change))
		self.assert_shown(UpdateCustomerIn, change, {}, {}, self.shown(*shown))
		for by in ({"email": change["email"]}, {}):
			first = frappe.generate_hash(length=8)
			self.ok(
				self.call("update_customer", {"customer_id": made["customer_id"], "first_name": first, **by})
			)
			self.assertIn(first, self.shown("Contact"))

	def test_what_is_emptied_is_empty_and_null_says_nothing(self):
		made = self.ok(self.call("create_customer", {**self.body(0), "external_id": "c-1"}))["customer_id"]
		contact = frappe.db.get_value("Customer", made, "customer_primary_contact")
		nothing = dict.fromkeys(("tax_id", "last_name", "phone", "customer_group", "addresses"))
		stood = frappe.db.get_value("Customer", made, "tax_id")
		self.ok(self.call("update_customer", {"customer_id": made, **nothing}))
		self.commit()
		self.assertTrue(stood)
		self.assertEqual(frappe.db.get_value("Customer", made, "tax_id"), stood)
		self.ok(self.call("update_customer", {"customer_id": made, "tax_id": "", "last_name": ""}))
		self.commit()
		self.assertFalse(frappe.db.get_value("Customer", made, "tax_id"))
		self.assertFalse(frappe.db.get_value("Contact", contact, "last_name"))
		for field in ("phone", "customer_group", "first_name"):
			data = self.refused(
				self.call("update_customer", {"customer_id": made, field: ""}), 422, "invalid"
			)
			self.assertEqual(data["field"], field)

	def test_what_a_known_customer_keeps_is_told(self):
		body = {**self.body(0), "external_id": "c-1"}
		name = self.ok(self.call("create_customer", body))["customer_id"]
		frappe.db.set_value("Customer", name, "owner", "Administrator")
		self.commit()
		other = {**self.body(1), "email": body["email"], "external_id": "c-1"}
		kept = set(self.ok(self.call("create_customer", other))["kept"])
		self.assertEqual(
			kept,
			{
				"customer_name",
				"customer_type",
				"customer_group",
				"territory",
				"tax_id",
				"currency",
				"first_name",
				"last_name",
			},
		)

	def test_an_id_of_another_customer_is_refused(self):
		one, _two = (
			self.ok(self.call("create_customer", {**self.body(0), "external_id": key}))["customer_id"]
			for key in ("c-1", "c-2")
		)
		self.refused(
			self.call("update_customer", {"customer_id": one, "external_id": "c-2", "tax_id": "x"}),
			422,
			"two_records",
		)


class TestMappedFields(CommerceTestCase):
	"""Fields that only a flow can fill."""

	def test_what_follows_an_order_is_not_taken_in_with_it(self):
		for field, value in (("payments", []), ("total_paid", "1"), ("refunds", []), ("fulfilments", [])):
			with self.assertRaisesRegex(OrderError, f"{field} is not taken in with an order.*another flow"):
				self.order(**{field: value})

	def test_flows_of_before_go_on_without_them(self):
		rows = [make.row(field, field) for field in ("id", "number", "fees[].id", "lines[].id")]
		flow = make.flow(
			"Sales Order", [], rows, direction="Incoming", purpose="Order", topics="orders/create"
		)
		# As it was saved before such rows were refused.
		for row, source in zip(flow.rows[1:3], ("total_paid", "payments[].id"), strict=True):
			frappe.db.set_value(row.doctype, row.name, "source", source)
		events_inside_orders.execute()
		events_inside_orders.execute()
		flow.reload()
		self.assertEqual([row.source for row in flow.rows], ["id", "lines[].id"])
		filters = {"reference_doctype": flow.doctype, "reference_name": flow.name, "comment_type": "Info"}
		(told,) = frappe.get_all("Comment", filters, pluck="content")
		self.assertIn("payments[].id, total_paid", told)

	def test_a_payment(self):
		self.order()
		(done,) = self.pay("40.00", kind="capture", reference="ch_1", gateway="Unknown Pay")
		entry = frappe.get_doc("Payment Entry", done.name)
		self.assertEqual(entry.reference_no, "ch_1")
		self.assertIn("Unknown Pay", self.comments(entry))
		(ignored,) = self.pay("40.00", kind="authorization")
		self.assertEqual((ignored.action, ignored.name), ("ignored", None))

	def test_the_day_on_which_a_parcel_left(self):
		order = self.order(date=add_days(today(), -3))
		self.receive_before()
		(done,) = self.ship(("L1", 1), date=f"{add_days(today(), -2)}T10:00:00")
		self.assertEqual(
			str(frappe.db.get_value("Delivery Note", done.name, "posting_date")), add_days(today(), -2)
		)
		(done,) = self.ship(("L1", 1), date=add_days(today(), -9))
		self.assertEqual(
			frappe.db.get_value("Delivery Note", done.name, "posting_date"), order.transaction_date
		)

	def receive_before(self) -> None:
		"""Stock that was there already when the parcel left."""
		entry = frappe.copy_doc(make.receipt(self.first, 5))
		entry.update(
			{"set_posting_time": 1, "posting_date": add_days(today(), -20), "posting_time": "08:00:00"}
		)
		entry.insert().submit()
		self.commit()

	def test_the_day_of_a_cancellation(self):
		order = self.order()
		self.cancel(id="c", lines=[{"line_id": "L1", "quantity": 1}], reason="Too late", date="2026-11-20")
		self.assertIn("Too late", self.comments(order))
		self.assertIn(format_date("2026-11-20"), self.comments(order))

	def comments(self, document) -> str:
		filters = {"reference_name": document.name, "comment_type": "Comment"}
		return " ".join(frappe.get_all("Comment", filters, pluck="content"))
