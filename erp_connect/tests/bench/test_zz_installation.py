"""Install, uninstall and migrate, by Frappe's own commands. Runs last, since the app is taken off the site."""

from __future__ import annotations

import subprocess
import sys

import frappe

from erp_connect.config.roles import MANAGER, USER
from erp_connect.store import schema
from erp_connect.tests.base import ConnectTestCase, wipe
from erp_connect.tests.bench import factories as make

COMMAND_SECONDS = 400


class TestInstallation(ConnectTestCase):
	def bench(self, *arguments: str) -> str:
		"""Run a command of Frappe on the site, in another process."""
		site = frappe.local.site
		frappe.db.commit()
		frappe.destroy()
		command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", site, *arguments]
		done = subprocess.run(
			command, capture_output=True, text=True, timeout=COMMAND_SECONDS, stdin=subprocess.DEVNULL
		)
		frappe.init(site=site, sites_path=".")
		frappe.connect()
		# Frappe 16 keeps DocTypes in this process, and hears of changes by a Redis that earlier tests restarted.
		frappe.clear_cache()
		frappe.set_user("Administrator")
		self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-3000:])
		return done.stdout

	def test_it_leaves_nothing_behind_comes_back_complete_and_migrates_twice_the_same(self):
		make.account(self.receiver.url(), auth_type="Bearer Token", token="a-secret-token")
		make.brand_flow()
		doc, waiting = make.brand(), make.brand()
		self.deliver()
		waiting.description = "still waiting"
		waiting.save()
		frappe.get_doc("User", make.user()).add_roles(MANAGER)
		frappe.get_doc("Log Settings").save()  # which puts Sync Log on its list
		self.assertTrue(frappe.db.exists("Logs To Clear", {"ref_doctype": "Sync Log"}))
		brands = frappe.db.count("Brand")
		holders = frappe.get_all(
			"Has Role", {"parenttype": "User", "role": ("in", (MANAGER, USER))}, ["parent", "role"]
		)

		self.bench("uninstall-app", "erp_connect", "--yes", "--no-backup")
		self.assertEqual(self.traces(), [])
		self.assertEqual(frappe.db.count("Brand"), brands)
		frappe.get_doc("Brand", doc.name).save()

		self.bench("install-app", "erp_connect")
		self.assertEqual(schema.missing_indexes(), [])
		for role in (MANAGER, USER):
			self.assertTrue(frappe.db.exists("Role", role))
		self.assertEqual(frappe.db.count("Sync Log"), 0)
		for holder in holders:  # for the tests of another run on this site
			frappe.get_doc("User", holder.parent).add_roles(holder.role)
		make.account(self.receiver.url("/again"))
		make.brand_flow()
		doc = frappe.get_doc("Brand", doc.name)
		doc.description = "after the second installation"
		doc.save()
		self.deliver()
		self.assert_arrived(1, "/again/brands")

		waiting = make.brand("in flight while the site is migrated")
		self.bench("migrate", "--skip-search-index")
		first = self.shape()
		self.bench("migrate", "--skip-search-index")
		self.assertEqual(self.shape(), first)
		self.deliver()
		self.assertEqual(self.event(reference_name=waiting.name).status, "Delivered")

	def tables(self) -> list[str]:
		found = frappe.db.sql_list(
			"SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
			" AND (table_name LIKE 'tabSync %%' OR table_name LIKE 'tabIntegration %%' OR table_name LIKE 'tabField Mapping%%'"
			" OR table_name LIKE 'tabValue Map%%')"
		)
		return sorted(set(found) - {"tabIntegration Request"})

	def traces(self) -> list:
		"""What of the app is on the site outside of its DocTypes' code."""
		columns = {
			"DocType": ("module", "ERP Connect"),
			"Property Setter": ("property", ("like", "erp_connect_%")),
			"Role": ("name", ("in", (MANAGER, USER))),
			"Has Role": ("role", ("in", (MANAGER, USER))),
			"Custom DocPerm": ("role", ("in", (MANAGER, USER))),
			"Custom Field": ("module", "ERP Connect"),
			"Module Def": ("app_name", "erp_connect"),
			"Scheduled Job Type": ("method", ("like", "erp_connect.%")),
			"Workspace": ("module", "ERP Connect"),
			"Number Card": ("module", "ERP Connect"),
			"Dashboard Chart": ("module", "ERP Connect"),
			"Report": ("module", "ERP Connect"),
			"Page": ("module", "ERP Connect"),
			"Module Onboarding": ("module", "ERP Connect"),
			"Onboarding Step": ("name", ("like", "ERP Connect%")),
			"Workspace Sidebar": ("title", "ERP Connect"),
			"Desktop Icon": ("label", "ERP Connect"),
		}
		found = [
			(d, n)
			for d, (field, value) in columns.items()
			if frappe.db.table_exists(d)
			for n in frappe.get_all(d, {field: value}, pluck="name")
		]
		found += frappe.db.sql("SELECT DISTINCT doctype FROM `__Auth` WHERE doctype LIKE 'Integration %%'")
		found += frappe.get_all("Logs To Clear", {"ref_doctype": ("like", "Sync %")}, pluck="name")
		return found + self.tables()

	def shape(self) -> dict:
		"""Tables, property setters, roles and jobs of the app, to compare two migrations."""
		return {
			"tables": {
				table: frappe.db.sql(f"SHOW CREATE TABLE `{table}`")[0][1].split("AUTO_INCREMENT=")[0]
				for table in self.tables()
			},
			"setters": sorted(
				frappe.get_all("Property Setter", {"property": ("like", "erp_connect_%")}, pluck="value")
			),
			"roles": frappe.get_all(
				"Role", {"name": ("in", (MANAGER, USER))}, pluck="creation", order_by="name"
			),
			"jobs": sorted(
				frappe.get_all("Scheduled Job Type", {"method": ("like", "erp_connect.%")}, pluck="name")
			),
			"events": frappe.db.count("Sync Log"),
		}

	def tearDown(self) -> None:
		# A failure in the middle must not leave the site without the app.
		if "erp_connect" not in frappe.get_installed_apps():
			self.bench("install-app", "erp_connect")
		wipe()
