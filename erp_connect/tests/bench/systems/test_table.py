"""The table of the documentation says what the tests prove, no more and no less."""

from __future__ import annotations

import unittest

from erp_connect.tests.bench.systems import proofs
from erp_connect.tests.bench.systems.system import Said, System, proves, table


class TestTable(unittest.TestCase):
	def test_the_page_is_made_from_the_tests(self):
		text = proofs.PAGE.read_text(encoding="utf-8")
		self.assertEqual(text, proofs.page(text), "python -m erp_connect.tests.bench.systems.proofs")

	def test_what_no_test_proves_is_not_claimed(self):
		class Case:
			@proves("Orders in")
			def test_one(self) -> None: ...

		said = {"Disputes": Said("for a person", "they are held")}
		system = System("A", object, dict, not_offered={"Token expired": "never"}, said=said)
		rows = table([(system, (Case,))]).splitlines()
		self.assertIn("| Disputes | for a person |", rows)
		self.assertIn("* A – Disputes: they are held.", rows)
		self.assertIn("| Orders in | yes |", rows)
		self.assertIn("| Stock out | – |", rows)
		self.assertIn("| Token expired | not offered |", rows)

	def test_what_is_proved_and_not_offered_at_once_is_refused(self):
		class Case:
			@proves("Token expired")
			def test_one(self) -> None: ...

		for ways in (
			{"not_offered": {"Token expired": "never"}},
			{"said": {"Token expired": Said("by hand", "never")}},
			{"not_offered": {"Disputes": "no"}, "said": {"Disputes": Said("by hand", "never")}},
		):
			with self.subTest(ways=ways), self.assertRaises(ValueError):
				table([(System("A", object, dict, **ways), (Case,))])

	def test_a_capability_that_is_not_in_the_table_is_refused(self):
		with self.assertRaises(ValueError):
			proves("Anything")
