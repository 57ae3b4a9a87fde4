"""Document events → outbox rows, inside the user's own transaction.

The promise: a save of a document that no flow listens to costs one attribute read; a save of one that is
mapped costs one insert. No payload is built, and nothing is asked of Redis or the outside; what rings for the
sending job waits for the commit. A rollback, also to a savepoint, takes the rows along, because they are ordinary
rows of the same transaction. Documents that are renamed, merged or amended take their links and events along.

One handler on `on_change` sees inserts, saves, submits, cancels, updates after submit and `db_set`, since
Frappe runs it at the end of each of them.
"""

import json

import frappe

from erp_connect.capture import numbers, subscriptions
from erp_connect.capture.subscriptions import PROPERTY
from erp_connect.jobs import doorbell
from erp_connect.records import amendments, counting, nesting, origin
from erp_connect.store import database, keys, renames, subjects, successors, sync_link, sync_log, synced

# What else an event means to a flow that does not name it: a flow that listens to Update only also wants
# the update that a submit is. The first name the flow listens to is the one recorded.
MEANINGS = {
	"insert": ("insert",),
	"save": ("update", "change"),
	"submit": ("submit", "update", "change"),
	"insert_and_submit": ("submit", "insert"),
	"update_after_submit": ("update_after_submit", "update", "change"),
	"cancel": ("cancel", "change"),
	# A draft is made a cancelled document, which Frappe does since its version 16.
	"discard": ("cancel", "update", "change"),
	"change": ("change",),
	"delete": ("delete",),
	# ERPNext writes the new name into fields as well, without a save: into `customer_name`, say.
	"rename": ("rename", "update", "change"),
	# The end of a document that was merged into another one.
	"merge": ("merge", "delete"),
}
# Who hears of drafts.
OF_DRAFTS = frozenset({"insert", "update", "change"})
# What Frappe knows of the values before is of another document, or of another save.
WITHOUT_BEFORE = frozenset({"insert", "insert_and_submit", "delete", "merge"})
# A `db_set`, of which Frappe reads the values before only where this object has none yet: those that it was told
# with last count as well.
OUTSIDE_OF_SAVES = frozenset({"change", "discard"})
QUIET_FLAGS = ("in_install", "in_uninstall", "in_patch", "in_migrate")


def on_change(doc, method: str | None = None) -> None:
	if doc.flags.in_delete:
		return  # Frappe says so before it deletes the document, which is told by itself
	if flows := getattr(doc.meta, PROPERTY, None):
		record(doc, _what_happened(doc), json.loads(flows))


def after_insert(doc, method: str | None = None) -> None:
	"""What a cancelled document was outside is the one that it was amended to, before anything is told of that.

	What a deleted one was, whose number is given again, is not the new one.
	"""
	if doc.get("amended_from"):
		amendments.take_over(doc.doctype, str(doc.amended_from), str(doc.name))
	else:
		numbers.after_insert(doc)


def on_submit(doc, method: str | None = None) -> None:
	if doc.get("amended_from"):
		amendments.remember(doc)


def on_trash(doc, method: str | None = None) -> None:
	doc.flags.erp_connect_in_trash = True


def after_delete(doc, method: str | None = None) -> None:
	"""Not in `on_trash`, after which Frappe may refuse the deletion, and whoever asked for it go on without a rollback.

	Documents that are loaded anew from a file are deleted as well, but not put into the trash.
	"""
	if not doc.flags.erp_connect_in_trash:
		return
	numbers.after_delete(doc)
	into = _merges().pop((doc.doctype, str(doc.name)), None)
	if doc.get("amended_from") and doc.docstatus == amendments.DRAFT and not into:
		amendments.give_back(doc)
	if flows := getattr(doc.meta, PROPERTY, None):
		happened, known = ("merge", {"merged_into": into}) if into else ("delete", {})
		record(doc, happened, json.loads(flows), snapshot=True, **known)


def before_rename(doc, method: str, old: str, new: str, merge: bool = False) -> None:
	"""A merge would move a second link onto the target, which the database refuses: the target's own link stays."""
	if merge:
		renames.before_merge(doc.doctype, old, new)
	elif not frappe.db.exists(doc.doctype, new):  # as it does where only capitals change
		successors.make_room(doc.doctype, new)
	_ends()[doc.doctype, str(old)] = renames.ends_of(doc.doctype, old)


def after_rename(doc, method: str, old: str, new: str, merge: bool = False) -> None:
	# Frappe follows Dynamic Links by a cached list of DocTypes, which rows written with plain SQL do not renew.
	renames.after_rename(doc.doctype, old, new, merge=merge)
	renames.keep_ends(_ends().pop((doc.doctype, str(old)), []), old)
	if doc.doctype == "DocType":
		renames.after_doctype_rename(old, new)
		subscriptions.rebuild()
	if merge:
		_merges()[doc.doctype, str(old)] = str(new)
		# The merge may be refused yet, and the document be deleted later.
		frappe.db.after_rollback.add(_merges().clear)
	if flows := getattr(doc.meta, PROPERTY, None):
		_renamed(doc, old, json.loads(flows), merge=merge)


def _merges() -> dict[tuple[str, str], str]:
	"""(DocType, name) of documents that are merged in this request, and deleted next → name of the one that is left."""
	if frappe.flags.erp_connect_merges is None:
		frappe.flags.erp_connect_merges = {}
	return frappe.flags.erp_connect_merges


def _ends() -> dict[tuple[str, str], list[str]]:
	"""(DocType, name) of documents that are being renamed → events of others that had the name before."""
	if frappe.flags.erp_connect_ends is None:
		frappe.flags.erp_connect_ends = {}
	return frappe.flags.erp_connect_ends


