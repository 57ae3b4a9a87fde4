"""A copy of the site on another host sends, fetches and accepts nothing until a System Manager confirms it."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import frappe

from erp_connect import install
from erp_connect.api import accounts
from erp_connect.api import installation as api
from erp_connect.calls import connection
from erp_connect.core.errors import ConfigurationError
from erp_connect.inbound.process import process
from erp_connect.operate import sweep
from erp_connect.store import installation
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import API, HEADERS, HOOK, InboundTestCase, signature, wsgi
from erp_connect.tests.bench.pull_case import PullCase


class TestCopy(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(self.forget)
		self.forget()

	def forget(self) -> None:
		"""This installation is confirmed, and no other."""
		frappe.db.rollback()
		frappe.db.delete("DefaultValue", {"defkey": installation.CONFIRMED})
		installation.confirm()
		frappe.db.commit()

	def elsewhere(self):
		"""As on another host: the site's folder has another file."""
		return patch.object(installation, "_id_of_site", return_value="another")

	def test_the_installation_it_was_set_up_on_is_not_held(self):
		self.assertFalse(installation.is_held())
		self.assertEqual(api.state(), {"held": False, "waiting": 0, "may_confirm": False})

	def test_nothing_is_sent(self):
		make.brand_flow()
		make.brand()
		self.commit()
		with self.elsewhere():
			self.deliver()
			sweep.sweep()
			self.assertEqual(self.statuses(), ["Queued"], "it is recorded all the same")
			self.assertEqual(api.state(), {"held": True, "waiting": 1, "may_confirm": True})
			paused = frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused")
		self.assert_arrived(0)
		self.assertFalse(paused)
		self.deliver()
		self.assert_arrived(1)

	def test_nothing_is_called_by_whatever_way(self):
		with self.elsewhere():
			self.assertRaises(ConfigurationError, connection.open_client)
			tested = accounts.test_connection(make.ACCOUNT)
		self.assertFalse(tested["ok"])
		self.assertIn("copy of another installation", tested["message"])
		self.assert_arrived(0)

	def test_nothing_is_accepted_and_what_came_before_is_not_written(self):
		self.assertEqual(self.hook({"id": 1}).status_code, 200)
		raw = b"{}"
		headers = {"Content-Type": "application/json", "X-Shopify-Hmac-Sha256": signature(raw),
			"X-Shopify-Topic": "a/b", "X-Shopify-Webhook-Id": "w"}  # fmt: skip
		with self.elsewhere():
			hook = wsgi("POST", HOOK + self.account.endpoint_key, headers=headers, data=raw)
			call = wsgi("GET", f"{API}orders", headers=HEADERS)
			process(make.ACCOUNT)
		self.assertEqual((hook.status_code, call.status_code), (503, 503))
		self.assertEqual(call.json["error"]["code"], "unconfirmed_installation")
		self.assertEqual(self.statuses(), ["Received"])

	def test_a_system_manager_confirms_it_and_nobody_else(self):
		with self.elsewhere():
			frappe.set_user(make.user())
			self.assertFalse((api.state() or {}).get("may_confirm"))
			self.assertRaises(frappe.PermissionError, api.confirm)
			frappe.set_user("Administrator")
			api.confirm()
			self.assertFalse(installation.is_held())
		self.assertFalse(installation.is_held(), "the original stays confirmed in its own database")

	def test_a_migration_confirms_the_first_installation_and_no_other(self):
		with self.elsewhere():
			install.after_migrate()
			self.assertTrue(installation.is_held())
			frappe.db.delete("DefaultValue", {"defkey": installation.CONFIRMED})
			self.assertFalse(installation.is_held(), "before the upgrade nothing was remembered")
			install.after_migrate()
			self.assertFalse(installation.is_held())

	def test_a_restored_backup_of_the_same_site_is_not_held(self):
		"""What it remembers is older; the file of the site's folder is the same."""
		remembered = frappe.db.get_value("DefaultValue", {"defkey": installation.CONFIRMED}, "defvalue")
		with self.elsewhere():
			installation.confirm()
		frappe.db.set_value("DefaultValue", {"defkey": installation.CONFIRMED}, "defvalue", remembered)
		self.assertFalse(installation.is_held())


class TestCopyFetches(PullCase):
	def test_nothing_is_fetched(self):
		installation.confirm()
		self.serve(3)
		self.pulls()
		with patch.object(installation, "_id_of_site", return_value="another"):
			self.pull()
			sweep.sweep()
		self.assertEqual((self.source.requests, self.events()), ([], []))
		self.pull()
		self.assertEqual(len(self.stored()), 3)


class TestIdentity(InboundTestCase):
	def machine(self, text: str, *, container: bool):
		marks = (Path("/"),) if container else ()
		return patch.multiple(installation, _machine=lambda: text, CONTAINER_MARKS=marks)

	def test_the_file_is_made_once_for_the_owner_alone(self):
		path = Path(frappe.get_site_path(installation.FILE))
		first = installation.identity()
		self.assertEqual(first, installation.identity())
		self.assertEqual(path.stat().st_mode & 0o777, 0o600)

	def test_a_copied_folder_on_another_machine_differs(self):
		with self.machine("a", container=False):
			here = installation.identity()
		with self.machine("b", container=False):
			self.assertNotEqual(installation.identity(), here)

	def test_a_redeployed_container_is_the_same(self):
		with self.machine("a", container=True), patch.dict(os.environ, {"HOSTNAME": "pod-1"}):
			here = installation.identity()
		with self.machine("b", container=True), patch.dict(os.environ, {"HOSTNAME": "pod-2"}):
			self.assertEqual(installation.identity(), here)

	def test_a_deployment_can_name_itself(self):
		with patch.dict(os.environ, {installation.VARIABLE: "production"}):
			here = installation.identity()
			with (
				patch.object(installation, "_id_of_site", return_value="anew"),
				self.machine("b", container=False),
			):
				self.assertEqual(installation.identity(), here)
		self.assertNotEqual(installation.identity(), here)
