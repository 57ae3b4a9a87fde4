"""Alerts as blocks of a chat: whole, within what is taken, with buttons that open Desk."""

from __future__ import annotations

import json

import pytest

from erp_connect.core.delivery.chat_blocks import blocks
from erp_connect.tests.fakes.slack import wrong_block

BUTTONS = {"Open": "https://erp.example.com/app/erp-connect"}


TEXTS = ["One line", "", "\n \n", "x" * 10_000, "\n".join(f"line {n} " + "y" * 300 for n in range(500))]


@pytest.mark.parametrize("text", TEXTS)
def test_whatever_is_told_is_taken(text):
	assert wrong_block(blocks("Heading " * 40, text, BUTTONS)) == ""


@pytest.mark.parametrize("text", TEXTS)
def test_the_library_of_slack_takes_it(text):
	library = pytest.importorskip("slack_sdk.models.blocks")
	for block in library.Block.parse_all(json.loads(json.dumps(blocks("Heading " * 40, text, BUTTONS)))):
		block.validate_json()


def test_lines_stay_whole_and_nothing_is_markup():
	made = blocks("Shop: Failed events", "Shop\n– <!channel> *no*", BUTTONS)
	assert [block["type"] for block in made] == ["header", "section", "actions"]
	assert made[1]["text"] == {"type": "plain_text", "text": "Shop\n– <!channel> *no*"}
	assert made[2]["elements"][0]["url"] == BUTTONS["Open"]


def test_a_message_without_an_address_has_no_button():
	assert [block["type"] for block in blocks("A", "B", {})] == ["header", "section"]
