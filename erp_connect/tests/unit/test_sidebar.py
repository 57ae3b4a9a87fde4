"""The sidebar that Desk of Frappe 16 shows says the same as the workspace, which is all that 15 has."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

APP = Path(__file__).parents[2]
SIDEBAR = json.loads((APP / "workspace_sidebar/erp_connect.json").read_text("utf-8"))
WORKSPACE = json.loads((APP / "erp_connect/workspace/erp_connect/erp_connect.json").read_text("utf-8"))
ITEMS = {item["label"]: item for item in SIDEBAR["items"]}
LINKED = [link for link in WORKSPACE["links"] if link["type"] == "Link"]
LINKS = {link["label"]: link["link_to"] for link in LINKED if link["link_type"] != "Report"}
REPORTS = {link["label"]: link["link_to"] for link in LINKED if link["link_type"] == "Report"}
FILTERED = [row for row in WORKSPACE["shortcuts"] if "status" in row["stats_filter"] and row["label"] not in (
	"Pulls", "Comparisons",
)]  # fmt: skip


@pytest.mark.parametrize("shortcut", FILTERED, ids=lambda row: row["label"])
def test_lists_with_a_filter_show_what_the_shortcut_shows(shortcut):
	# As addresses: what Frappe makes of the filters of a link to a DocType finds nothing.
	address = urlsplit(ITEMS[shortcut["label"]]["url"])
	assert address.path == "/desk/" + shortcut["link_to"].lower().replace(" ", "-")
	(value,) = parse_qs(address.query)["status"]
	wanted = json.loads(shortcut["stats_filter"])["status"]
	if value.startswith("["):
		operator, names = json.loads(value)
		value = [operator, names.split(",")]
	assert value == wanted
	assert len(ITEMS[shortcut["label"]]["url"]) <= 140  # what the field takes


def test_every_list_of_the_workspace_is_there():
	lists = {
		item["link_to"]
		for item in SIDEBAR["items"]
		if item.get("link_type") in ("DocType", "Page") and "link_to" in item
	}
	addresses = {item["url"].split("?")[0] for item in SIDEBAR["items"] if "url" in item}
	for doctype in LINKS.values():
		assert doctype in lists or "/desk/" + doctype.lower().replace(" ", "-") in addresses


def test_what_is_named_alike_leads_to_the_same():
	for label, doctype in LINKS.items():
		item = ITEMS[label]
		assert item.get("link_to") == doctype or doctype.lower().replace(" ", "-") in item["url"]


def test_it_replaces_the_one_that_frappe_makes_of_the_workspace():
	assert SIDEBAR["name"] == SIDEBAR["title"] == WORKSPACE["name"]
	assert (SIDEBAR["standard"], SIDEBAR["app"], SIDEBAR["module"]) == (1, "erp_connect", WORKSPACE["module"])
	assert [item["idx"] for item in SIDEBAR["items"]] == list(range(1, len(SIDEBAR["items"]) + 1))


def test_every_report_of_the_workspace_is_there():
	assert REPORTS
	for label, report in REPORTS.items():
		assert ITEMS[label]["url"] == f"/desk/query-report/{quote(report)}"


def test_pages_open_in_the_same_window():
	"""Frappe opens an address in another one, also where it leads into Desk."""
	pages = {file.stem: file for file in APP.glob("erp_connect/page/*/*.json")}
	assert pages
	for file in pages.values():
		page = json.loads(file.read_text("utf-8"))
		(item,) = [
			item for item in SIDEBAR["items"] if page["name"] in (item.get("link_to"), item.get("url"))
		]
		assert (item["link_type"], item.get("url")) == ("Page", None)
