"""What README and the pages under docs/ name is there: links, pictures, labels, commands, settings, calls and files."""

from __future__ import annotations

import struct

import pytest

from erp_connect.tests.unit import named_in_docs as docs

PICTURES = docs.DOCS / "pictures"
MOST_BYTES, WIDTH = 200_000, 1400


def each_page(pages=docs.PAGES):
	return pytest.mark.parametrize("page", pages, ids=docs.name_of)


@each_page()
def test_links_lead_to_files_and_headings(page):
	assert docs.broken_links(page) == []


@each_page()
def test_commands_and_their_options_exist(page):
	assert docs.unknown_commands(page) == []


@each_page()
def test_settings_are_read(page):
	assert docs.unknown_keys(page) == set()


@each_page()
def test_calls_files_and_targets_exist(page):
	assert docs.unknown_calls(page) == set()
	assert docs.missing_files(page) == set()
	assert docs.unknown_targets(page) == set()


@each_page([docs.REPO / name for name in docs.OF_THE_SCREEN])
def test_labels_are_those_of_the_screen(page):
	assert docs.unknown_labels(page) == set()


@each_page([page for page in docs.PAGES if not docs.of_others(page)])
def test_what_is_to_be_pressed_is_on_the_screen(page):
	assert docs.unknown_in_menus(page) == set()


def test_every_page_is_reached_from_the_index():
	index = docs.DOCS / "README.md"
	reached = {file for page in (index, docs.DOCS / "systems.md") for file, _ in docs.links(page)}
	assert {page for page in docs.PAGES if page not in reached} <= {index, docs.REPO / "README.md"}


def test_pictures_are_small_and_each_is_shown():
	shown = {file for page in docs.PAGES for file, _ in docs.links(page) if file.suffix == ".png"}
	assert shown == set(PICTURES.iterdir())
	for picture in shown:
		head = picture.read_bytes()[:24]
		assert (picture.stat().st_size <= MOST_BYTES, struct.unpack(">I", head[16:20])[0]) == (True, WIDTH), (
			picture
		)


@pytest.mark.parametrize(
	("find", "text", "wrong"),
	[
		(docs.broken_links, "[a](nothing.md) [b](mapping.md#nowhere)", ["nothing.md is missing", "mapping.md#nowhere"]),
		(docs.unknown_commands, "`bench --site x erp-connect stat` `erp-connect pull F --sinse now`", ["stat", "pull --sinse"]),
		(docs.unknown_keys, "`erp_connect_alowed_networks`", {"erp_connect_alowed_networks"}),
		(docs.unknown_calls, "`erp_connect.api.accounts.paus`", {"erp_connect.api.accounts.paus"}),
		(docs.missing_files, "`erp_connect/nothing.py`", {"erp_connect/nothing.py"}),
		(docs.unknown_targets, "`make tset`", {"tset"}),
		(docs.unknown_in_menus, "Press **Actions → Paus**, tab *Fields*, **not** so", {"Paus"}),
		(docs.unknown_labels, "**Actions → Paus** and *Bse URL*. **A sentence.**", {"Paus", "Bse URL"}),
	],
)  # fmt: skip
def test_what_is_wrong_is_found(find, text, wrong, monkeypatch):
	monkeypatch.setattr(
		docs, "text_of", lambda page: text if page.name == "page.md" else page.read_text(encoding="utf-8")
	)
	assert find(docs.DOCS / "page.md") == wrong
