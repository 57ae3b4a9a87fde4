"""What becomes of the links when an account leads to another address: a person says whether it is the same system.

The ids in the links are those of one system. At another one, a shop after the trial shop say, they are those of
somebody else's records, which would be updated by them. Nobody but a person can tell a move from another system.
"""

from __future__ import annotations

import re

import frappe
from frappe import _
from frappe.utils import escape_html

from erp_connect.config import inputs
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.values.inputs import filled_address
from erp_connect.store import leftovers, pull_marks, sync_link

FIELD = "links_when_moved"
KEEP, FORGET = "Keep", "Forget"
# A part of an address that tells which release of an API is spoken: v3, 2024-10, 59.0
_RELEASE = re.compile(r"v\d[\w.-]*|\d{4}-\d{2}(-\d{2})?|\d+\.\d+(\.\d+)?", re.IGNORECASE)


def take_choice(doc) -> None:
	"""Take over what a person chose for the links of an account that is being saved; it holds for this save alone.

	Raises `frappe.ValidationError` where the account leads to another address, something of the old one is kept, and
	nothing was chosen.
	"""
	choice, doc.flags.links_when_moved = doc.get(FIELD), None
	doc.set(FIELD, None)
	if doc.is_new():
		return
	if choice:
		doc.flags.links_when_moved = choice
		return
	before = doc.get_doc_before_save()
	old, new = _address(before), _address(doc)
	if not (old and new) or _system(old) == _system(new):
		return
	links = sync_link.count_of(doc.name)
	if links or pull_marks.has_begun(doc.name):
		_ask(old, new, links)


def carry_out(doc) -> None:
	"""After the save: forget what was kept of the other system, where a person chose so. Does not commit."""
	if doc.flags.links_when_moved != FORGET:
		return
	links = sync_link.count_of(doc.name)
	events = leftovers.forget_system(doc.name)
	frappe.msgprint(
		_(
			"{0} links were forgotten, {1} waiting events were cancelled, and pulls begin anew. Start a backfill of the"
			" flows whose documents the system is to have."
		).format(links, events),
		title=_("The account belongs to another system now"),
		indicator="orange",
	)


def _ask(old: str, new: str, links: int) -> None:
	frappe.throw(
		_(
			"The account leads to {0} instead of {1}, and {2} Sync Links hold ids of {1}. Say in the field {3} what it"
			" is: Keep, if the same system has a new address; Forget, if it is another system, such as the shop itself"
			" after a trial shop. By the old ids, its records would be taken for others."
		).format(escape_html(new), escape_html(old), links, frappe.bold(_("Links after the move"))),
		title=_("Is it the same system?"),
	)


def _address(doc) -> str:
	"""Where an account leads in its environment, with its inputs; empty where that cannot be told."""
	url = doc.sandbox_base_url if doc.environment == "Sandbox" else doc.base_url
	try:
		return filled_address((url or "").strip(), inputs.of_document(doc))
	except ConfigurationError:  # told when the addresses are checked
		return ""


def _system(address: str) -> str:
	"""An address without what may change while the system stays the same: scheme, case, release of the API."""
	host, _slash, path = address.partition("://")[2].partition("/")
	parts = [part for part in path.split("/") if part and not _RELEASE.fullmatch(part)]
	return "/".join([host.lower().removesuffix(":443").removesuffix(":80").rstrip("."), *parts])
