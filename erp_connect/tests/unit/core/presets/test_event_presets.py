"""What presets that tell of documents say of amounts: each with the currency that it is in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[4] / "presets" / "standard_webhooks"
PRESET = json.loads((FOLDER / "preset.json").read_text(encoding="utf-8"))
# By an amount of ERPNext, the field that says its currency there.
CURRENCIES = {
	"grand_total": "currency",
	"outstanding_amount": "party_account_currency",
	"paid_amount": "paid_from_account_currency",
	"received_amount": "paid_to_account_currency",
}


@pytest.mark.parametrize("flow", PRESET["flows"], ids=lambda flow: flow["mapping"]["mapping_name"])
def test_an_amount_is_told_with_its_currency(flow):
	told = {row["source"]: row["target"] for row in flow["mapping"]["rows"] if "source" in row}
	for amount, currency in CURRENCIES.items():
		if amount in told:
			assert told.get(currency) == f"data.{currency}", amount