def _renamed(doc, old: str, flows: list[dict], *, merge: bool) -> None:
	"""Of a merge, flows that tell the end of the other document have nothing to say of its name."""
	tells_end = [
		flow for flow in flows if merge and not set(MEANINGS["merge"]).isdisjoint(flow.get("events", ()))
	]
	known = {"old_name": old, **({"merged_into": str(doc.name)} if merge else {})}
	tells_name = [flow for flow in flows if flow not in tells_end and "rename" in flow.get("events", ())]
	record(doc, "rename", [flow for flow in flows if flow not in tells_name])
	record(doc, "rename", tells_name, **known)


def renamed_by_erpnext(newname: str, oldname: str) -> None:
	"""ERPNext renamed a Stock Ledger Entry (or a GL Entry) by SQL: its links and events follow."""
	for doctype in ("Stock Ledger Entry", "GL Entry"):
		renames.after_rename(doctype, oldname, newname)


def _what_happened(doc) -> str:
	action = getattr(doc, "_action", None)
	if doc.flags.in_insert:
		return "insert_and_submit" if action == "submit" else "insert"
	# Outside of a save, on_change comes from db_set, and _action still names the last save, which may have failed.
	if action in MEANINGS and nesting.is_being_saved(doc):
		return action
	return "discard" if _is_discarded(doc) else "change"


def _is_discarded(doc) -> bool:
	before = doc.get_doc_before_save()
	return doc.docstatus == amendments.CANCELLED and bool(before) and before.docstatus == amendments.DRAFT


def record(doc, happened: str, flows: list[dict], snapshot: bool = False, **known: str) -> None:
	"""snapshot: keep a copy of the document, which is about to go. known: further columns of the events."""
	flags = frappe.flags
	if any(flags.get(flag) for flag in QUIET_FLAGS):
		return
	copy = frappe.as_json(doc.as_dict(convert_dates_to_str=True), indent=None) if snapshot else None
	events = []
	for flow in flows:
		# Never back to where it came from; but a stock level, say, is news there as well.
		if flow.get("trigger") or not origin.is_its_own(flow["account"], doc):
			events.extend({**event, **known} for event in _events(doc, flow, happened, copy))
	with database.in_words():
		if copy:
			_keep_copy(doc, flows, copy)
		if events:
			sync_log.queue(events)
	if events:
		doorbell.after_commit({event["integration"] for event in events})


def _keep_copy(doc, flows: list[dict], copy: str) -> None:
	"""What still waits to be told of a document, a cancellation for example, is built from a copy once it is gone."""
	listening = {flow["flow"] for flow in flows if not flow.get("trigger")}
	sync_log.keep_copy([keys.order_key(flow, doc.doctype, doc.name) for flow in listening], copy)


def _events(doc, flow: dict, happened: str, copy: str | None):
	if trigger := flow.get("trigger"):
		if _is_heard(trigger, happened):
			yield from _triggered(doc, flow, trigger, happened)
		return
	event = next((name for name in MEANINGS[happened] if name in flow["events"]), None)
	if event and (happened != "discard" or not OF_DRAFTS.isdisjoint(flow["events"])):
		row = _row(flow, event, doc.doctype, doc.name, keys.order_key(flow["flow"], doc.doctype, doc.name))
		if copy:
			row["snapshot"] = copy
		yield row

	if "by_day" in flow and "update" in flow["events"]:
		yield from _now_counting(doc, flow)


def _is_heard(trigger: dict, happened: str) -> bool:
	"""Whether documents are sent for what happened to their trigger. Frappe writes a new name by SQL into those that name it; of two
	that are merged, the one that is left tells it."""
	by_name = not trigger["table"] and "name" in trigger["match"].values()
	return by_name if happened == "rename" else not (by_name and happened == "merge")


def _now_counting(doc, flow: dict):
	"""What is changed, or gone, may let another one count today, although the other side was told of that before."""
	for name in counting.beside(doc):
		if link := sync_link.find_document(flow["account"], flow["by_day"], doc.doctype, name):
			synced.forget_sent(link.name, flow["flow"])
		yield _row(flow, "update", doc.doctype, name, keys.order_key(flow["flow"], doc.doctype, name))


def _triggered(doc, flow: dict, trigger: dict, happened: str):
	"""One event for each different document that the trigger points to, or pointed to before this change.

	It is looked up when it is sent.
	"""
	now, former = _led_to(doc, trigger), {}
	if happened not in WITHOUT_BEFORE and (before := doc.get_doc_before_save()):
		former = _led_to(before, trigger)
	last = doc.flags.setdefault("erp_connect_led_to", {})
	place = json.dumps([doc.name, flow["flow"], trigger])
	if happened in OUTSIDE_OF_SAVES:
		former = {**former, **last.get(place, {})}
	last[place] = now
	rows = {}
	for subject, wanted in {**now, **former}.items():
		key = keys.subject_key(flow["flow"], trigger["doctype"], wanted)
		rows.setdefault(key, {**_row(flow, "change", doc.doctype, doc.name, key), "subject": subject})
	yield from rows.values()


def _led_to(doc, trigger: dict) -> dict[str, dict]:
	"""What an event keeps of each different document that the trigger points to, by these values of `doc` → values."""
	sources = doc.get(trigger["table"]) if trigger["table"] else (doc,)
	found = {}
	for source in sources or ():
		wanted = {own: source.get(other) for own, other in trigger["match"].items()}
		if all(wanted.values()):
			found[subjects.text(trigger["doctype"], wanted)] = wanted
	return found


def _row(flow: dict, event: str, doctype: str, name: str, order_key: str) -> dict:
	return {
		"integration": flow["account"],
		"field_mapping": flow["flow"],
		"company": flow["company"],
		"event": event,
		"reference_doctype": doctype,
		"reference_name": name,
		"order_key": order_key,
	}
