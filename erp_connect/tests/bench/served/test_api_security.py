"""Who may call what, over real HTTP: every function of this app that is open to HTTP, and its records.

The server is a process of its own, without the exceptions Frappe makes for tests. A function that is not
in one of the two tables below fails the first test: whoever adds one says here who may call it.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from operator import attrgetter
from pathlib import Path
from typing import Any

import frappe
import requests

import erp_connect
from erp_connect.api import accounts
from erp_connect.tests.base import LOOPBACK, allow_networks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import (
	PASSWORD,
	PEOPLE,
	SECRET,
	HttpTestCase,
	other_company,
	restrict,
)
from erp_connect.tests.fakes.fault_server import Reply

APP = Path(erp_connect.__file__).parent
# What each function takes, by dotted path below erp_connect.api; {…} is filled in by `arguments`.
MANAGER_ONLY: dict[str, dict[str, Any]] = {
	"accounts.test_connection": {"account": "{account}"},
	"accounts.forget_refused": {"account": "{account}"},
	"verification.describe": {"scheme": ""},
	"verification.make": {"form": '{{"header": "X-Signature"}}'},
	"verification.verify_sample": {
		"account": "{account}",
		"form": '{{"header": "X-S"}}',
		"headers": "X-S: 0",
		"body": "none",
	},
	"accounts.pause": {"account": "{account}", "reason": "x"},
	"accounts.resume": {"account": "{account}"},
	"accounts.grant_access": {"account": "{account}"},
	"accounts.rotate_signing_secret": {"account": "{account}"},
	"flows.preview": {"mapping": "{flow}", "document": "{document}"},
	"flows.preview_page": {"mapping": "{flow}"},
	"flows.field_options": {"document_type": "Brand"},
	"flows.transforms": {},
	"flows.export_mapping": {"mapping": "{flow}"},
	"flows.import_mapping": {"content": "{export}", "integration": "{account}"},
	"flows.count_backfill": {"mapping": "{flow}"},
	"flows.start_backfill": {"mapping": "{flow}"},
	"flows.resume_backfill": {"backfill": "{backfill}"},
	"flows.stop_backfill": {"backfill": "{backfill}"},
	"pulls.preview": {"mapping": "{flow}"},
	"pulls.pull_now": {"mapping": "{flow}"},
	"pulls.stop": {"mapping": "{flow}"},
	"samples.show": {"mapping": "{flow}"},
	"samples.take": {"mapping": "{flow}", "origin": "Received"},
	"samples.paste": {"mapping": "{flow}", "text": '{{"name": "x"}}'},
	"samples.preview": {"mapping": "{flow}", "text": '{{"name": "x"}}'},
	"samples.test": {"mapping": "{flow}"},
	"samples.rows": {"mapping": "{flow}", "text": '{{"name": "x"}}'},
	"loads.proposal": {"mapping": "{flow}"},
	"loads.start": {"mapping": "{flow}", "since": "2020-01-01T00:00:00Z"},
	"loads.stop": {"name": "{load}"},
	"loads.resume": {"name": "{load}"},
	"loads.give_up": {"name": "{load}"},
	"reconciliation.start": {"mapping": "{flow}"},
	"reconciliation.stop": {"name": "{comparison}"},
	"reconciliation.repair": {"names": '["{difference}"]', "side": "policy"},
	"reconciliation.ignore": {"names": '["{difference}"]'},
	"events.replay_edited": {"name": "{event}", "payload": "{{}}"},
	"accounts.verification_schemes": {},
	"accounts.signing_schemes": {},
	"links.kinds": {"integration": "{account}"},
	"exemptions.choices": {"document_type": "Brand"},
	"exemptions.exempt": {
		"integration": "{account}",
		"document_type": "Brand",
		"names": '["{document}"]',
		"rule": "Skip",
	},
	"exemptions.exempt_chosen": {"doctype": "Sync Log", "names": '["{event}"]', "rule": "Skip"},
	"exemptions.take_back": {"names": '["{exemption}"]'},
	"review.match": {"event": "{event}"},
	"review.merge": {"event": "{event}", "stays": "{document}", "others": '["{document}"]'},
	"links.suggestion": {"event": "{event}"},
	"links.link": {
		"integration": "{account}",
		"remote_entity": "brand",
		"external_id": "L-1",
		"document_type": "Brand",
		"document_name": "{document}",
	},
	"presets.options": {},
	"presets.describe": {"preset": "ERPNext"},
	"presets.export_account": {"account": "{account}", "name": "A Shop"},
	"presets.apply_to_account": {"account": "{account}", "preset": "Custom REST API"},
	"presets.connect": {
		"preset": "ERPNext",
		"values": '{{"account_name": "Made by a call"}}',
		"entries": '{{"address": "https://example.com", "api_key": "k", "api_secret": "s"}}',
	},
	"presets.add_flows": {"account": "{account}", "preset": "ERPNext", "flows": '["Customers"]'},
	"presets.suggestions": {"preset": "WooCommerce", "company": "{company}"},
	"presets.switch_on": {"account": "{account}"},
	"preset_releases.updates": {"account": "{account}"},
	"preset_releases.take_over": {"flow": "{flow}", "release": "9"},
	"webhook_subscriptions.state": {"account": "{account}"},
	"webhook_subscriptions.register": {"account": "{account}"},
	"webhook_subscriptions.remove": {"account": "{account}"},
	"webhook_subscriptions.forget": {"account": "{account}"},
	"alerts.send_test": {"receiver": "{receiver}"},
	"alerts.send_digest": {"receiver": "{receiver}"},
}
USER_TOO: dict[str, dict[str, Any]] = {
	"accounts.health": {"account": "{account}"},
	"dashboard.overview": {},
	"dashboard.events_by_day": {},
	"dashboard.health": {},
	"monitoring.health": {},
	"monitoring.metrics": {},
	"events.retry": {"names": '["{event}"]'},
	"events.replay": {"names": '["{event}"]'},
	"events.older_than_sent": {"names": '["{event}"]'},
	"events.cancel": {"names": '["{event}"]'},
	"events.retry_by_filter": {"filters": "[]"},
	"events.reasons": {"filters": "[]"},
	"review.items": {},
	"review.conflict": {"event": "{event}"},
	"events.document_state": {"doctype": "Brand", "name": "{document}"},
	"events.resolve_conflict": {"name": "{event}", "side": "here"},
	"offers.flows": {"doctype": "Brand"},
	"offers.ask": {"flow": "{flow}", "name": "{document}"},
	"offers.choose": {"flow": "{flow}", "name": "{document}", "token": "none", "number": "0"},
	"parcels.of_note": {"name": "{note}"},
	"parcels.proposal": {"name": "{note}"},
	"parcels.send": {"name": "{note}", "values": "{{}}"},
	"pulls.state": {"mapping": "{flow}"},
	"events.not_done": {"doctype": "Sync Backfill", "names": "[]"},
	"reconciliation.summary": {"name": "{comparison}"},
}
# Answers nothing, rather than an error, to users without a role: it is asked by the form of every document.
QUIET = {"events.document_state"}
# Callers from outside are told apart by rules of their own, which have their own tests.
OWN_RULES = ("v1.", "webhook.", "oauth.", "installation.", "listing.")
READS = {
	"accounts.health", "accounts.signing_schemes", "accounts.verification_schemes", "dashboard.events_by_day", "dashboard.health", "dashboard.overview", "events.document_state", "events.not_done", "events.older_than_sent", "events.reasons", "flows.field_options", "flows.transforms", "monitoring.health", "monitoring.metrics",
	"flows.export_mapping", "exemptions.choices", "links.kinds", "links.suggestion", "offers.flows", "parcels.of_note", "parcels.proposal", "review.conflict", "review.items", "review.match", "presets.options", "presets.describe", "presets.export_account", "presets.suggestions", "pulls.state",
	"preset_releases.updates", "webhook_subscriptions.state",
}  # fmt: skip


def answer_of(name: str) -> int:
	"""The status of a call that is let through: a monitor is told 503 on a site without workers, as this one."""
	return 503 if name == "monitoring.health" else 200


def open_functions() -> list[str]:
	"""`module:function` of all functions of this app that are open to HTTP, read off the syntax trees."""
	found = []
	for file in sorted(APP.rglob("*.py")):
		module = ".".join(("erp_connect", *file.relative_to(APP).with_suffix("").parts))
		if "tests" in module.split("."):
			continue
		found += [f"{module}:{name}" for name in _whitelisted(ast.parse(file.read_text(encoding="utf-8")))]
	return found


def _whitelisted(tree: ast.AST, prefix: str = "") -> list[str]:
	found = []
	for node in getattr(tree, "body", ()):
		if isinstance(node, ast.ClassDef):
			found += _whitelisted(node, f"{prefix}{node.name}.")
		elif isinstance(node, ast.FunctionDef) and any(
			"whitelist" in ast.dump(d) for d in node.decorator_list
		):
			found.append(prefix + node.name)
	return found


def short(path: str) -> str:
	return path.replace(":", ".").removeprefix("erp_connect.api.")


class TestFunctions(HttpTestCase):
	def test_every_function_open_to_http_is_in_a_table(self):
		found = {short(path) for path in open_functions()}
		known = {*MANAGER_ONLY, *USER_TOO}
		self.assertTrue(found)
		self.assertEqual({name for name in found if not name.startswith(OWN_RULES)}, known)

	def test_every_function_is_registered_as_it_is_written(self):
		for path in open_functions():
			module, names = path.split(":")
			function = attrgetter(names)(importlib.import_module(module))
			self.assertIn(function, frappe.whitelisted, path)
			if not path.startswith("erp_connect.api.webhook:"):
				self.assertNotIn(function, frappe.guest_methods, path)

	def test_nobody_without_a_role_may_call_anything(self):
		before = self.state()
		for who in ("guest", "nobody", "website"):
			for name, wanted in (MANAGER_ONLY | USER_TOO).items():
				if name in QUIET and who != "guest":
					continue
				answer = self.call(who, name, **self.arguments(wanted))
				self.assertIn(answer.status_code, (401, 403), f"{who} called {name}: {answer.text[:300]}")
				self.assertIsNone(answer.json().get("message"), f"{who} called {name}")
		self.assertEqual(self.state(), before)
		self.assertEqual(len(self.arrived()), 1)

	def test_users_who_may_only_look_cannot_configure(self):
		before = self.state()
		for name, wanted in MANAGER_ONLY.items():
			answer = self.call("user", name, **self.arguments(wanted))
			self.assertEqual(answer.status_code, 403, f"{name}: {answer.text[:300]}")
		self.assertEqual(self.state(), before)
		self.assertEqual(len(self.arrived()), 1)

	def test_those_who_may_are_let_through(self):
		for who, table in (("user", USER_TOO), ("manager", MANAGER_ONLY | USER_TOO)):
			for name, wanted in table.items():
				answer = self.call(who, name, **self.arguments(wanted))
				# 417: let in, and told that something does not fit, such as an account without Connected App.
				self.assertIn(
					answer.status_code, (answer_of(name), 417), f"{who} called {name}: {answer.text[:600]}"
				)

	def test_writes_do_not_answer_to_get(self):
		before = self.state()
		for name, wanted in (MANAGER_ONLY | USER_TOO).items():
			answer = self.call("manager", name, "GET", **self.arguments(wanted))
			if name in READS:
				self.assertEqual(answer.status_code, answer_of(name), f"{name}: {answer.text[:300]}")
			else:
				self.assertEqual(answer.status_code, 403, f"{name}: {answer.text[:300]}")
		self.assertEqual(self.state(), before)

	def test_arguments_of_another_kind_are_refused(self):
		before = self.state()
		wild = {"name": ["!=", ""]}
		for name, wanted in (MANAGER_ONLY | USER_TOO).items():
			for key in wanted:
				if key in ("mapping", "account", "filters", "names", "flows") and name in (
					"flows.preview", "flows.preview_page", "pulls.preview", "samples.show", "samples.take", "samples.paste", "samples.preview", "samples.rows", "samples.test",
					"presets.apply_to_account", "presets.add_flows", "presets.connect", "dashboard.events_by_day",
					"events.retry", "events.replay", "events.cancel", "events.retry_by_filter", "reconciliation.repair",
					"reconciliation.ignore",
				):  # fmt: skip
					continue  # takes objects or lists, and has tests of its own
				answer = self.call("manager", name, **{**self.arguments(wanted), key: wild})
				self.assertIn(answer.status_code, (417, 400), f"{name}({key}): {answer.text[:300]}")
		self.assertEqual(self.state(), before)

	def test_lists_of_events_hold_names_only(self):
		before = self.state()
		for names in ([["!=", ""]], [{"name": ["!=", ""]}], {"name": "x"}, '[["!=", ""]]', "x", "{}"):
			for name in ("events.retry", "events.replay", "events.cancel", "reconciliation.repair"):
				who = "manager" if name in MANAGER_ONLY else "user"
				answer = self.call(who, name, names=names)
				self.assertIn(
					answer.status_code, (400, 403, 404, 417), f"{name}({names}): {answer.text[-600:]}"
				)
		self.assertEqual(self.state(), before)


class TestCsrf(HttpTestCase):
	def test_a_browser_session_needs_its_token(self):
		browser = requests.Session()
		login = {"usr": PEOPLE["manager"][0], "pwd": PASSWORD}
		self.assertEqual(
			browser.post(f"{self.site.url}/api/method/login", data=login, timeout=60).status_code, 200
		)
		page = browser.get(f"{self.site.url}/app", timeout=60).text
		token = re.search(r'frappe\.csrf_token = "(\w+)"', page)
		self.assertTrue(token, page[:500])
		pause = f"{self.site.url}/api/method/erp_connect.api.accounts.pause"
		refused = browser.post(pause, json={"account": make.ACCOUNT}, timeout=60)
		self.assertEqual(refused.status_code, 400, refused.text)
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		accepted = browser.post(
			pause, json={"account": make.ACCOUNT}, headers={"X-Frappe-CSRF-Token": token[1]}, timeout=60
		)
		self.assertEqual(accepted.status_code, 200, accepted.text[:300])
		frappe.db.rollback()
		self.assertTrue(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))


class TestSecrets(HttpTestCase):
	def test_no_password_field_leaves_the_site(self):
		for who in ("user", "manager"):
			answer = self.resource(who, "Integration Settings", make.ACCOUNT)
			self.assertEqual(answer.status_code, 200, answer.text[:300])
			self.assertNotIn(SECRET, answer.text)
			self.assertNotIn("QUJDREVG", answer.text)
			fields = json.dumps([field.fieldname for field in secret_fields("Integration Settings")])
			answer = self.resource(who, "Integration Settings", fields=fields)
			self.assertNotIn(SECRET, answer.text)
			self.assertNotIn("QUJDREVG", answer.text)
		answer = self.call("manager", "flows.export_mapping", "GET", mapping="Test Brand")
		self.assertNotIn(SECRET, answer.text)

	def test_no_secret_stands_in_what_was_recorded(self):
		for who in ("user", "manager"):
			for doctype in ("Sync Log", "Sync Attempt"):
				answer = self.resource(who, doctype, fields='["*"]')
				self.assertTrue(answer.json()["data"], doctype)
				self.assertNotIn(SECRET, answer.text)
		self.assertEqual(self.arrived("/brands")[0].header("Authorization"), f"Bearer {SECRET}")

	def test_secrets_cannot_be_read_by_the_way_of_other_functions(self):
		for path, arguments in (
			(
				"frappe.client.get_password",
				{"doctype": "Integration Settings", "name": make.ACCOUNT, "fieldname": "token"},
			),
			("frappe.client.get_list", {"doctype": "__Auth", "fields": '["*"]'}),
		):
			answer = self.people["manager"].post(
				f"{self.site.url}/api/method/{path}", json=arguments, timeout=60
			)
			self.assertGreaterEqual(answer.status_code, 400, path)
			self.assertNotIn(SECRET, answer.text)


def secret_fields(doctype: str) -> list:
	return frappe.get_meta(doctype).get("fields", {"fieldtype": "Password"})


class TestEvents(HttpTestCase):
	"""A Sync Log row shows what its document shows, so it is as visible as that."""

	def seen(self, who: str, doctype: str, **filters: Any) -> list[str]:
		answer = self.resource(who, doctype, filters=json.dumps(filters), limit_page_length=0)
		self.assertEqual(answer.status_code, 200, answer.text[:300])
		return [row["name"] for row in answer.json()["data"]]

	def assert_hidden(self, who: str, doctype: str, name: str) -> None:
		self.assertNotIn(name, self.seen(who, doctype))
		answer = self.resource(who, doctype, name)
		self.assertEqual(answer.status_code, 403, answer.text[:300])
		self.assertNotIn("the content of a document", answer.text)

	def assert_seen(self, who: str, doctype: str, name: str) -> None:
		self.assertIn(name, self.seen(who, doctype))
		self.assertEqual(self.resource(who, doctype, name).status_code, 200)

	def test_those_who_may_not_read_the_doctype_do_not_see_its_events(self):
		attempt = frappe.get_all("Sync Attempt", pluck="name")[0]
		for doctype, name in (("Sync Log", self.known["event"]), ("Sync Attempt", attempt)):
			self.assert_hidden("blind", doctype, name)
			self.assert_seen("user", doctype, name)
		for name in ("events.retry", "events.replay", "events.cancel"):
			answer = self.call("blind", name, names=json.dumps([self.known["event"]]))
			self.assertEqual(answer.status_code, 403, name)
		self.assertEqual(self.call("blind", "events.retry_by_filter", filters="[]").json()["message"], 0)
		answer = self.call("blind", "events.document_state", doctype="Brand", name=self.brand.name)
		self.assertEqual(answer.status_code, 403)

	def test_those_who_may_read_some_documents_see_the_events_of_these(self):
		other = make.brand("the content of a document")
		self.receiver.script("/brands", Reply(201, {"id": "R-7"}))
		self.deliver()
		mine, theirs = self.known["event"], self.event(reference_name=other.name).name
		restrict(self, PEOPLE["user"][0], "Brand", self.brand.name)
		attempts = dict(frappe.get_all("Sync Attempt", fields=["sync_log", "name"], as_list=True))
		links = dict(frappe.get_all("Sync Link", fields=["document_name", "name"], as_list=True))
		self.assert_seen("user", "Sync Log", mine)
		self.assert_seen("user", "Sync Attempt", attempts[mine])
		self.assert_hidden("user", "Sync Log", theirs)
		self.assert_hidden("user", "Sync Attempt", attempts[theirs])
		self.assert_hidden("user", "Sync Link", links[other.name])
		answer = self.call("user", "events.retry", names=json.dumps([theirs]))
		self.assertEqual(answer.status_code, 403)
		counted = self.call("user", "dashboard.events_by_day", "GET").json()["message"]["datasets"]
		self.assertEqual(sum(sum(dataset["values"]) for dataset in counted), 1)

	def test_a_percent_sign_in_a_name_is_no_format_of_a_query(self):
		names = [f"{sign} {make.unique('off')}" for sign in ("50%", "%s", "%(x)s", "'%%", "\\%", '"%')]
		for name in names:
			make.brand(name=name)
		self.deliver()
		events = {name: self.event(reference_name=name).name for name in names}
		for name in names:
			with self.subTest(name):
				restrict(self, PEOPLE["user"][0], "Brand", name)
				self.assert_seen("user", "Sync Log", events[name])
				self.assert_hidden("user", "Sync Log", self.known["event"])
				frappe.cache.delete_keys("erp_connect_events_by_day")
				counted = self.call("user", "dashboard.events_by_day", "GET").json()["message"]["datasets"]
				self.assertEqual(sum(sum(dataset["values"]) for dataset in counted), 1)

	def test_what_is_said_of_a_deleted_document_is_for_those_who_may_read_all_of_them(self):
		name = self.known["event"]
		frappe.delete_doc("Brand", self.brand.name)
		self.commit()
		self.assert_seen("user", "Sync Log", name)
		restrict(self, PEOPLE["user"][0], "Brand", make.brand().name)
		self.assert_hidden("user", "Sync Log", name)

	def test_user_permissions_on_company_hold(self):
		other = other_company()
		name = self.known["event"]
		attempt = frappe.get_all("Sync Attempt", pluck="name")[0]
		restrict(self, PEOPLE["user"][0], "Company", other)
		self.assert_hidden("user", "Sync Log", name)
		self.assert_hidden("user", "Sync Attempt", attempt)
		self.assertEqual(self.call("user", "events.retry_by_filter", filters="[]").json()["message"], 0)
		self.assertEqual(self.call("user", "accounts.health", "GET", account=make.ACCOUNT).status_code, 403)
		restrict(self, PEOPLE["user"][0], "Company", make.company())
		self.assert_seen("user", "Sync Log", name)
		self.assert_seen("user", "Sync Attempt", attempt)

	def test_nobody_writes_history_by_hand(self):
		for doctype, name in (("Sync Log", self.known["event"]),):
			address = f"{self.site.url}/api/resource/{doctype}/{name}"
			answer = self.people["manager"].put(address, json={"status": "Delivered"}, timeout=60)
			self.assertEqual(answer.status_code, 403, answer.text[:300])
			answer = self.people["manager"].post(
				f"{self.site.url}/api/resource/{doctype}",
				json={"status": "Queued", "integration": make.ACCOUNT},
				timeout=60,
			)
			self.assertEqual(answer.status_code, 403, answer.text[:300])
		self.assertEqual(self.event().status, "Failed")

	def test_those_who_may_only_look_change_no_settings_through_resources(self):
		before = self.state()
		for doctype, name, values in (
			("Integration Settings", make.ACCOUNT, {"base_url": "https://evil.example"}),
			("Field Mapping", "Test Brand", {"enabled": 0}),
		):
			for who in ("user", "nobody", "website", "guest"):
				address = f"{self.site.url}/api/resource/{doctype}/{name}"
				self.assertIn(self.people[who].put(address, json=values, timeout=60).status_code, (401, 403))
				self.assertIn(self.people[who].delete(address, timeout=60).status_code, (401, 403))
		self.assertEqual(self.state(), before)


class TestConnectionTest(HttpTestCase):
	def forbid_loopback(self) -> None:
		allow_networks([])
		self.addCleanup(allow_networks, LOOPBACK)

	def test_private_addresses_are_refused_where_the_site_config_does_not_name_them(self):
		self.forbid_loopback()
		self.receiver.forget()
		told = accounts.test_connection(make.ACCOUNT)
		self.assertFalse(told["ok"])
		self.assertIsNone(told["status"])
		self.assertTrue(told["advice"])
		self.assertEqual(self.arrived(), [])

	def test_private_addresses_cannot_even_be_saved(self):
		self.forbid_loopback()
		for url in (
			"http://127.0.0.1:9",
			"https://169.254.169.254/latest",
			"https://[::1]/",
			"https://2130706433/",
		):
			doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
			doc.base_url = url
			with self.assertRaises(frappe.ValidationError, msg=url):
				doc.save()

	def test_the_body_of_the_answer_is_not_returned(self):
		self.receiver.script("/ping", Reply(200, {"internal": "what stands behind the firewall"}))
		told = accounts.test_connection(make.ACCOUNT)
		self.assertTrue(told["ok"], told)
		self.assertEqual(set(told), {"ok", "called", "status", "milliseconds", "message", "advice", "checks"})
		self.assertNotIn("firewall", json.dumps(told))
		self.assertNotIn(SECRET, json.dumps(told))
