"""One function for each picture: goes where a person would, and takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

from scenery import FROM_TRADE, SAMPLE, SHOP, TO_TRADE, TRADE, Scenery
from studio import Studio

DIALOG = ".modal.show"
# The bars of a chart grow for a while.
CHART = (
	"[...document.querySelectorAll('.frappe-chart rect.bar')].some((bar) => bar.getAttribute('height') > 20)"
)
FILLED = {
	"input_address": "https://linden-street.example",
	"input_consumer_key": "ck_5b1f09c7d2",
	"input_consumer_secret": "cs_0d4a7e91b8",
}


class Scenes:
	"""The pictures, in the order in which they are taken."""

	def __init__(self, studio: Studio, scenery: Scenery) -> None:
		self.studio, self.desk, self.scenery = studio, studio.desk, scenery

	def workspace(self) -> None:
		self.studio.open("/app/erp-connect", "Waits for you")
		self.studio.until("!!document.querySelector('.erp-connect-overview')", "the overview")
		self.studio.take("workspace", height=1180, drawn=CHART)

	def systems(self) -> None:
		self._choose()
		self.studio.take("systems")

	def _choose(self) -> None:
		self.studio.open("/app/integration-settings", SHOP)
		self.desk.click("Connect a System")
		self.desk.see("Which system?")
		self.desk.see("WooCommerce")

	def connect(self) -> None:
		self._choose()
		self.desk.press("[data-system='WooCommerce']")
		self.desk.see("Connect WooCommerce")
		self.desk.settle()
		known = {f"input_{key}": value for key, value in self.scenery.ledger.items()}
		for fieldname, value in {**FILLED, **known}.items():
			self.desk.fill(fieldname, value)
		self.studio.take("connect", height=1500)

	def account(self) -> None:
		self._open_account()
		self.studio.take("account")

	def _open_account(self) -> None:
		self.studio.open(f"/app/integration-settings/{quote(TRADE)}", "Test Connection")

	def health(self) -> None:
		self._open_account()
		self.desk.click("Status", ".nav-link")
		self.desk.see("Failures in a row")
		self.studio.take("health", height=700)

	def health_page(self) -> None:
		self.studio.open("/app/connect-health", "Workers")
		self.studio.take("health-page", height=1100)

	def flow(self) -> None:
		self.studio.open(f"/app/field-mapping/{quote(FROM_TRADE)}", "Fields")
		self.desk.click("Fields", ".nav-link")
		self.desk.see("Fields of both sides")
		self.desk.click("Paste…")
		self.desk.fill("text", json.dumps(SAMPLE))
		self.desk.click("Use as Sample", ".modal-footer button")
		self.desk.see("Freelance is none of")
		self.studio.take("flow", height=1500)

	def preview(self) -> None:
		self.studio.open(f"/app/field-mapping/{quote(TO_TRADE)}", "Preview")
		self.desk.click("Preview")
		self.desk.fill("document", self.scenery.customer)
		self.desk.see("This would be sent")
		self.studio.take("preview")

	def preview_all(self) -> None:
		self.studio.open(f"/app/field-mapping/{quote(TO_TRADE)}", "Preview")
		self.desk.click("Preview All", ".inner-group-button button, .page-actions button")
		self.desk.see("Nothing is sent and nothing is saved.")
		self.desk.click("Preview", ".modal-footer button")
		self.studio.until("!!document.querySelector('.erp-connect-preview [data-outcome]')", "the counts")
		self.desk.settle()
		self.studio.take("preview-all")

	def skip_or_pin(self) -> None:
		self.studio.open(f"/app/customer/{quote(self.scenery.customer)}", "Sync")
		self.desk.press(".page-head:not(.hide) .menu-btn-group > button")
		self.desk.click("Skip or Pin…", ".menu-item-label, .dropdown-item")
		self.desk.see("Holds until it is taken back")
		self.studio.take("skip-or-pin", height=700)

	def events(self) -> None:
		self.studio.open("/app/sync-log", "Delivered")
		self.studio.take("events")

	def reasons(self) -> None:
		self.studio.open("/app/sync-log", "Delivered")
		self.desk.click("Group by Reason")
		self.desk.see("reasons.")
		self.studio.take("reasons")

	def event(self) -> None:
		self.studio.open(f"/app/sync-log/{self.scenery.refused_event}", "What happened")
		self.studio.until("document.querySelectorAll('.erp-connect-timeline li').length > 2", "the timeline")
		self.desk.run(
			"[...document.querySelectorAll('.erp-connect-timeline details')].forEach((one, at) => (one.open = at > 0))"
		)
		self.studio.take("event", height=1040)

	def review(self) -> None:
		self._open_review()
		self.studio.take("review-order", height=600)

	def _open_review(self) -> None:
		self.studio.open("/app/connect-review", "Which document?")
		self.studio.until("!!document.querySelector('[data-part=detail] > *')", "the desk")

	def match(self) -> None:
		self._open_review()
		self.desk.press("[data-kind=match]")
		self.desk.see("Link and Retry")
		self.studio.take("review-match", height=760)

	def document(self) -> None:
		self.studio.open(f"/app/customer/{quote(self.scenery.customer)}", "Sync")
		self.studio.until("!!document.querySelector('[data-sync-now]')", "the section Sync")
		self.studio.take("document", height=700)

	def alerts(self) -> None:
		self.studio.open("/app/sync-alert", "Failed events")
		self.studio.take("alerts", height=600)

	def traffic(self) -> None:
		self.studio.open("/app/query-report/Connect Traffic", SHOP)
		self.studio.take("traffic", height=560)

	def all(self, names: list[str]) -> None:
		"""Take each, or those of these names, and let no page leave an error in the console."""
		for scene in (
			self.workspace, self.systems, self.connect, self.account, self.health, self.health_page, self.flow, self.preview,
			self.preview_all, self.skip_or_pin, self.events, self.reasons, self.event, self.review, self.match, self.document, self.alerts, self.traffic,
		):  # fmt: skip
			if not names or scene.__name__ in names:
				self._take(scene)

	def _take(self, scene: Callable[[], None]) -> None:
		try:
			scene()
		except Exception as error:
			raise AssertionError(f"the picture “{scene.__name__}” was not taken") from error
		if errors := self.desk.errors():
			raise AssertionError(f"errors in the console at “{scene.__name__}”: {errors}")
