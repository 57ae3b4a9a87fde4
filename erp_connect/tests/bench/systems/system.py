"""What a test of a system has to know of it, and what the suite proves.

A capability is proved by a test that carries its name (`proves`). What the vendor does not offer is said with the
reason; everything else counts as not proved. `table` makes the page from that and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CATALOGUE_OUT = (
	"Products out", "Variants out", "Pictures out", "Changed products out", "Stock out", "Prices out", "Sale prices out",
)  # fmt: skip
# Of whatever calls this site, signs its calls, and is called.
SIGNED_AND_SURVIVED = (
	"Webhook with a changed byte refused",
	"Webhook that is stale refused",
	"Webhook twice, one effect",
	"Throttled",
	"Error 500 survived",
)
CAPABILITIES = (
	"Installed by entries alone",
	"Wrong credentials told",
	"Several pages",
	"Changes only",
	"Years loaded in windows",
	"Webhooks registered and removed",
	"Webhook with a changed byte refused",
	"Webhook that is stale refused",
	"Webhook twice, one effect",
	"Customers in",
	"Products in",
	"Variants in",
	"Deletions told",
	"Orders in",
	"Orders in by webhook",
	"Tax of several rates",
	"Prices with tax",
	"Several currencies",
	"Discounts, shipping, fees",
	"Order changed",
	"Order cancelled",
	"Fulfilments in",
	"Payment in",
	"Refund with restock",
	"Refund without restock",
	"Refund of an amount",
	"Refunds compared",
	"Refunds out",
	"Fees booked",
	"Disputes",
	"Payouts booked",
	"Payouts compared with their entries",
	*CATALOGUE_OUT,
	"Order status out",
	"Tracking out",
	"Throttled",
	"Error 500 survived",
	"Answer lost after the work was done",
	"Token expired",
	"Compared equal",
	"Two accounts never mixed",
)
# Of systems that hold people and what is to be sold to them.
CRM_CAPABILITIES = (
	"Installed by entries alone",
	"Wrong credentials told",
	"Token expired",
	"Several pages",
	"Changes only",
	"Contacts in",
	"Contacts out",
	"Companies in",
	"Companies out",
	"Leads in",
	"Leads out",
	"Deals in",
	"Deals out",
	"Associations",
	"Notes out",
	"Notes in",
	"Known by match keys",
	"Changed on both sides",
	"Change here does not come back",
	"Batch of which one is refused",
	"Deleted here",
	"Deleted outside",
	"Merged outside",
	"Unsubscribed outside stays",
	"Tags out",
	"Webhooks registered and removed",
	"Webhooks renewed before they expire",
	"Change in by webhook",
	*SIGNED_AND_SURVIVED,
	"Answer lost after the work was done",
	"Compared equal",
	"Two accounts never mixed",
)
# Of systems that bring parcels from here to there.
CARRIER_CAPABILITIES = (
	"Installed by entries alone",
	"Wrong credentials told",
	"Token expired",
	"Rates to choose from",
	"Shipment out",
	"Several parcels",
	"Label as a file",
	"Number and carrier written back",
	"Pickup ordered",
	"Cancelled",
	"Return label",
	"Customs data",
	"Address check",
	"Refused in an answer of success",
	"Killed between creation and label",
	"Answer lost after the work was done",
	"Delivered by webhook",
	"Delivered by polling",
	*SIGNED_AND_SURVIVED,
	"Two accounts never mixed",
)
# Of what tells who was at work, and what they are paid.
PEOPLE_CAPABILITIES = (
	"Installed by entries alone",
	"Wrong credentials told",
	"Punches by bulk calls",
	"Pushes of a clock: JSON, JSON lines, CSV",
	"Push without the token refused",
	"Punches fetched in pages",
	"Changes only",
	"Punch twice, one effect",
	"Employee who is not known yet waits",
	"Employees out",
	"Attendance out",
	"Salary components in",
	"Payroll journal in",
	"Two accounts never mixed",
)
# Of what tells people, and lets them answer.
MESSAGE_CAPABILITIES = (
	"Installed by entries alone",
	"Wrong credentials told",
	"Message of a document",
	"Link back into Desk",
	"Thread below a message",
	"Answer by a button",
	"Button of a stranger does nothing",
	"Answer replaces the message",
	"Refused in an answer of success",
	*SIGNED_AND_SURVIVED,
	"Answer lost after the work was done",
	"Two accounts never mixed",
)
# Of systems that keep files.
FILE_CAPABILITIES = (
	"Installed by entries alone",
	"Wrong credentials told",
	"Token expired",
	"Files out",
	"Folder made once",
	"Names without clashes",
	"Large file in parts",
	"Killed between parts",
	"Expired upload begun anew",
	"Answer lost after the work was done",
	"Changed here",
	"Removed here",
	"File that may not be read is refused",
	"Files in",
	"Several pages",
	"Changes only",
	"Changed outside",
	"Documents of its own exported",
	"What cannot be had is told",
	"Own files do not come back",
	"Throttled",
	"Error 500 survived",
	"Two accounts never mixed",
)
# The tables of the page: which systems stand in each, by the name of their capabilities.
SHOPS, CRM, CARRIERS = "Shops, payments, storefronts", "CRM and marketing", "Carriers"
PEOPLE, MESSAGES, FILES = "People", "Messages", "Files"
KINDS: Mapping[str, tuple[str, ...]] = {
	SHOPS: CAPABILITIES,
	CRM: CRM_CAPABILITIES,
	CARRIERS: CARRIER_CAPABILITIES,
	PEOPLE: PEOPLE_CAPABILITIES,
	MESSAGES: MESSAGE_CAPABILITIES,
	FILES: FILE_CAPABILITIES,
}
MARK = "_proves"
PROVED, OPEN, NOT_OFFERED = "yes", "–", "not offered"
# The vendor has it, this app does not take it yet.
NOT_BUILT = "not built"


@dataclass(frozen=True)
class Said:
	"""What the table says instead of *yes* or *not offered*: a few words for the cell, and the sentence below the table."""

	words: str
	reason: str


@dataclass(frozen=True)
class System:
	"""preset: its name. entries: of the inputs, from the company's documents here. fake: makes one, started. not_offered:
	capabilities that the vendor does not have, with the reason. said: capabilities of which neither "yes" nor "not offered"
	would be true. kind: in which table it stands. title: of its column, where it is not the preset's name."""

	preset: str
	fake: Callable[[], Any]
	entries: Callable[[Any], Mapping[str, str]]
	flows: Sequence[str] = ()
	not_offered: Mapping[str, str] = field(default_factory=dict)
	said: Mapping[str, Said] = field(default_factory=dict)
	kind: str = SHOPS
	title: str = ""

	@property
	def column(self) -> str:
		return self.title or self.preset


