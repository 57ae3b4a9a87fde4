"""A paid order never dies of a phone number, a street or a country: these are fitted, and the order tells what was lost."""

from __future__ import annotations

from typing import Any

import frappe
import phonenumbers

from erp_connect.commerce import handlers
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.parties import countries, phones
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase, line
from erp_connect.tests.bench.commerce_case import CommerceTestCase

STREET = "Building " + " ".join(f"{number:03d}" for number in range(61)) + " xy"  # 255 characters
TITLE = ("Hand-made wooden board, oiled, with a groove " * 5)[:200]


class TestCountries(CommerceTestCase):
	def test_names_codes_and_aliases(self):
		for text, code in {
			"Türkiye": "tr", "Turkey": "tr", "TR": "tr", "tur": "tr", "South Korea": "kr", "Korea, Republic of": "kr",
			"UK": "gb", "gb": "gb", "United Kingdom": "gb", "Great Britain": "gb", "England": "gb", "Czechia": "cz",
			"Czech Republic": "cz", "Česko": "cz", "USA": "us", "U.S.A.": "us", "840": "us", "United States of America": "us",
			"Deutschland": "de", "ALEMANIA": "de", "germany": "de", "The Netherlands": "nl", "Holland": "nl", "Côte d’Ivoire": "ci",
			"Bosnia & Herzegovina": "ba", "Россия": "ru", "日本": "jp", "Vietnam": "vn", "North Macedonia": "mk", "EL": "gr",
			"Ireland": "ie", "Guinea": "gn", "Niger": "ne", "Dominica": "dm", "Österreich": "at",
		}.items():  # fmt: skip
			with self.subTest(text):
				found = countries.find(text)
				self.assertEqual(frappe.db.get_value("Country", found, "code"), code)

	def test_what_is_no_country(self):
		for text in ("", None, "  ", "Atlantis", "ZZ", "XX", "Europe", "150", "AN", "SU", "%", "a" * 5000):
			self.assertIsNone(countries.find(text), text)

	def test_kosovo_is_known_by_its_code_and_its_name(self):
		for text in ("XK", "Kosovo", "Republic of Kosovo"):
			self.assertEqual(countries.code_of(text), "XK")


class TestFitting(CommerceTestCase):
	def test_phones(self):
		for text, fitted, lost in (
			("+1 (555) 010-0199", "+1 (555) 010-0199", False),
			("+1 202 555 0143 ext. 123", "+12025550143#123", False),
			("(202) 555-0143 x 9", "+12025550143#9", False),
			("+49 30 901820 Durchwahl", "+4930901820", True),
			("call me", "", True),
			("00 49 / 30 / 90 18 20", "+4930901820", False),
			("+44 20 7946 0958 / 20 7946 0959 (evenings only)", "+442079460958", True),
			("", "", False),
			("+49 (0)30 / 1234-56 Apt", "+4930123456", True),
			("+49 30 901820 & +49 30 901821", "+4930901820", True),
			("+49 30 901820 ask for Lee", "+4930901820", True),
			("Mr Lee +49 30 901820", "+4930901820", True),
			("Tel.: +49 30 901820", "+4930901820", False),
			("1-800-FLOWERS", "+18003569377", True),
			("+1 202 555 0143 ext. 123 Apt", "+12025550143", True),
			("06/12345678", "+10612345678", True),  # no number of that country: what was typed is told
		):
			with self.subTest(text):
				fitter = Fitter(self.company)
				found = fitter.phone("Phone", text, "Germany" if "00 49" in text else "United States")
				self.assertEqual((found, bool(fitter.changes)), (fitted, lost))

	def test_a_phone_number_and_what_else_a_text_says(self):
		for text, number, rest in (
			("(0)30 / 90 18 20", "+4930901820", ""),
			("Tel.: 030/901820", "+4930901820", ""),
			("030/90180 und 030/90181", "+493090180", "und 030/90181"),
			("030/90180, 030/90181", "+493090180", "030/90181"),
			("030 901820 \n0171 1234567", "+4930901820", "0171 1234567"),
			("030 901820 Durchwahl 12", "+4930901820", "Durchwahl 12"),
			("(c/o Lee) 030 901820", "+4930901820", "(c/o Lee) "),
			("0043/1/5050505-0", "+43150505050", ""),
		):
			with self.subTest(text):
				found, said = phones.number_in(text, "DE")
				self.assertEqual((phonenumbers.format_number(found, 0), said), (number, rest))

	def test_emails(self):
		for text, fitted in (
			("ann@example.com", "ann@example.com"),
			("n/a", ""),
			("ann@example.com; bob", "ann@example.com"),
			("Ann Lee <ann@example.com>", "ann@example.com"),
		):
			with self.subTest(text):
				fitter = Fitter(self.company)
				self.assertEqual(fitter.email("Email", text), fitted)
				self.assertEqual(
					[change.original for change in fitter.changes], [] if text == fitted else [text]
				)

	def test_a_long_street_becomes_two_lines(self):
		self.assertEqual(len(STREET), 255)
		fitter = Fitter(self.company)
		found = fitter.address(
			{"address_type": "Shipping", "address_line1": STREET, "city": "X", "country": "US"}
		)
		self.assertEqual(f"{found['address_line1']} {found['address_line2']}", STREET)
		self.assertEqual(fitter.changes, [])


