"""The test site served over HTTP, and one session for each kind of person who might call it.

The server is a process of its own, without the exceptions Frappe makes for tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
import requests

from erp_connect.config.exchange_format import export
from erp_connect.store import backfills, exemptions, loads, reconciliations, sync_difference
from erp_connect.store.sync_difference import DIFFERENT, Finding
from erp_connect.tests.base import TABLES, ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pair import ServedSite
from erp_connect.tests.fakes.fault_server import Reply

SECRET = "a-secret-nobody-may-see-4711"
PASSWORD = "correct-horse-battery-9!"
PEOPLE = {
	"nobody": ("norole@example.com", ()),
	"website": ("website@example.com", ("Customer",)),
	"user": ("operator@example.com", ("Integration User", "Item Manager", "Stock User")),
	# May steer the account: has every role of its user.
	"manager": ("manager@example.com", ("Integration Manager", *make.ROLES)),
	"weak": ("weak-manager@example.com", ("Integration Manager", "Item Manager", "Stock User")),
	"blind": ("blind@example.com", ("Integration User",)),
	"boms": ("boms@example.com", ("Integration User", "Item Manager", "Stock User", "Manufacturing Manager")),
}


class HttpTestCase(ConnectTestCase):
	"""The site served over HTTP, with an account, a flow, an event and one session for each kind of person."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		cls.people = {kind: _session(*PEOPLE[kind]) for kind in PEOPLE} | {"guest": requests.Session()}
		frappe.db.commit()
		cls.site = ServedSite(frappe.local.site)
		cls.addClassCleanup(cls.site.stop)

	def setUp(self) -> None:
		super().setUp()
		make.account(
			self.receiver.url(),
			auth_type="Bearer Token",
			token=SECRET,
			test_path="/ping",
			signing_secret="whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY",
			parameters=[{"place": "Header", "key": "X-Key", "secret": SECRET + "-row"}],
		)
		make.brand_flow()
		self.receiver.script("/brands", Reply(422, {"message": "no"}))
		self.brand = make.brand("the content of a document")
		self.deliver()
		backfill = backfills.create(
			"Test Brand",
			make.ACCOUNT,
			'[["name", "=", "none"]]',
			only_unlinked=False,
			started_by="Administrator",
		)
		comparison = reconciliations.create("Test Brand", make.ACCOUNT)
		load = loads.create("Test Brand", make.ACCOUNT, "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")
		found = Finding(DIFFERENT, "R-0", "Brand", document_name=self.brand.name, external_id="R-0")
		run = frappe._dict(name=comparison, flow="Test Brand", account=make.ACCOUNT)
		sync_difference.confirm(run, [found], None)
		# Of a document that is gone, so that it keeps no other one back.
		exemptions.put(make.ACCOUNT, "Brand", ["Gone"], rule=exemptions.SKIP, flow="", reason="")
		receiver = make.alert_receiver().name
		self.commit()
		self.known = {
			"receiver": receiver,
			"comparison": comparison,
			"load": load,
			"difference": sync_difference.name_of(comparison, DIFFERENT, "R-0"),
			"exemption": frappe.get_all("Sync Exemption", pluck="name")[0],
			"account": make.ACCOUNT,
			"company": make.company(),
			"flow": "Test Brand",
			"document": self.brand.name,
			"event": self.event().name,
			"backfill": backfill,
			"export": export(frappe.get_doc("Field Mapping", "Test Brand")),
		}
		self.assertEqual(self.event().status, "Failed")

	def arguments(self, wanted: dict[str, Any]) -> dict[str, Any]:
		if "{note}" in wanted.values() and "note" not in self.known:
			self.known["note"] = self.delivery_note()
		return {key: value.format(**self.known) for key, value in wanted.items()}

	def delivery_note(self) -> str:
		"""A submitted Delivery Note, without the stock that it would move."""
		row = {"item_code": make.item().name, "qty": 1, "rate": 5, "warehouse": make.warehouse()}
		values = {"customer": make.customer().name, "company": make.company(), "items": [row]}
		name = frappe.get_doc({"doctype": "Delivery Note", **values}).insert().name
		frappe.db.set_value("Delivery Note", name, "docstatus", 1)
		self.commit()
		return name

	def call(self, who: str, function: str, method: str = "POST", **arguments: Any) -> requests.Response:
		address = f"{self.site.url}/api/method/erp_connect.api.{function}"
		given = {"params": arguments} if method == "GET" else {"json": arguments}
		return self.people[who].request(method, address, timeout=60, **given)

	def resource(self, who: str, *parts: str, **params: Any) -> requests.Response:
		place = "/".join(requests.utils.quote(part, safe="") for part in parts)
		return self.people[who].get(f"{self.site.url}/api/resource/{place}", params=params, timeout=60)

	def state(self) -> dict[str, Any]:
		"""All records of this app, to see that nothing happened to them."""
		frappe.db.rollback()
		return {doctype: frappe.get_all(doctype, fields=["*"], order_by="name") for doctype in TABLES}


def _session(email: str, roles: tuple[str, ...]) -> requests.Session:
	"""A session that signs each request as this user, who has just these roles."""
	make.user(email, roles)
	user = frappe.get_doc("User", email)
	keys = {"api_key": frappe.generate_hash(length=15), "api_secret": frappe.generate_hash(length=15)}
	user.update({**keys, "new_password": PASSWORD})
	user.save()
	session = requests.Session()
	session.headers["Authorization"] = f"token {keys['api_key']}:{keys['api_secret']}"
	return session


def restrict(test: HttpTestCase, user: str, allow: str, value: str) -> None:
	"""Give a user just one User Permission, for the time of a test."""
	forget(user)
	frappe.get_doc({"doctype": "User Permission", "user": user, "allow": allow, "for_value": value}).insert()
	frappe.db.commit()
	test.addCleanup(forget, user)


def forget(user: str) -> None:
	for name in frappe.get_all("User Permission", filters={"user": user}, pluck="name"):
		frappe.delete_doc("User Permission", name)
	# Also what Frappe remembers of one that was rolled back.
	frappe.clear_cache(user=user)
	frappe.db.commit()


def other_company() -> str:
	name = "Other Trading"
	if not frappe.db.exists("Company", name):
		values = {"company_name": name, "abbr": "OT", "default_currency": "USD", "country": "United States"}
		frappe.get_doc({"doctype": "Company", **values}).insert()
		frappe.db.commit()
	return name


@contextmanager
def in_other_company(doctype: str, name: str) -> Iterator[None]:
	"""Inside, a document is the other company's; after it none stays so: who may see that company alone would see it."""
	before = frappe.db.get_value(doctype, name, "company")
	frappe.db.set_value(doctype, name, "company", other_company())
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.db.set_value(doctype, name, "company", before)
		frappe.db.commit()
