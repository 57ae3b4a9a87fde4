"""The ways to sign in to the API and what they open, the limits of an account, and users who may do part of the work."""

from __future__ import annotations

import frappe
import requests
from frappe.utils.password import update_password

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import forget, other_company
from erp_connect.tests.bench.inbound_case import API, HEADERS, KEY, SECRET
from erp_connect.tests.bench.served.test_inbound_permissions import NOBODY, PermissionTestCase, calls, disable


class TestWaysIn(PermissionTestCase):
	def setUp(self) -> None:
		super().setUp()
		doc = frappe.get_doc("User", make.USER)
		self.keys = {
			"api_key": frappe.generate_hash(length=15),
			"api_secret": frappe.generate_hash(length=15),
		}
		doc.update(self.keys)
		doc.save()
		self.commit()
		self.token = f"token {self.keys['api_key']}:{self.keys['api_secret']}"

	def plain(self, **headers: str) -> requests.Response:
		return requests.get(
			f"{self.site.url}{API}list", params={"entity": "brand"}, headers=headers, timeout=60
		)

	def test_tokens_and_basic_authentication(self):
		self.ok(self.plain(Authorization=self.token))
		session = requests.Session()
		session.auth = (self.keys["api_key"], self.keys["api_secret"])
		self.ok(session.get(f"{self.site.url}{API}list", params={"entity": "brand"}, timeout=60))
		self.refused(self.plain(Authorization=self.token + "x"), 401)
		self.refused(self.plain(Authorization="Bearer nonsense"), 401)

	def test_oauth_bearer_and_session(self):
		client = frappe.get_doc(
			{
				"doctype": "OAuth Client",
				"app_name": make.unique("Caller"),
				"redirect_uris": "https://caller.example.com",
				"default_redirect_uri": "https://caller.example.com",
				"scopes": "all",
				"user": make.USER,
			}
		).insert()
		bearer = frappe.get_doc(
			{
				"doctype": "OAuth Bearer Token",
				"client": client.name,
				"user": make.USER,
				"scopes": "all",
				"access_token": frappe.generate_hash(length=30),
				"expires_in": 600,
			}
		).insert()
		update_password(make.USER, "a-password-of-the-test-9")
		self.commit()
		self.addCleanup(lambda: (bearer.delete(), client.delete(), frappe.db.commit()))
		self.ok(self.plain(Authorization=f"Bearer {bearer.access_token}"))
		session = requests.Session()
		login = {"usr": make.USER, "pwd": "a-password-of-the-test-9"}
		session.post(f"{self.site.url}/api/method/login", json=login, timeout=60).raise_for_status()
		self.ok(session.get(f"{self.site.url}{API}list", params={"entity": "brand"}, timeout=60))

	def test_a_user_no_account_acts_as(self):
		self.change(user=make.user(NOBODY, ()))
		self.refused(self.plain(Authorization=self.token), 403, "no_account")

	def test_one_of_several_accounts_is_named(self):
		self.make_account("Other Shop", "other-key")
		self.commit()
		self.refused(self.plain(Authorization=self.token), 403, "account_needed")
		named = {"X-ERP-Connect-Account": "Other Shop"}
		self.refused(self.plain(Authorization=self.token, **named), 404, "unknown_entity")
		self.ok(self.plain(Authorization=self.token, **{"X-ERP-Connect-Account": make.ACCOUNT}))
		self.refused(
			self.plain(Authorization=self.token, **{"X-ERP-Connect-Account": "nope"}), 403, "no_account"
		)

	def test_headers_of_other_names(self):
		self.change(key_header="X-User", secret_header="X-Pass")
		self.ok(self.plain(**{"X-User": KEY, "X-Pass": SECRET}))
		self.refused(self.plain(**HEADERS), 401)

	def test_the_pair_of_headers_opens_nothing_else(self):
		asked = {"doctype": "User", "fields": '["name"]', "cmd": "frappe.client.get_list"}
		for answer in (
			self.call("describe", asked),
			self.call("describe", asked, method="GET"),
			self.call("describe?cmd=frappe.client.get_list&doctype=User"),
			self.call(
				"describe",
				raw=b"cmd=frappe.client.get_list&doctype=User",
				content_type="application/x-www-form-urlencoded",
			),
			self.call("../frappe.client.get_list?doctype=User"),
			self.call("records.frappe.client.get_list", asked),
		):
			self.assertIn(answer.status_code, (200, 401, 404, 422), answer.text[:300])
			self.assertNotIn("Administrator", answer.text)
			self.assertNotIn("message", answer.json())
			if answer.status_code == 200:
				self.assertEqual(answer.json(), self.call("describe").json())
		for path in (
			"/api/resource/User",
			"/api/method/frappe.client.get_list?doctype=User",
			"/api/v2/document/User",
			"/app",
		):
			answer = requests.get(self.site.url + path, headers=HEADERS, timeout=60, allow_redirects=False)
			self.assertNotEqual(answer.status_code, 200, path)

	def test_calls_that_do_not_exist(self):
		for name in ("nope", "models.Model", "records", "orders.create_order.x", ""):
			with self.subTest(name):
				self.assertIn(self.call(name).status_code, (401, 403, 404))


