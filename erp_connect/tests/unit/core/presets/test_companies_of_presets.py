"""Flows of presets whose documents have a company: an account of a company takes those of that company, one without all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import erp_connect
from erp_connect.core.expressions.expression import compile_expression

PRESETS = Path(erp_connect.__file__).parent / "presets"
OURS, THEIRS = "Ours", "Theirs"
OTHERS = (
	("slack", "Sales Order"),
	("slack", "Issue"),
	("attendance", "Attendance"),
	("custom_rest", "Sales Order"),
	("erpnext", "Sales Order"),
)
CARRIERS = ("bluedart", "dhl", "fedex", "shiprocket", "ups")
TO_CUSTOMER = {"pickup_from_type": "Company", "delivery_to_type": "Customer"}
TO_COMPANY = {"pickup_from_type": "Customer", "delivery_to_type": "Company"}
SHIPMENT = {"docstatus": 1, "pickup_type": "Pickup"}


def outgoing(preset: str, doctype: str) -> list[str]:
	"""The conditions of the flows by which a preset sends documents of a type."""
	told = json.loads((PRESETS / preset / "preset.json").read_text())
	mappings = [flow["mapping"] for flow in told["flows"]]
	return [
		mapping.get("condition") or "`true`"
		for mapping in mappings
		if (mapping["document_type"], mapping["direction"]) == (doctype, "Outgoing")
	]


def takes(condition: str, document: dict[str, Any], company: str | None) -> bool:
	context = {"_account": {"company": company}, "_input": {"every_shipment": "yes"}}
	return compile_expression(condition).is_true({**document, **context})


@pytest.mark.parametrize("preset", CARRIERS)
@pytest.mark.parametrize("way", [TO_CUSTOMER, TO_COMPANY])
def test_a_shipment_goes_by_the_account_of_its_company(preset: str, way: dict[str, str]) -> None:
	# ERPNext keeps what stood in the field of the other end.
	away = way is TO_CUSTOMER
	ours = {
		**SHIPMENT,
		**way,
		"pickup_company": OURS if away else THEIRS,
		"delivery_company": THEIRS if away else OURS,
	}
	taking = [condition for condition in outgoing(preset, "Shipment") if takes(condition, ours, OURS)]
	assert taking
	for condition in taking:
		assert not takes(condition, ours, THEIRS), condition
		assert takes(condition, ours, None) and takes(condition, ours, ""), condition


@pytest.mark.parametrize("preset", CARRIERS)
def test_a_shipment_that_names_no_company_goes_as_before(preset: str) -> None:
	document = {
		**SHIPMENT,
		"pickup_from_type": "Supplier",
		"delivery_to_type": "Customer",
		"delivery_company": THEIRS,
	}
	taking = [condition for condition in outgoing(preset, "Shipment") if takes(condition, document, OURS)]
	assert (
		taking
		== [condition for condition in outgoing(preset, "Shipment") if takes(condition, document, None)]
		!= []
	)


@pytest.mark.parametrize(("preset", "doctype"), OTHERS)
def test_documents_of_another_company_are_not_told(preset: str, doctype: str) -> None:
	document = {"docstatus": 1, "company": OURS}
	condition = outgoing(preset, doctype)[0]
	assert (
		takes(condition, document, OURS)
		and takes(condition, document, None)
		and takes(condition, document, "")
	)
	assert not takes(condition, document, THEIRS)


@pytest.mark.parametrize(("preset", "doctype"), [row for row in OTHERS if row[1] != "Issue"])
def test_what_was_told_before_is_told_to_its_end(preset: str, doctype: str) -> None:
	document = {"docstatus": 2, "company": OURS, "external_id": "7"}
	assert takes(outgoing(preset, doctype)[0], document, THEIRS)


def test_an_issue_that_names_no_company_is_told_to_each() -> None:
	assert takes(outgoing("slack", "Issue")[0], {"company": None}, OURS)