class TestSecondaryData(OrderTestCase):
	"""The same order by the API and by a mapped record."""

	def booked(self, **values: Any) -> list[tuple[Any, str]]:
		"""The order by each way in, with the text of its comments."""
		found = []
		for way in (self.by_record, self.by_api):
			body = self.order(**{**FIXTURES["plain"], **values, "id": make.unique("O")})
			body["customer"] = {
				**body["customer"],
				"id": make.unique("c"),
				"email": f"{frappe.generate_hash(length=8)}@example.com",
			}
			body["customer"] |= values.get("customer", {})
			doc = way(body)
			said = frappe.get_all(
				"Comment",
				filters={
					"reference_doctype": "Sales Order",
					"reference_name": doc.name,
					"comment_type": "Comment",
				},
				pluck="content",
			)
			found.append((doc, " ".join(said)))
		return found

	def by_api(self, body: dict[str, Any]) -> Any:
		return self.assert_booked(body)

	def by_record(self, body: dict[str, Any]) -> Any:
		self.commit()
		self.change()
		frappe.set_user(make.USER)
		try:
			(written,) = handlers.order(commerce.load(make.ACCOUNT), body)
			frappe.db.commit()
		finally:
			frappe.set_user("Administrator")
		return frappe.get_doc("Sales Order", written.name)

	def test_a_phone_with_an_extension(self):
		self.change(customer_match_keys="external_id")
		for doc, said in self.booked(customer={"phone": "+1 202 555 0143 ext. 123"}):
			contact = frappe.db.get_value("Customer", doc.customer, "customer_primary_contact")
			self.assertEqual(frappe.db.get_value("Contact", contact, "mobile_no"), "+12025550143#123")
			self.assertEqual((doc.docstatus, said), (1, ""))

	def test_a_phone_number_is_dialled_from_the_country_of_the_buyer(self):
		self.change(customer_match_keys="external_id")
		for country, typed, number in (
			("AT", "0664/1234567", "+436641234567"),
			("CH", "079/123 45 67", "+41791234567"),
			("FR", "Tel: 06 12 34 56 78", "+33612345678"),
		):
			address = {"line1": "Gasse 1", "city": "X", "country": country}
			with self.subTest(country):
				for doc, said in self.booked(
					customer={"phone": typed}, shipping_address=address, billing_address=address
				):
					self.assertEqual((doc.contact_mobile, said), (number, ""))
					self.assertEqual(frappe.db.get_value("Customer", doc.customer, "mobile_no"), number)

	def test_an_address_line_of_255_characters(self):
		for doc, _said in self.booked(shipping_address={"line1": STREET, "city": "X", "country": "US"}):
			address = frappe.get_doc("Address", doc.shipping_address_name)
			self.assertEqual(f"{address.address_line1} {address.address_line2}", STREET)

	def test_a_title_of_200_characters_is_kept_whole(self):
		for doc, said in self.booked(lines=[line(1, 2, "10.00", name=TITLE)]):
			self.assertEqual(doc.items[0].item_name, TITLE[:140].rstrip())
			self.assertIn(TITLE.strip(), doc.items[0].description)
			self.assertEqual(said, "")

	def test_countries(self):
		for text, code in {"Türkiye": "tr", "South Korea": "kr", "UK": "gb", "Czechia": "cz"}.items():
			name = frappe.db.get_value("Country", {"code": code})  # Frappe 16 names some of them anew
			for doc, said in self.booked(billing_address={"line1": "1 Road", "city": "X", "country": text}):
				self.assertEqual(frappe.db.get_value("Address", doc.customer_address, "country"), name)
				self.assertEqual(said, "")

	def test_a_country_that_the_site_does_not_have_is_told_and_not_guessed(self):
		frappe.db.delete("Country", {"code": "xk"})
		self.commit()
		for doc, said in self.booked(
			billing_address={"line1": "1 Rruga", "city": "Prishtina", "country": "XK"}
		):
			self.assertFalse(frappe.db.get_value("Address", doc.customer_address, "country"))
			self.assertIn("XK", said)

	def test_an_address_without_country_is_in_that_of_the_company_and_says_so(self):
		home = frappe.db.get_value("Company", make.company(), "country")
		for doc, said in self.booked(billing_address={"line1": "1 Road", "city": "X"}):
			self.assertEqual(frappe.db.get_value("Address", doc.customer_address, "country"), home)
			self.assertIn(home, said)

	def test_an_address_that_says_nothing_is_none(self):
		for doc, said in self.booked(billing_address={"line1": "", "city": " "}):
			self.assertFalse(doc.customer_address)
			self.assertEqual(said, "")

	def test_names_that_are_too_long_are_cut_and_the_original_is_told(self):
		self.change(customer_match_keys="external_id")
		long = "Ann " + "x" * 296
		values = {"name": long, "first_name": long, "last_name": long, "company": long, "tax_id": long}
		address = {
			"name": long, "company": long, "line1": "s" * 600, "line2": long, "city": long, "state": long, "postcode": long,
			"country": "US", "phone": long, "email": "nobody",
		}  # fmt: skip
		for doc, said in self.booked(
			customer={**values, "phone": long, "email": "n/a"},
			billing_address=address, shipping_address=address, number=long, note=long * 10,
		):  # fmt: skip
			self.assertEqual(
				doc.customer_name, frappe.db.get_value("Customer", doc.customer, "customer_name")
			)
			self.assertTrue(long.startswith(doc.customer_name))
			for original in (long, "n/a", "nobody", "s" * 360):
				self.assertIn(original, said)

	def test_what_stands_in_brackets_is_no_markup(self):
		"""Frappe takes a mandatory field of nothing but `<…>` for empty, and would write other texts with tags anew."""
		alone, street = "<unknown>", "Dock <Gate 3>"
		address = {
			"line1": alone,
			"line2": street,
			"city": alone,
			"state": alone,
			"postcode": alone,
			"country": "US",
		}
		lines = [line(1, 2, "10.00", name=alone, tax_lines=[{"title": alone, "rate": 10, "amount": "2.00"}])]
		charged = {"lines": lines, "fees": [{"title": alone, "amount": "1.00"}], "total": "23.00"}
		for doc, said in self.booked(billing_address=address, shipping_address=address, **charged):
			found = frappe.db.get_value(
				"Address",
				doc.shipping_address_name,
				["address_line1", "address_line2", "city", "state", "pincode"],
			)
			self.assertEqual(found, ("(unknown)", "Dock (Gate 3)", *["(unknown)"] * 3))
			self.assertEqual({row.description for row in doc.taxes}, {"(unknown)"})
			self.assertEqual(doc.items[0].item_name, "(unknown)")
			self.assertIn("Dock &lt;Gate 3&gt;", said)

	def test_a_script_in_a_title_is_none_in_the_order(self):
		"""Frappe cleans no rows of a document that is submitted at once, nor what changes in one that is submitted."""
		script = "A <img src=x onerror=alert(1)> B"
		rows = {
			"lines": [
				line(1, 2, "10.00", name=script, tax_lines=[{"title": script, "rate": 10, "amount": "2.00"}])
			],
			"shipping": [{"id": "S", "title": script + "!", "amount": "1.00"}],
			"total": "23.00",
		}
		body = self.order(**{**FIXTURES["plain"], **rows})
		order = self.assert_booked(body)
		plain = self.assert_booked(self.order(**FIXTURES["plain"]))
		link = frappe.db.get_value("Sync Link", {"document_name": plain.name}, "external_id")
		self.ok(self.call("update_order", {"id": link, **rows}))
		frappe.db.rollback()
		for doc in (order.reload(), plain.reload()):
			texts = [row.description for row in doc.taxes] + [doc.items[0].item_name]
			self.assertIn("A (img src=x onerror=alert(1)) B", texts)
			self.assertFalse([text for text in texts if "<" in text])
			self.assertNotIn("<img", doc.other_charges_calculation)

	def test_what_other_languages_have_for_nothing(self):
		body = {"company": False, "phone": [], "tax_id": ""}
		doc = self.by_record(self.order(**FIXTURES["plain"], shipping_address={"line1": "1", "postcode": 1234.0, "line2": {}}) | {
			"customer": {"id": make.unique("c"), "name": "Nil", **body},
		})  # fmt: skip
		self.assertEqual(frappe.db.get_value("Address", doc.shipping_address_name, "pincode"), "1234")


