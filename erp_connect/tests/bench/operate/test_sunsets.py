"""The end of an API version: told in time on the account, and once to those who look after it."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.utils import add_days, getdate

from erp_connect import hooks
from erp_connect.api import accounts, preset_releases, presets
from erp_connect.calls import notices
from erp_connect.operate import sunsets
from erp_connect.operate.alerts import notify
from erp_connect.operate.alerts.due import look
from erp_connect.store import alerts as stored
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.operate.test_preset_releases import PRESET, newer
from erp_connect.tests.bench.preset_case import PresetFolder


class TestSunsets(PresetFolder, ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.told: list[tuple[list[str], dict]] = []
		self.enterContext(
			patch.object(notices, "enqueue_create_notification", lambda *told: self.told.append(told))
		)
		self.manager = make.user("sunset-manager@example.com", ("Integration Manager",))

	def ship_until(self, days: int | None, preset=PRESET) -> None:
		sunset = {} if days is None else {"sunset": str(add_days(getdate(), days))}
		self.ship({**preset, "api_version": "2026-10", **sunset})

	def account(self):
		return make.account(self.receiver.url(), system="Fair Shop")

	def health(self) -> dict:
		return accounts.health(make.ACCOUNT)

	def test_it_is_told_from_sixty_days_before(self):
		self.ship_until(None)
		self.account()
		for days, told in ((None, False), (61, False), (60, True), (1, True)):
			with self.subTest(days=days):
				self.ship_until(days)
				health = self.health()
				self.assertEqual(bool(health["sunset"]), told)
				self.assertEqual(health["sunset"] in health["warnings"], told)
				if told:
					self.assertIn("Fair Shop stops answering", health["sunset"])
					self.assertIn("Actions → Update from Preset", health["sunset"])
		self.ship_until(0)
		self.assertIn("has stopped answering", self.health()["sunset"])

	def look(self, days: int = 0) -> None:
		"""Let days pass, look for what is wrong, and tell it."""
		for field in ("told_at", "seen_at") if days else ():
			frappe.db.sql(f"UPDATE `tabSync Alert` SET `{field}` = `{field}` - INTERVAL %s DAY", days)
		frappe.db.commit()
		look()
		for account in stored.accounts_to_tell():
			notify.run(account)
		frappe.db.rollback()

	def test_those_who_look_after_it_are_told_once_and_when_it_is_over(self):
		self.ship_until(61)
		self.account()
		self.look()
		self.assertEqual(self.told, [])
		self.ship_until(40)
		for days in (0, 1, 3):
			self.look(days)
		((users, notice),) = self.told
		self.assertIn(self.manager, users)
		self.assertEqual(notice["document_name"], make.ACCOUNT)
		self.assertIn("API version ends", notice["subject"])
		self.assertIn("Update from Preset", notice["email_content"])
		self.ship_until(400)
		self.look(1)
		self.assertEqual(len(self.told), 2)

	def test_nobody_is_told_of_a_disabled_account(self):
		self.ship_until(10)
		doc = self.account()
		doc.enabled = 0
		doc.save()
		self.look()
		self.assertEqual(self.told, [])

	def test_an_account_of_an_older_release_keeps_the_day_of_its_own(self):
		self.ship_until(30)
		self.account()
		(flow,) = presets.add_flows(make.ACCOUNT, "Fair Shop", ["Brands"])
		self.ship_until(400, newer())
		told = self.health()["sunset"]
		self.assertIn("A newer release of its preset is there: press Actions → Update from Preset", told)
		preset_releases.take_over(flow, "1.10")
		self.assertEqual(self.health()["sunset"], "")
		self.assertEqual(
			frappe.db.get_value("Integration Settings", make.ACCOUNT, "preset_sunset"),
			getdate(add_days(getdate(), 400)),
		)
		self.look()
		self.assertEqual(self.told, [])

	def test_a_day_that_is_announced_later_is_remembered_for_when_the_preset_goes_on(self):
		self.ship_until(None)
		self.account()
		presets.add_flows(make.ACCOUNT, "Fair Shop", ["Brands"])
		self.ship_until(70)
		sunsets.remember()
		self.ship_until(None, newer())
		self.assertEqual(self.health()["sunset"], "")
		with patch.object(
			sunsets, "getdate", lambda *day: getdate(*day) if day else getdate(add_days(getdate(), 15))
		):
			self.assertIn("stops answering", self.health()["sunset"])

	def test_a_form_that_was_open_meanwhile_can_be_saved(self):
		self.ship_until(None)
		doc = self.account()
		doc.reload()
		self.ship_until(20)
		sunsets.remember()
		doc.test_path = "/me"
		doc.save()
		self.assertEqual(
			frappe.db.get_value("Integration Settings", make.ACCOUNT, "preset_sunset"),
			getdate(add_days(getdate(), 20)),
		)
		self.assertIn("erp_connect.operate.sunsets.remember", hooks.scheduler_events["daily"])