def proves(*capabilities: str) -> Callable[[Callable], Callable]:
	"""Marks a test as the proof of capabilities of the system of its class."""
	if unknown := set(capabilities).difference(*KINDS.values()):
		raise ValueError(f"no capability of the table: {', '.join(sorted(unknown))}")

	def mark(test: Callable) -> Callable:
		setattr(test, MARK, (*getattr(test, MARK, ()), *capabilities))
		return test

	return mark


def proved_by(*cases: type) -> set[str]:
	"""The capabilities that tests of these classes prove."""
	return {
		capability
		for case in cases
		for name in dir(case)
		if name.startswith("test_")
		for capability in getattr(getattr(case, name), MARK, ())
	}


def table(systems: Sequence[tuple[System, Sequence[type]]]) -> str:
	"""System × capability, as the page shows it. Raises ValueError for what is proved and not offered at once."""
	return "\n\n".join(
		_table(kind, known, found)
		for kind, known in KINDS.items()
		if (found := [(system, cases) for system, cases in systems if system.kind == kind])
	)


def _table(kind: str, known: Sequence[str], systems: Sequence[tuple[System, Sequence[type]]]) -> str:
	lines = [
		f"## {kind}",
		"",
		"| | " + " | ".join(system.column for system, _ in systems) + " |",
		"|---" * (len(systems) + 1) + "|",
	]
	proved = [(system, proved_by(*cases)) for system, cases in systems]
	for capability in known:
		cells = [_cell(system, capability, done) for system, done in proved]
		lines.append(f"| {capability} | " + " | ".join(cells) + " |")
	notes = [
		f"* {system.column} – {'; '.join(capabilities)}: {reason}."
		for system, _ in systems
		for reason, capabilities in _by_reason(system).items()
	]
	return "\n".join([*lines, "", *notes])


def _by_reason(system: System) -> dict[str, list[str]]:
	"""What is not simply proved, by the reason."""
	found: dict[str, list[str]] = {}
	reasons = {**system.not_offered, **{name: one.reason for name, one in system.said.items()}}
	for capability, reason in reasons.items():
		found.setdefault(reason, []).append(capability)
	return found


def _cell(system: System, capability: str, proved: set[str]) -> str:
	if capability in system.said:
		if capability in system.not_offered:
			raise ValueError(f"{system.preset}: {capability} is said in two ways")
		if capability in proved:
			raise ValueError(f"{system.preset}: {capability} is proved, and something else is said of it")
		return system.said[capability].words
	if capability in system.not_offered:
		if capability in proved:
			raise ValueError(f"{system.preset}: {capability} is proved, and said not to be offered")
		return NOT_OFFERED
	return PROVED if capability in proved else OPEN