class TestOtherWays(OrderTestCase):
	"""What fits an order that comes in fits a changed one and a customer alone."""

	ADDRESSES = (
		{"line1": STREET, "city": "X", "country": "Türkiye"},
		{"line1": "1 Rruga", "city": "Prishtina", "country": "XK", "phone": "+1 202 555 0143 ext. 123"},
		{"line1": "2 Road", "city": "X"},
	)

	def test_a_changed_order(self):
		body = self.order(**FIXTURES["plain"])
		body["customer"] |= {"id": make.unique("c"), "email": f"{frappe.generate_hash(length=8)}@example.com"}
		order = self.assert_booked(body)
		for address in self.ADDRESSES:
			with self.subTest(address["line1"][:10]):
				self.ok(self.call("update_order", {"id": body["id"], "shipping_address": address}))
		changed = self.ok(
			self.call(
				"update_order",
				{"id": body["id"], "lines": [line(1, 2, "10.00", name=TITLE)], "total": "20.00"},
			)
		)
		frappe.db.rollback()
		self.assertEqual(float(changed["total"]), 20)
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "docstatus"), 1)

	def test_a_customer_alone(self):
		"""Whoever calls can correct what could not be kept, and is told to."""
		frappe.db.delete("Country", {"code": "xk"})
		self.commit()
		for address in self.ADDRESSES:
			word = frappe.generate_hash(length=8)
			own = {{"line1": "address_line1"}.get(field, field): value for field, value in address.items()}
			body = {
				"customer_name": word, "external_id": word, "phone": "+1 202 555 0143 ext. 123",
				"email": f"{word}@example.com", "addresses": [own],
			}  # fmt: skip
			with self.subTest(str(address)[:30]):
				answer = self.call("create_customer", body)
				if address["city"] == "Prishtina":
					self.assertIn("XK", self.refused(answer, 422, "invalid")["message"])
					continue
				made = self.ok(answer)["customer_id"]
				frappe.db.rollback()
				contact = frappe.db.get_value("Customer", made, "customer_primary_contact")
				self.assertEqual(frappe.db.get_value("Contact", contact, "mobile_no"), "+12025550143#123")
				self.assertEqual(self.count("Address", address_title=word), 1)


class TestNames(CommerceTestCase):
	def test_names_that_frappe_gives_no_document_stop_no_order(self):
		group = make.unique("Wholesale")
		root = {"parent_customer_group": "All Customer Groups"}
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": group, **root}).insert()
		self.commit()
		for name, kept in (
			("Jane Doe <jane@example.com>", "Jane Doe (jane@example.com)"),
			("Customer", "(Customer)"),
			("New Customer 12", "(New Customer 12)"),
			(group, f"({group})"),
			(group.upper(), f"({group.upper()})"),
		):
			with self.subTest(name):
				mail = f"{frappe.generate_hash(length=8)}@example.com"
				person = {"id": make.unique("c"), "name": name, "first_name": name, "email": mail}
				street = {"name": name, "line1": "1 Road", "city": "Town", "country": "US"}
				order = self.order(customer=person, billing_address=street)
				self.assertEqual((order.docstatus, order.customer_name), (1, kept))
				told = frappe.get_all("Comment", {"reference_name": order.name}, pluck="content")
				self.assertTrue(any("became" in text for text in told), told)
				self.assertEqual(self.order(customer=person, billing_address=street).customer, order.customer)
