"""Imports what workers and served sites of a run use, once, before they are forked (see `forked.py`).

What is missing here is imported by whoever needs it. Nothing of it depends on a site.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import suppress

import erpnext.hooks
import frappe.hooks

import erp_connect

PROGRAMS = ("frappe.app", "frappe.commands.scheduler", "frappe.realtime", "frappe.utils.logger")
# Controllers that most jobs and requests meet.
DOCTYPES = (
	"core.DocField", "core.DocPerm", "core.DocType Link", "core.DocType Action", "core.System Settings", "core.Role",
	"core.Has Role", "core.User", "core.User Social Login", "core.Scheduled Job Type", "core.Scheduled Job Log",
	"contacts.Contact", "contacts.Contact Email", "contacts.Contact Phone", "contacts.Address",
)  # fmt: skip


def of_the_app() -> Iterator[str]:
	"""All modules of the app but its tests and patches."""
	for module in pkgutil.walk_packages(erp_connect.__path__, "erp_connect.", onerror=lambda name: None):
		if ".tests" not in module.name and ".patches" not in module.name:
			yield module.name


def of_doctypes() -> Iterator[str]:
	for doctype in DOCTYPES:
		part, _, name = doctype.partition(".")
		scrubbed = name.lower().replace(" ", "_")
		yield f"frappe.{part}.doctype.{scrubbed}.{scrubbed}"


def of_events(hooks) -> Iterator[str]:
	"""What an app does at each save, by its hooks."""
	for events in hooks.doc_events.values():
		for handlers in events.values():
			for handler in [handlers] if isinstance(handlers, str) else handlers:
				yield handler.rpartition(".")[0]


for name in (*PROGRAMS, *of_the_app(), *of_doctypes(), *of_events(frappe.hooks), *of_events(erpnext.hooks)):
	with suppress(ImportError):  # another release has it elsewhere: who needs it imports it
		importlib.import_module(name)
