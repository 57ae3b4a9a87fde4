"""What the API answers to a wrong field is for people: in all calls, for all fields."""

from __future__ import annotations

from erp_connect.api import v1  # fills OPERATIONS
from erp_connect.served.endpoint import OPERATIONS
from erp_connect.tests import wrong_inputs
from erp_connect.tests.bench.inbound_case import InboundTestCase

LINE = {"line_id": "1", "quantity": 1}


class TestModels(InboundTestCase):
	def test_no_answer_shows_a_pattern_or_a_type(self):
		self.assertTrue(v1.__all__)
		models = {operation.model for operation in OPERATIONS.values()}
		for model in sorted(models, key=lambda one: one.__name__):
			with self.subTest(model.__name__):
				self.assertEqual(wrong_inputs.unfit(model), set())

	def test_rules_over_several_fields_are_said_in_sentences(self):
		for call, given, told in (
			("update_order", {"order_id": "x", "total": 1}, "Give lines and total, and all else that is charged, or nothing of it."),
			("cancel_order", {"reason": "x"}, "Give order_id, id, order_number or invoice_id."),
			("cancel_order", {"id": "x", "lines": [LINE]}, "cancellation_id is missing: single lines need it."),
			("create_return", {"id": "x", "return_id": "r"}, "Give lines, shipping, adjustments or an amount."),
			("export", {}, "Name either an entity or a report."),
			("export", {"report": "x", "with_tables": True}, "A report is narrowed by its filters alone."),
		):  # fmt: skip
			with self.subTest(told):
				self.assertEqual(list(wrong_inputs.answers(OPERATIONS[call].model, given)), [told])
				self.assertFalse(wrong_inputs.is_unfit(told))


class TestAnswers(InboundTestCase):
	def refusal(self, call: str, body: dict) -> tuple[str, str | None]:
		error = self.refused(self.call(call, body), 422, "invalid")
		return error["message"], error["field"]

	def test_a_wrong_date_is_answered_with_the_form_of_dates(self):
		told = "{0} must be a date or time such as 2026-11-29 or 2026-11-29T10:00:00Z."
		order = {"id": "1", "currency": "EUR", "total": 0, "lines": [{"id": "1", "quantity": 1}]}
		for field in ("date", "delivery_date"):
			self.assertEqual(
				self.refusal("create_order", {**order, field: "29.11.2026"}), (told.format(field), field)
			)
		payment = {"id": "1", "payment_id": "p", "amount": 1, "date": "29.11.2026"}
		self.assertEqual(self.refusal("record_payment", payment), (told.format("date"), "date"))

	def test_the_place_is_told_within_the_sentence(self):
		told = self.refusal("cancel_order", {"id": "1", "lines": [{"line_id": "1", "quantity": "two"}]})
		self.assertEqual(told, ("lines.0.quantity must be a number such as 12.50.", "lines.0.quantity"))
		self.assertEqual(self.refusal("export", {}), ("Name either an entity or a report.", None))
		told = self.refusal("cancel_order", {"id": "1", "lines": [LINE]})
		self.assertEqual(told, ("cancellation_id is missing: single lines need it.", "cancellation_id"))

	def test_a_mail_address_and_a_currency(self):
		customer = {"customer_name": "Harbour"}
		for field, form in (("email", "an e-mail address such as buyer@example.com, of at most 140 characters"), ("currency", "three letters such as EUR")):  # fmt: skip
			self.assertEqual(
				self.refusal("create_customer", {**customer, field: "no"}),
				(f"{field} must be {form}.", field),
			)
