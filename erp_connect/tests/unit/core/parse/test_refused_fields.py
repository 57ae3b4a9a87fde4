"""Callers are told what a field takes, and neither the pattern that says so nor a type of Python."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from erp_connect.core.commerce.clearing import ClearingEntry
from erp_connect.core.commerce.movements import Movement
from erp_connect.core.commerce.order.events import CalledOff, Cancellation, Fulfilment, Paid, Payment, Refund
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.parse.refused_fields import Said
from erp_connect.tests import wrong_inputs

MODELS = (Order, Refund, Payment, Paid, Fulfilment, Cancellation, CalledOff, Movement, ClearingEntry)


class Kinds(BaseModel):
	"""One field of each kind that calls have."""

	day: date | None = None
	time: datetime | None = None
	count: int = Field(1, ge=1, le=500)
	amount: Decimal | None = Field(None, gt=0, lt=100)
	rate: float = Field(0, ge=0)
	kind: Literal["Net Total", "Grand Total"] = "Net Total"
	text: str = Field("x", min_length=1, max_length=140)
	flag: bool = False
	rows: list[str] = Field(default_factory=lambda: ["x"], min_length=1, max_length=2)
	named: dict[str, str] = Field(default_factory=dict)
	code: Annotated[str, Field(pattern=r"^[A-Z]{3}$"), Said("{field} must be three letters.")] | None = None
	either: Annotated[str | int | list[str], Said("{field} must be text, a number or a list of texts.")] = ""


@pytest.mark.parametrize("model", [*MODELS, Kinds], ids=lambda model: model.__name__)
def test_no_answer_shows_a_pattern_or_a_type(model):
	assert wrong_inputs.unfit(model) == set()


@pytest.mark.parametrize(
	("given", "told"),
	[
		({"day": "29.11.2026"}, "day must be a date such as 2026-11-29."),
		({"time": "noon"}, "time must be a date or time such as 2026-11-29 or 2026-11-29T10:00:00Z."),
		({"count": 0}, "count must not be below 1."),
		({"count": 501}, "count must not be more than 500."),
		({"count": "many"}, "count must be a whole number such as 12."),
		({"amount": 0}, "amount must be more than 0."),
		({"amount": 100}, "amount must be less than 100."),
		({"amount": "much"}, "amount must be a number such as 12.50."),
		({"rate": -1}, "rate must not be below zero."),
		({"kind": "net"}, "kind must be one of Net Total, Grand Total."),
		({"text": ""}, "text must not be empty."),
		({"text": "x" * 141}, "text is longer than 140 characters."),
		({"text": {}}, "text must be text."),
		({"flag": "perhaps"}, "flag must be true or false."),
		({"rows": []}, "rows must not be empty."),
		({"rows": ["x"] * 3}, "rows has more than 2 entries."),
		({"rows": "x"}, "rows must be a list."),
		({"named": []}, "named must be an object with named fields."),
		({"code": "eur"}, "code must be three letters."),
		({"either": {}}, "either must be text, a number or a list of texts."),
	],
)
def test_what_a_field_takes_is_said(given, told):
	assert list(wrong_inputs.answers(Kinds, given)) == [told]


def test_dates_of_orders_say_their_form():
	(told, *_) = wrong_inputs.answers(Order, {"id": "1", "date": "29.11.2026"})
	assert told == "date must be a date or time such as 2026-11-29 or 2026-11-29T10:00:00Z."


def test_a_field_says_its_form_whatever_is_wrong_with_it():
	for wrong in ("euro", 5, None, [], "x" * 99):
		with pytest.raises(ValidationError) as caught:
			Order.model_validate({"currency": wrong})
		(mistake,) = [one for one in caught.value.errors() if one["loc"] == ("currency",)]
		assert mistake["type"] == "currency"


@pytest.mark.parametrize(
	"text",
	[r"x must match ^[A-Z]{3}$", "x: Input should be a valid string", "x.str must be text.", "{field}"],
)
def test_the_walk_sees_what_is_not_for_callers(text):
	assert wrong_inputs.is_unfit(text)
