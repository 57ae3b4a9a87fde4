"""Payouts against the clearing account: the sum of what the provider says a payout took along, and what is booked of it.

Looked at when every single entry was compared: entries without a finding are booked as they are listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe

from erp_connect.commerce.money import clearing
from erp_connect.reconcile.money import LEDGER
from erp_connect.reconcile.sides import Sides
from erp_connect.store import sync_difference
from erp_connect.store.sync_difference import DIFFERENT, MISSING_HERE, Finding

PAID_OUT = "_paid_out"


@dataclass
class _Payout:
	"""listed: sum of its entries at the provider. off: what is booked of them more than that, below zero for less."""

	account: str
	entries: int = 0
	listed: Decimal = Decimal(0)
	off: Decimal = Decimal(0)


def look(sides: Sides, run: str) -> list[Finding]:
	"""The payouts of a run whose entries are not booked as they are listed, or that are paid out with another sum."""
	return [
		finding for payout, found in sorted(_sums(run).items()) if (finding := _finding(sides, payout, found))
	]


def _sums(run: str) -> dict[str, _Payout]:
	payouts: dict[str, _Payout] = {}
	entries: dict[str, str] = {}
	for subject, payout, line in sync_difference.lines(run):
		found = payouts.setdefault(payout, _Payout(line["account"]))
		found.entries += 1
		found.listed += Decimal(line["amount"])
		entries[subject] = payout
	for subject, off in _differences(run):
		if subject in entries:
			payouts[entries[subject]].off += off
	return payouts


def _differences(run: str) -> Iterator[tuple[str, Decimal]]:
	"""By entry, what is booked more than listed."""
	for row in sync_difference.confirmed(run, (DIFFERENT, MISSING_HERE)):
		for field in json.loads(row.fields_json or "[]"):
			if field["field"] == LEDGER:
				yield row.external_id, Decimal(repr(field["here"] or 0)) - Decimal(repr(field["there"]))


def _finding(sides: Sides, payout: str, found: _Payout) -> Finding | None:
	paid = clearing.booked(sides.account.name, found.account, [payout], outwards=found.listed > 0)
	booked = found.listed + found.off
	fields = []
	if booked != found.listed:
		label = frappe._("Sum of {0} entries in {1}").format(found.entries, found.account)
		fields.append(_field(LEDGER, label, booked, found.listed))
	if -paid.amount != found.listed:
		fields.append(
			_field(PAID_OUT, frappe._("Paid out of {0}").format(found.account), -paid.amount, found.listed)
		)
	if not fields:
		return None
	text = frappe._("Payout {0}: {1}").format(
		payout,
		"; ".join(
			frappe._("{0}: {1} here, {2} there, a difference of {3}").format(
				field["label"],
				_shown(field["here"]),
				_shown(field["there"]),
				_shown(field["here"] - field["there"]),
			)
			for field in fields
		),
	)
	doctype, name = paid.vouchers[0] if paid.vouchers else (clearing.JOURNAL, None)
	return Finding(
		DIFFERENT if name else MISSING_HERE,
		f"payout:{payout}",
		doctype,
		document_name=name,
		external_id=payout,
		fields=fields,
		message=text,
	)


def _field(name: str, label: str, here: Decimal, there: Decimal) -> dict[str, Any]:
	return {"field": name, "label": label, "here": float(here), "there": float(there)}


def _shown(value: float) -> str:
	return f"{value:.2f}"