class TestLimits(PermissionTestCase):
	def test_addresses(self):
		self.change(allowed_ips="192.0.2.0/24, 2001:db8::1")
		for address, allowed in (
			("192.0.2.9", True),
			("2001:db8::1", True),
			("192.0.3.1", False),
			("garbage", False),
		):
			answer = self.call("describe", headers={"X-Forwarded-For": address})
			if allowed:
				self.ok(answer)
			else:
				self.refused(answer, 403, "address")
		self.every_refused(403, "address")
		self.assert_untouched()

	def test_calls_per_minute(self):
		self.change(requests_per_minute=3)
		answers = [self.call("describe") for _ in range(8)]  # which fall into two minutes at most
		stopped = [answer for answer in answers if answer.status_code == 429]
		self.assertGreaterEqual(len(stopped), 2)
		self.refused(stopped[0], 429, "rate")
		self.assertGreater(int(stopped[0].headers["Retry-After"]), 0)
		self.assertEqual(answers[0].status_code, 200)

	def test_user_permissions_on_company_hold(self):
		make.flow(
			"Sales Order", [], [make.row("po_no", "number"), make.row("company", "company")],
			name="Orders", direction="Incoming", remote_entity="sale",
		)  # fmt: skip
		self.commit()
		self.assertIn(self.known["order"], self.names("sale"))
		self.restrict(make.company())
		self.assertIn(self.known["order"], self.names("sale"))
		self.restrict(other_company())
		self.assertEqual(self.names("sale"), [])
		answer = self.call("get", {"entity": "sale", "name": self.known["order"]}, method="GET")
		self.refused(answer, 404, "not_found")
		record = {"id": "s-1", "number": "x", "company": make.company()}
		self.refused(self.call("upsert", {"entity": "sale", "record": record}), 403, "permission")
		for name, arguments in (("orders", {}), ("invoices", {})):
			data = self.ok(self.call(name, arguments, method="GET"))
			self.assertNotIn(self.known["order"], str(data))
			self.assertNotIn(self.known["invoice"], str(data))
		self.refused(self.call("order", {"order_id": self.known["order"]}, method="GET"), 404)
		self.refused(self.call("create_order", calls(self.known)["create_order"]), 403, "permission")
		self.assert_untouched()

	def test_a_document_that_may_not_be_seen_is_not_named_where_a_record_fits_it(self):
		hidden, seen = make.customer(tax_id=make.unique("TAX")), make.customer()
		rows = [make.row("customer_name", "name"), make.row("tax_id", "tax", is_match_key=1)]
		make.flow("Customer", [], rows, name="Partners", direction="Incoming", remote_entity="partner")
		make.link("Customer", hidden.name, "partner", "OTHER-77")
		make.link("Customer", hidden.name, "customer", "OTHER-78")
		values = {
			"doctype": "User Permission",
			"user": make.USER,
			"allow": "Customer",
			"for_value": seen.name,
		}
		frappe.get_doc(values).insert()
		self.addCleanup(forget, make.USER)
		self.commit()
		record = {"id": "p-1", "name": "x", "tax": hidden.tax_id}
		for name, body in (
			("upsert", {"entity": "partner", "record": record}),
			("create_customer", {"external_id": "p-2", "customer_name": "x", "tax_id": hidden.tax_id}),
		):
			with self.subTest(name):
				answer = self.call(name, body)
				self.refused(answer, 403, "permission")
				self.assertNotIn(hidden.name, answer.text)
				self.assertNotIn("OTHER-7", answer.text)
		self.assertIn(hidden.name, self.events(event="upsert")[-1].error)  # for those who may read the event

	def names(self, entity: str) -> list[str]:
		after, found = None, []
		while True:
			page = {"entity": entity, "limit": 500, **({"after": after} if after else {})}
			data = self.ok(self.call("list", page, method="GET"))
			found += [record["name"] for record in data["records"]]
			after = data["next"]
			if not after:
				return found

	def restrict(self, company: str) -> None:
		forget(make.USER)
		frappe.get_doc(
			{"doctype": "User Permission", "user": make.USER, "allow": "Company", "for_value": company}
		).insert()
		self.commit()
		self.addCleanup(forget, make.USER)


