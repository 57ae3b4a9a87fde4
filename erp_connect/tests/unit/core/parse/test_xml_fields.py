"""Bodies in XML become what a model has: lists of one element, and nothing where nothing stands."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from erp_connect.core.parse.xml import parse_xml
from erp_connect.core.parse.xml_fields import fitted


class Tax(BaseModel):
	title: str
	amount: float


class Line(BaseModel):
	sku: str
	taxes: Annotated[list[Tax], Field(max_length=3)] | None = None


class Order(BaseModel):
	id: str
	note: str = ""
	lines: Annotated[list[Line], Field(max_length=9)] = []
	codes: list[str] = []
	line: Line | None = None


def read(text: str) -> dict:
	(root,) = parse_xml(text.encode()).values()
	return fitted(root, Order)


@pytest.mark.parametrize(
	("text", "lines"),
	[
		("<lines><sku>A</sku></lines>", [{"sku": "A"}]),
		("<lines><sku>A</sku></lines><lines><sku>B</sku></lines>", [{"sku": "A"}, {"sku": "B"}]),
		("<lines><line><sku>A</sku></line></lines>", [{"sku": "A"}]),
		("<lines><line><sku>A</sku></line><line><sku>B</sku></line></lines>", [{"sku": "A"}, {"sku": "B"}]),
		(
			"<lines><sku>A</sku><taxes><title>T</title><amount>1</amount></taxes></lines>",
			[{"sku": "A", "taxes": [{"title": "T", "amount": "1"}]}],
		),
	],
)
def test_a_list_is_its_element_repeated_or_all_in_one(text, lines):
	assert read(f"<order><id>1</id>{text}</order>")["lines"] == lines


def test_lists_of_texts():
	assert read("<o><codes>A</codes></o>")["codes"] == ["A"]
	assert read("<o><codes><code>A</code><code>B</code></codes></o>")["codes"] == ["A", "B"]


def test_empty_elements_and_namespaces_are_not_there():
	assert read('<o xmlns="urn:x"><id>1</id><note/><lines/></o>') == {"id": "1"}


def test_single_objects_and_unknown_names_stay():
	found = read("<o><line><sku>A</sku></line><odd><x>1</x></odd></o>")
	assert found == {"line": {"sku": "A"}, "odd": {"x": "1"}}
	assert Order.model_validate({**found, "id": "1"}).line.sku == "A"
