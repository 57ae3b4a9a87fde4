"""Calls on events (Sync Log): retry, replay, cancel, and the sync state of a document for its form."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api import selection
from erp_connect.api.permissions import has_app_permission, require_manager, require_user
from erp_connect.config import steering
from erp_connect.config.roles import MANAGERS
from erp_connect.core.mapping.merge import HERE, THERE
from erp_connect.operate import not_done as not_done_events
from erp_connect.operate import reasons as reason_groups
from erp_connect.operate import record_pages
from erp_connect.operate import replay as replaying

AT_ONCE = 5000
SHOWN = 10
# What the form of a document shows of what the outside knows of it.
LINK_FIELDS = (
	"name", "integration", "remote_entity", "external_id", "external_url", "last_sent", "last_received",
)  # fmt: skip
EVENT_FIELDS = (
	"name", "integration", "field_mapping", "event", "status", "error", "creation", "next_attempt",
)  # fmt: skip
EXEMPTION_FIELDS = ("name", "integration", "field_mapping", "rule", "reason", "owner", "creation")
NOTE_LIMIT = 2000


@frappe.whitelist(methods=["POST"])
def retry(names: list[str] | str) -> int:
	"""Queue failed or waiting events again, built anew. Returns how many were queued."""
	return replaying.retry(_permitted(names))


@frappe.whitelist(methods=["POST"])
def replay(names: list[str] | str, older: bool | int = False) -> list[str]:
	"""Send the stored payloads of events once more, with the same keys. Returns the names of the new events.

	older: also those whose documents the other side has a newer state of; otherwise they are left out, and a message
	says so.
	"""
	done = replaying.replay(_permitted(names), older=bool(older))
	_tell_left_out(done)
	return done.created


@frappe.whitelist()
def older_than_sent(names: list[str] | str) -> int:
	"""How many of these events a replay would leave out: a newer state, or a repetition of them, went out since."""
	return replaying.older_than_sent(_permitted(names))


@frappe.whitelist(methods=["POST"])
def replay_edited(name: str, payload: str) -> str:
	"""Send an event with an edited payload. Returns the name of the new event.

	Whatever it says goes out with the account's credentials: for managers who have the rights of the account's user.
	"""
	require_manager()
	event = _permitted([name])[0]
	steering.require(frappe.db.get_value("Sync Log", event, "integration"))
	return replaying.replay_edited(event, payload)


@frappe.whitelist(methods=["POST"])
def cancel(names: list[str] | str, note: str = "") -> int:
	"""Put waiting or failed events aside. Returns how many.

	note: how the matter was settled by hand; it stays with each event as a comment.
	"""
	if len(note) > NOTE_LIMIT:
		frappe.throw(_("A note has at most {0} characters.").format(NOTE_LIMIT))
	return len(replaying.cancel(_permitted(names), note.strip()))


@frappe.whitelist()
def not_done(doctype: str, names: list[str] | str) -> dict[str, dict[str, Any]]:
	"""What has failed, is held or waits of the events behind backfills, loads or pulls, by the name of each.

	See `operate.not_done.of_rows`.
	"""
	require_user()
	names = selection.parsed(names)
	if doctype not in not_done_events.FILTERS or not isinstance(names, list):
		frappe.throw(_("Give the names of the records as a list."))
	return not_done_events.of_rows(doctype, names)


@frappe.whitelist()
def reasons(filters: dict | list | str = "[]") -> dict[str, Any]:
	"""What failed or waits for a person among the events that match list filters, by equal reason.

	See `operate.reasons.grouped`. The newest 5,000 are looked at.
	"""
	require_user()
	chosen = selection.parsed(filters)
	if not isinstance(chosen, list):
		frappe.throw(_("Give the filters as a list."))
	return reason_groups.grouped(chosen)


@frappe.whitelist(methods=["POST"])
def resolve_conflict(name: str, side: str = "", fields: dict | str | None = None) -> None:
	"""Decide an event that is on hold because both sides were changed.

	side: `here` keeps what stands in ERPNext, and sends it; `there` takes what came from outside.
	fields: instead of `side`, the side for each field that differs.
	"""
	_permitted([name])
	doc = frappe.get_doc("Sync Log", name)
	# Of a document that was deleted meanwhile, the right to write its kind is asked for.
	stands = frappe.db.exists(doc.reference_doctype, doc.reference_name)
	frappe.has_permission(doc.reference_doctype, "write", doc=stands and doc.reference_name, throw=True)
	decision = selection.parsed(fields) if fields else side
	sides = list(decision.values()) if isinstance(decision, dict) else [decision]
	if not sides or not all(one in (HERE, THERE) for one in sides):
		frappe.throw(_("Choose a side: here or there, for the record or for each field."))
	replaying.decide(name, decision)


@frappe.whitelist(methods=["POST"])
def retry_by_filter(filters: dict | list | str, action: str = "retry") -> int:
	"""Retry or replay all events that match list filters, at most 5,000 at once. Returns how many.

	They go out within the rate limit of their accounts, like everything else. A replay leaves out what would put the
	other side back to an older state, or say the same twice, and a message says so.
	"""
	require_user()
	if action not in ("retry", "replay"):
		frappe.throw(_("{0} is not an action. Use retry or replay.").format(action))
	filters = selection.parsed(filters)
	names = frappe.get_list("Sync Log", filters=filters, pluck="name", limit=AT_ONCE, order_by="creation asc")
	if action == "retry":
		return replaying.retry(names)
	done = replaying.replay(names)
	_tell_left_out(done)
	return len(done.created)


def _tell_left_out(done: replaying.Replayed) -> None:
	texts = []
	if done.older:
		texts.append(
			_(
				"{0} events were left out: the other side has a newer state of their documents, or is about to get"
				" it. Retry sends a failed one with its document as it is now. To send the older state all the same,"
				" open the event and choose Replay."
			).format(len(done.older))
		)
	if done.repeated:
		texts.append(
			_("{0} events were left out: they were sent once more already, or are about to be.").format(
				len(done.repeated)
			)
		)
	if texts:
		frappe.msgprint("<br><br>".join(texts), title=_("Left out"))


@frappe.whitelist()
def document_state(doctype: str, name: str) -> dict[str, Any] | None:
	"""Links and latest events of a document, for its form; None for users without a role of this app.

	`held`: names of the events that wait for a decision, since both sides changed the document. `flows`: names of those
	by which the user may send it now. `exemptions`: what a person decided of it (Sync Exemption).
	"""
	if not has_app_permission():
		return None
	frappe.has_permission(doctype, "read", doc=name, throw=True)
	links = frappe.get_list(
		"Sync Link", filters={"document_type": doctype, "document_name": name}, fields=list(LINK_FIELDS)
	)
	record_pages.fill(links)
	events = {"reference_doctype": doctype, "reference_name": name}
	return {
		"flows": _sending_flows(doctype),
		"exemptions": frappe.get_list(
			"Sync Exemption",
			filters={"document_type": doctype, "document_name": name},
			fields=list(EXEMPTION_FIELDS),
			order_by="creation",
			limit=SHOWN,
		),
		"links": links,
		"events": frappe.get_list(
			"Sync Log", filters=events, fields=list(EVENT_FIELDS), order_by="creation desc", limit=SHOWN
		),
		"held": frappe.get_list(
			"Sync Log",
			filters={**events, "status": "On Hold", "conflict": ("is", "set")},
			pluck="name",
			limit=SHOWN,
		),
	}


def _sending_flows(doctype: str) -> list[str]:
	"""Enabled flows that send documents of a type, for those who may start a backfill."""
	if not set(MANAGERS) & set(frappe.get_roles()):
		return []
	wanted = {"document_type": doctype, "enabled": 1, "direction": ("in", ("Outgoing", "Both"))}
	flows = frappe.get_list(
		"Field Mapping", filters=wanted, fields=["name", "integration"], order_by="integration, name"
	)
	open_ones = {account for account in {flow.integration for flow in flows} if steering.may(account)}
	return [flow.name for flow in flows if flow.integration in open_ones]


def _permitted(names: list[str] | str) -> list[str]:
	require_user()
	return selection.readable("Sync Log", names, AT_ONCE)
