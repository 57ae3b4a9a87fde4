"""Role × action × own company or another one, as the tables of `docs/security.md` say, which are made from the code."""

from __future__ import annotations

import frappe

from erp_connect.operate.alerts import site
from erp_connect.store import alerts, samples, sync_cursor, webhook_subscriptions
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import PEOPLE, HttpTestCase, other_company, restrict
from erp_connect.tests.bench.served.test_api_security import (
	MANAGER_ONLY,
	OWN_RULES,
	QUIET,
	USER_TOO,
	answer_of,
)
from erp_connect.tests.unit import role_table
from erp_connect.tests.unit.role_table import MANAGER, RIGHTS, SYSTEM_MANAGER, USER

SYSTEM = ("system-manager@example.com", ("System Manager", *make.ROLES))
WHO = {MANAGER: PEOPLE["manager"][0], USER: PEOPLE["user"][0], SYSTEM_MANAGER: SYSTEM[0]}
# Answer with what the caller may see of all accounts: nothing, for those of another company.
LISTS = {
	"verification.make",
	"dashboard.events_by_day",
	"dashboard.health",
	"dashboard.overview",
	"events.reasons",
	"review.items",
	"events.retry_by_filter",
	"events.document_state",
	"offers.flows",
}

# Of no account yet: who may make one for which company, `operate/test_connecting.py` says.
MAKE = {"presets.connect"}


class TestRoles(HttpTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.user(*SYSTEM)
		frappe.get_doc(
			{
				"doctype": "Value Map",
				"map_name": "Colours",
				"entries": [{"erp_value": "a", "remote_value": "b"}],
			}
		).insert()
		link = {
			"doctype": "Sync Link",
			"integration": make.ACCOUNT,
			"remote_entity": "brand",
			"external_id": "R-1",
		}
		link = frappe.get_doc({**link, "document_type": "Brand", "document_name": self.brand.name}).insert()
		sync_cursor.ensure("Test Brand", make.ACCOUNT)
		webhook_subscriptions.keep(make.ACCOUNT, "brand.created", status=webhook_subscriptions.REGISTERED)
		alerts.begin([alerts.Problem(make.ACCOUNT, "Late", 6, "An event waits.")])
		samples.keep("Test Brand", make.ACCOUNT, samples.Sample({"name": "x"}, samples.PASTED))
		receiver = make.alert_receiver()
		self.commit()
		self.records = {
			"Alert Receiver": receiver.name,
			"Field Mapping": "Test Brand",
			"Integration Settings": make.ACCOUNT,
			"Integration State": make.ACCOUNT,
			"Sync Alert": frappe.get_all("Sync Alert", pluck="name")[0],
			"Sync Attempt": frappe.get_all("Sync Attempt", pluck="name")[0],
			"Sync Backfill": self.known["backfill"],
			"Sync Cursor": frappe.get_all("Sync Cursor", pluck="name")[0],
			"Sync Difference": self.known["difference"],
			"Sync Exemption": self.known["exemption"],
			"Sync Link": link.name,
			"Sync Load": self.known["load"],
			"Sync Log": self.known["event"],
			"Sync Reconciliation": self.known["comparison"],
			"Sync Sample": frappe.get_all("Sync Sample", pluck="name")[0],
			"Value Map": "Colours",
			"Webhook Subscription": frappe.get_all("Webhook Subscription", pluck="name")[0],
		}

	def in_company(self, company: str, people: list[str]) -> None:
		for email in people:
			restrict(self, email, "Company", company)

	def test_records(self):
		self.assertEqual(set(self.records), set(role_table.doctypes()))
		for company, own in ((make.company(), True), (other_company(), False)):
			self.in_company(company, list(WHO.values()))
			for doctype, name in self.records.items():
				allowed = role_table.permissions(doctype)
				seen = own or not role_table.is_of_company(doctype)
				for role, email in WHO.items():
					for right in RIGHTS:
						# Of what is not there yet, it is the account named in it that decides.
						doc = frappe.get_doc(doctype, name)
						may = bool(frappe.has_permission(doctype, right, doc=doc, user=email))
						with self.subTest(f"{role}: {right} {doctype}, {'own' if own else 'other'} company"):
							self.assertEqual(may, right in allowed[role] and seen)

	def test_calls(self):
		calls = {name: asked for name, asked in role_table.calls().items() if not name.startswith(OWN_RULES)}
		self.assertEqual(set(calls), {*MANAGER_ONLY, *USER_TOO})
		for who, has in (("nobody", ()), ("user", (USER,)), ("weak", (USER, MANAGER))):
			for name, (role, rights) in calls.items():
				if name in QUIET:
					continue
				answer = self.call(who, name, **self.arguments({**MANAGER_ONLY, **USER_TOO}[name]))
				refused = role not in has or (who == "weak" and rights)
				with self.subTest(f"{who}: {name}"):
					self.assertEqual(answer.status_code == 403, refused, answer.text[:400])

	def test_calls_about_another_company(self):
		self.in_company(other_company(), [PEOPLE["user"][0], PEOPLE["manager"][0]])
		# Somebody has looked at the site just now: what a look finds is written down, whoever asked for it.
		frappe.cache.set(frappe.cache.make_key(site.LOOKED), 1, ex=600)
		self.addCleanup(frappe.cache.delete, frappe.cache.make_key(site.LOOKED))
		before = self.state()
		for who, table in (("user", USER_TOO), ("manager", {**USER_TOO, **MANAGER_ONLY})):
			for name, wanted in table.items():
				if name in MAKE:
					continue
				about_one = any("{" in str(value) for value in wanted.values()) and name not in LISTS
				answer = self.call(who, name, **self.arguments(wanted))
				with self.subTest(f"{who}: {name}"):
					self.assertEqual(
						answer.status_code, 403 if about_one else answer_of(name), answer.text[:400]
					)
					if name == "events.document_state":
						self.assertFalse(any(answer.json()["message"].values()))
		self.assertEqual(self.state(), before)
