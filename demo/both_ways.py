"""Scenes in which both sides have customers of their own: they are pulled, changed here and there, and compared.

Each scene checks on both sides what it shows, and raises `Failed` where they are not as promised.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from stage import DIM, LONG_PATIENCE, PLAIN, Failed, Stage, words

from erp_connect.api import events as decisions
from erp_connect.api import pulls, reconciliation

FLOW = "Demo shop: customers"
NAMES = (
	"Fern Bakery", "Moss Pharmacy", "Linden Hotel", "Cedar Clinic", "Juniper Books", "Maple Garage", "Aspen Tools",
)  # fmt: skip
# Field here → field at the shop, of those that go both ways.
FIELDS = {
	"customer_name": "name",
	"customer_type": "type",
	"customer_group": "group",
	"territory": "region",
	"disabled": "blocked",
}
KINDS = {
	"missing_here": "missing here",
	"missing_there": "missing there",
	"different": "different",
	"orphan_links": "orphan links",
}


@dataclass(frozen=True)
class Compared:
	"""run: the Sync Reconciliation. found: (kind, Customer or id) → finding."""

	run: str
	found: dict[tuple[str, str], dict[str, Any]]


class BothWays:
	"""The scenes of one run. number: of the run, which makes names new."""

	def __init__(self, stage: Stage, number: int) -> None:
		self.stage = stage
		self.outside = stage.outside
		self.names = [f"{name} {number}" for name in NAMES]

	def play(self) -> None:
		self.bring()
		self.find_nothing()
		self.follow()
		self.decide()

	def bring(self) -> None:
		def act() -> None:
			for name in self.names:
				self.outside.staff(name=name, group="Commercial", region="United States")

		_, last = self.stage.begin(f"The shop has {len(NAMES)} customers of its own: they are pulled", act)
		state = self.pull(last)
		made = frappe.db.count("Customer", {"name": ("in", self.names)})
		self.tell(state, f"{made} Customers are new")
		print(f"       {DIM}{', '.join(self.names)}{PLAIN}")
		if made != len(NAMES):
			raise Failed(f"{made} Customers were made of {len(NAMES)}: {words(self.stage.events(last))}")
		for name in self.names:
			self.check_equal(name)

	def find_nothing(self) -> None:
		_, last = self.stage.begin("Pulled again: the last five minutes are looked at once more")
		state = self.pull(last)
		self.tell(state, "nothing new")
		if state.queued or self.stage.events(last):
			raise Failed(f"{state.queued} records were taken for new: {words(self.stage.events(last))}")

	def follow(self) -> None:
		name, number = self.names[0], self.id_of(self.names[0])
		began, last = self.stage.begin(
			f"The shop moves {name} to another group: that is pulled, and not sent back",
			lambda: self.outside.staff(id=number, group="Government"),
		)
		state = self.pull(last)
		self.tell(state, f"{state.queued} changed")
		group = frappe.db.get_value("Customer", name, "customer_group")
		print(f"     Customer {name}: group {group}")
		sent = [event for event in self.stage.events(last) if event.direction == "Outgoing"]
		if state.queued != 1 or group != "Government":
			raise Failed(f"the change did not arrive: {words(self.stage.events(last))}")
		if sent or self.outside.writes(f"/customers/{number}", began):
			raise Failed(f"what came from the shop went back to it: {words(sent)}")
		self.check_equal(name)

	def decide(self) -> None:
		"""Both sides change one customer; a person takes the group of the shop and the territory of ERPNext."""
		name, number = self.names[1], self.id_of(self.names[1])

		def act() -> None:
			self.outside.staff(id=number, group="Non Profit")
			customer = frappe.get_doc("Customer", name)
			customer.update({"customer_group": "Government", "territory": "Rest Of The World"})
			customer.save()

		began, last = self.stage.begin(f"{name} is changed here and at the shop: held for review", act)
		event = self.held(last)
		_show_versions(json.loads(event.conflict))
		both = {
			"customer_group": ("Government", "Non Profit"),
			"territory": ("Rest Of The World", "United States"),
		}
		if self.outside.writes(f"/customers/{number}", began) or self.differing(name) != both:
			raise Failed("something was written before anybody decided")
		print(f"     {DIM}event {event.name} is {event.status}, nothing is written on either side{PLAIN}")

		began, _ = self.stage.begin(
			"A person decides: the shop's group, the territory of ERPNext",
			lambda: decisions.resolve_conflict(
				event.name, fields={"customer_group": "there", "territory": "here"}
			),
		)
		events = self.stage.settled(last)
		for entry in self.stage.arrived(events):
			print(
				f"     → {entry['method']} {entry['path']}  {entry['status']}  {entry['time'] - began:.2f} s"
			)
		self.check_equal(name, customer_group="Non Profit", territory="Rest Of The World")

	def compare(self) -> None:
		"""Both sides are compared, before and after something happens at the shop that nobody hears of."""
		self.stage.begin("Both sides are compared, record by record")
		before = self.comparison().found
		if before:
			print(f"     {DIM}left from before this run; Sync Reconciliation in Desk can repair it{PLAIN}")
		lost, changed = self.names[3], self.names[4]

		def act() -> None:
			self.outside.staff(id=self.id_of(lost), lose="1")
			self.outside.staff(id=self.id_of(changed), group="Individual", quietly="1")

		self.stage.begin(
			"The shop loses a customer and changes another, without a trace: compared again", act
		)
		compared = self.comparison(before)
		if compared.found.keys() != {("Missing there", lost), ("Different", changed)}:
			raise Failed(f"found {list(compared.found) or 'nothing'}, which is not what happened")
		self.repair(compared)
		self.check_equal(lost)
		self.check_equal(changed, customer_group="Individual")
		self.stage.begin("Compared once more")
		if left := self.comparison(before).found:
			raise Failed(f"{list(left)} is left after the repair")

	def comparison(self, besides: Iterable[tuple[str, str]] = ()) -> Compared:
		"""Compare, and show what was found. besides: what was known before."""
		began, run = time.time(), reconciliation.start(FLOW)
		frappe.db.commit()  # the worker is another connection

		def ended() -> bool:
			return frappe.db.get_value("Sync Reconciliation", run, "status") not in ("Queued", "Running")

		self.stage.until(ended, lambda: "the comparison does not end", LONG_PATIENCE)
		result = frappe._dict(reconciliation.summary(run, limit=200))
		frappe.db.commit()  # what came of repairs was written down
		if result.status != "Completed":
			raise Failed(f"the comparison: {result.status}, {result.error}")
		counts = ", ".join(f"{text} {result[key]}" for key, text in KINDS.items())
		print(
			f"     {result.checked_there} records there, {result.checked_here} Customers here  {time.time() - began:.2f} s"
		)
		print(f"     {counts}")
		found = {(one["kind"], one["document_name"] or one["external_id"]): one for one in result.differences}
		news = {key: found[key] for key in sorted(found.keys() - set(besides))}
		for one in news.values():
			_show_finding(one)
		return Compared(run, news)

	def repair(self, compared: Compared) -> None:
		_, last = self.stage.begin(
			"Repaired: what changed there only is taken in, what is lost there is sent again"
		)
		answer = reconciliation.repair([one["name"] for one in compared.found.values()])
		frappe.db.commit()  # the worker is another connection
		events = self.stage.settled(last)
		for event in events:
			print(f"     {'→' if event.direction == 'Outgoing' else '←'} {words([event])}")
		statuses = reconciliation.summary(compared.run)["statuses"]
		frappe.db.commit()  # what came of repairs was written down
		if answer["refused"] or statuses.get("Repaired", 0) < len(compared.found):
			raise Failed(f"not repaired: {answer['refused'] or statuses}")

	def pull(self, last: int) -> Any:
		"""Pull, and wait until what is new was written, or has to be tried again. Returns the state of the pull."""
		pulls.pull_now(FLOW)
		frappe.db.commit()  # the worker is another connection

		def ended() -> bool:
			waiting = [event.status for event in self.stage.events(last) if event.due_at is not None]
			return pulls.state(FLOW).status not in ("Running", "Retrying") and set(waiting) <= {"Retrying"}

		self.stage.until(ended, lambda: f"not pulled: {pulls.state(FLOW)} {words(self.stage.events(last))}")
		state = pulls.state(FLOW)
		if state.status != "Idle":
			raise Failed(f"the pull: {state.status}, {state.error}")
		return state

	def tell(self, state: Any, what: str) -> None:
		seconds = (state.last_run - state.started).total_seconds()
		print(f"     ← GET /customers  {state.pages} pages, {state.fetched} records, {what}  {seconds:.2f} s")

	def held(self, last: int) -> Any:
		"""The event that waits for a person."""

		def waits():
			return next(
				(event for event in self.stage.events(last) if event.conflict and event.status == "On Hold"),
				None,
			)

		return self.stage.until(waits, lambda: f"the conflict was not held: {words(self.stage.events(last))}")

	def id_of(self, name: str) -> str:
		return frappe.db.get_value(
			"Sync Link", {"document_type": "Customer", "document_name": name}, "external_id"
		)

	def differing(self, name: str) -> dict[str, tuple[Any, Any]]:
		"""Fields of a Customer that are another at the shop: (here, there)."""
		customer = frappe.get_doc("Customer", name)
		record = self.outside.customers().get(self.id_of(name), {})
		pairs = {here: (customer.get(here), record.get(there)) for here, there in FIELDS.items()}
		return {field: (one, other) for field, (one, other) in pairs.items() if _plain(one) != _plain(other)}

	def check_equal(self, name: str, **values: str) -> None:
		"""Both sides must be equal, with these values of the Customer."""
		frappe.db.rollback()  # a new snapshot
		if differing := self.differing(name):
			raise Failed(f"{name} is not equal on both sides (here, there): {differing}")
		customer = frappe.get_doc("Customer", name)
		if wrong := {field: customer.get(field) for field in values if customer.get(field) != values[field]}:
			raise Failed(f"{name}: {wrong} instead of {values}")
		if values:
			print(f"     {name}, on both sides: {', '.join(values.values())}")


def _plain(value: Any) -> Any:
	"""A value as both sides mean it: the shop may write company and false for Company and 0."""
	return value.lower() if isinstance(value, str) else bool(value)


def _show_versions(conflicts: list[dict[str, Any]]) -> None:
	print(f"     {DIM}{'field':<18}{'here':<22}there{PLAIN}")
	for one in conflicts:
		print(f"     {one['label']:<18}{one['here']!s:<22}{one['there']}")


def _show_finding(one: dict[str, Any]) -> None:
	fields = [f", {field['label']}: {field['here']} here, {field['there']} there" for field in one["fields"]]
	subject = " ".join(filter(None, (one["document_name"], one["external_id"] and f"({one['external_id']})")))
	print(f"     {one['kind']}: {subject}{''.join(fields)}")