class TestActingUser(PermissionTestCase):
	"""A user who may write customers but no Sales Orders: nothing is left of what was begun."""

	def setUp(self) -> None:
		super().setUp()
		self.change(user=make.user("inbound-clerk@example.com", ("Sales Master Manager",)))
		flow = make.flow(
			"Sales Order", [],
			[
				make.row("id", "id"), make.row("currency", "currency"), make.row("total", "total"),
				make.row("customer.name", "buyer"), make.row("lines[].id", "lines[].id"),
				make.row("lines[].sku", "lines[].sku"), make.row("lines[].quantity", "lines[].quantity"),
				make.row("lines[].unit_price", "lines[].unit_price"),
			],
			name="Orders", direction="Incoming", purpose="Order", remote_entity="order", topics="orders/create",
		)  # fmt: skip
		self.assertTrue(flow.name)
		self.commit()

	def test_by_the_api(self):
		answer = self.call("create_order", calls(self.known)["create_order"])
		self.refused(answer, 403, "permission")
		self.assertEqual(self.event().status, "Failed")
		self.assertIn("inbound-clerk@example.com", self.event().error)
		self.assert_untouched()

	def test_by_a_webhook(self):
		order = calls(self.known)["create_order"]
		self.ok(self.hook({**order, "buyer": make.unique("Buyer"), "customer": None}, topic="orders/create"))
		self.work()
		event = self.event()
		self.assertEqual((event.status, event.outcome), ("Failed", "permission"), self.history())
		self.assertIn("inbound-clerk@example.com", event.error)
		self.assertIn("Sales Order", event.error)
		self.assertIn("Retry", event.error)
		self.assert_untouched()

	def test_by_a_webhook_for_a_document_it_may_not_write(self):
		self.ok(self.hook({"id": "1", "name": make.unique("Brand")}, topic="*"))
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.topics = "*"
		flow.save()
		self.work()
		self.assertEqual(
			(self.event().status, self.event().outcome), ("Failed", "permission"), self.history()
		)
		self.assertIn("Brand", self.event().error)
		self.assert_untouched()

	def test_a_disabled_user_writes_nothing_by_webhooks(self):
		self.change(user=make.USER)
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.topics = "*"
		flow.save()
		self.ok(self.hook({"id": "1", "name": make.unique("Brand")}))
		disable(self, make.USER)
		self.work()
		self.assertNotEqual(self.event().status, "Processed")
		self.assert_untouched()
