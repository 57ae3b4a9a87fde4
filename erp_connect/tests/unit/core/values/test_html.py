"""Messages of Frappe without their markup: names that look like markup are kept."""

import pytest

from erp_connect.core.values.html import without_markup


@pytest.mark.parametrize(
	("message", "plain"),
	[
		("<strong>Brand</strong> is missing", "Brand is missing"),
		('See <a href="/app/item/x">x</a>.<br><ul><li>one</li></ul>', "See x. one"),
		("Too much<br><br>Ask one of:<ul><li>Ann<li>Bob</ul>", "Too much Ask one of: Ann Bob"),
		("No item <li>, says <br>it", "No item <li>, says it"),
		("There is no <jane@example.com>", "There is no <jane@example.com>"),
		("a < b and c > d", "a < b and c > d"),
		("No Brand <b>", "No Brand <b>"),
		("No Brand </b>, but <b>this</b> one", "No Brand </b>, but <b>this</b> one"),
		("<script>alert(1)</script>", "<script>alert(1)</script>"),
		("<strong>A <x> B</strong>", "A <x> B"),
		("<BR/>two", "two"),
		("<b" * 5, "<b" * 5),
	],
)
def test_only_the_markup_of_a_message_is_removed(message, plain):
	assert without_markup(message) == plain
