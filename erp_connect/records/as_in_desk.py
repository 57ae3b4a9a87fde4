"""What Desk fills as a person edits a document, and ERPNext does not at a save, for documents that come from outside.

Each rule has a module of its own, and texts are made harmless before. Promises that a document which is written here says
what it would say if a person had entered it: what the record says stands, and what follows from that is filled anew.
Draft documents and new rows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.records import (
	allocations,
	as_said,
	at_creation,
	billed_hours,
	cost_centers,
	currency,
	dealing,
	discounts,
	drop_shipping,
	harmless,
	head_origins,
	header,
	made_of,
	of_bom,
	of_work_order,
	party,
	row_origins,
	row_units,
	sales_team,
	templates,
	withholding,
	worked_out,
)


def fill_new(flow: InFlow, record: Mapping[str, Any], doc: Any, values: Mapping[str, Any]) -> None:
	"""For a document that is about to be inserted with `values`."""
	harmless.make_new(doc, values)
	currency.follow_accounts(flow, doc)
	dealing.fill(flow, record, doc, values)
	row_units.fill(doc, values)
	row_origins.fill(doc, values)
	head_origins.fill(doc, values)
	worked_out.fill(doc, values)
	drop_shipping.fill(doc, values)
	cost_centers.fill(doc, values)
	sales_team.fill(doc, values)
	made_of.fill(doc, values)
	of_work_order.fill(doc, values)
	discounts.take_off_all(doc, values)
	header.follow(flow, doc, values)
	party.fill_contact(doc, values)
	withholding.fill(doc, values)
	templates.fill(doc, values)
	allocations.fill(flow, doc, values)
	of_bom.fill(flow, doc, values)
	# Last, as it adds rows that the record does not have.
	billed_hours.fill(doc, values)


def fill_changed(
	flow: InFlow,
	doc: Any,
	values: Mapping[str, Any],
	before: Mapping[str, Any],
	record: Mapping[str, Any] | None = None,
) -> None:
	"""For a document that is about to be saved with `values`. before: what it had in these fields. record: whole; None of a
	flow that goes both ways.

	What concerns one row is seen to as the row is filled: see `binder`.
	"""
	harmless.clean(doc, values)
	at_creation.put_back(doc, values, before)
	as_said.tick(doc, values, before)
	currency.forget_rates(doc, values, before)
	currency.follow_accounts(flow, doc)
	discounts.forget_amount(doc, values, before)
	party.forget(doc, values, before)
	head_origins.fill(doc, values, before)
	sales_team.fill(doc, values, before)
	cost_centers.follow(doc, values, before)
	if record is not None:
		dealing.fill(flow, record, doc, values, before)
	party.fill_contact(doc, values, before)
	withholding.fill(doc, values, before)
	templates.fill(doc, values, before)
	header.follow(flow, doc, values, before)
	allocations.fill(flow, doc, values, before)
	of_bom.fill(flow, doc, values, before)
